"""What was moved on a member's wallet, newest first."""

from collections.abc import Mapping

from loyalty import states
from loyalty.engine import Engine
from loyalty.states import State
from loyalty.walks import Walk
from loyalty.wallets import store
from loyalty.wallets.store import PostedEntry


async def entries(engine: Engine, state: State, walk: Walk[tuple[int, int]]) -> list[PostedEntry]:
    """List a member's entries, newest first; a place is a position (seq, index).

    The newest come from the state at hand, older ones from the ledger.
    """
    return await (_older(engine, state, walk) if not walk.back else _newer(engine, state, walk))


async def _older(engine: Engine, state: State, walk: Walk[tuple[int, int]]) -> list[PostedEntry]:
    """Go from the newest through the ring into the ledger."""
    place = walk.place or (state.seq + 1, 0)
    found = [p for p in store.posted(state.member_id, state.recent) if p.position < place]
    step = min(_ring_start(state), place[0] + 1)
    while len(found) < walk.limit and state.trimmed:
        seqs = range(step)
        records = await states.ledger_page(
            engine.mongo, state.member_id, seqs, walk.limit, back=False
        )
        if not records:
            break
        found += [p for p in store.posted(state.member_id, records) if p.position < place]
        step = records[-1]["seq"]
    return found[: walk.limit]


async def _newer(engine: Engine, state: State, walk: Walk[tuple[int, int]]) -> list[PostedEntry]:
    """Go from the oldest through the ledger into the ring."""
    place = walk.place or (0, -1)
    found: list[PostedEntry] = []
    seqs = range(place[0], _ring_start(state))
    while len(found) < walk.limit and state.trimmed and seqs:
        records = await states.ledger_page(
            engine.mongo, state.member_id, seqs, walk.limit, back=True
        )
        if not records:
            break
        posted = reversed(store.posted(state.member_id, records))
        found += [p for p in posted if p.position > place]
        seqs = range(records[-1]["seq"] + 1, seqs.stop)
    ring = reversed(store.posted(state.member_id, state.recent))
    found += [p for p in ring if p.position > place]
    return found[: walk.limit]


def _ring_start(state: State) -> int:
    """Give the seq of the oldest record that is in the ring."""
    seq: int = state.recent[0]["seq"] if state.recent else state.seq + 1
    return seq


def record_entries(state: State, record: Mapping[str, object]) -> list[PostedEntry]:
    """Read the entries that one record made, newest first."""
    return store.posted(state.member_id, [dict(record)])


def moved_since(before: State, after: State) -> list[PostedEntry] | None:
    """List what was moved between two states, newest first; None where all is held as before.

    What left the ring is not told, and what was only set aside is no movement.
    """
    if before.section(store.WALLET.name) == after.section(store.WALLET.name):
        return None
    records = [record for record in after.recent if record["seq"] > before.seq]
    return store.posted(after.member_id, records)
