"""What was moved on a member's wallet, newest first."""

from collections.abc import Mapping

from loyalty.engine import Engine
from loyalty.states import State
from loyalty.wallets import store
from loyalty.wallets.store import PostedEntry


async def entries(
    engine: Engine, state: State, before: tuple[int, int] | None, limit: int
) -> list[PostedEntry]:
    """List a member's entries, newest first, from after the position (seq, index).

    The newest come from the state at hand, older ones from the ledger.
    """
    seq, index = before or (state.seq + 1, 0)
    ring = [record for record in state.recent if record["seq"] <= seq]
    found = [p for p in store.posted(state.member_id, ring) if (p.seq, p.index) < (seq, index)]
    oldest = state.recent[0]["seq"] if state.recent else state.seq + 1
    step = min(oldest, seq + 1)
    while len(found) < limit and state.trimmed:
        records = await store.older_records(engine.mongo, state.member_id, step, limit)
        if not records:
            break
        older = store.posted(state.member_id, records)
        found += [p for p in older if (p.seq, p.index) < (seq, index)]
        step = records[-1]["seq"]
    return found[:limit]


def record_entries(state: State, record: Mapping[str, object]) -> list[PostedEntry]:
    """Read the entries that one record made, newest first."""
    return store.posted(state.member_id, [dict(record)])
