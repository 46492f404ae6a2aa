"""The ring of recent records and the ledger behind it: every key stays known, every line is kept.

The first version looked in the ledger before the read that guards the write, and applied twenty
replays twice; the second mutated a cached state across an await, and lost two.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from loyalty import members, outbox, program, states, wallets
from loyalty.engine import Engine
from loyalty.errors import KeyReused, Refused
from loyalty.outbox import FACTS
from loyalty.states import LEDGER, RING_KEPT, RING_LIMIT, STATES
from loyalty.walks import Walk
from loyalty.wallets import Adjustment, InsufficientPoints, Spending
from tests.engines import (
    PLAIN,
    Clock,
    balance_of,
    enrol,
    ledger_of,
    records_of,
    steppable,
    stored,
    uuid7,
)
from tests.integration.conftest import OpenEngine


def grant(member_id: str, key: str, points: int = 1) -> Adjustment:
    return Adjustment(member_id, "points", points, key, "goodwill", "staff:1")


def ordered(number: int) -> str:
    """A key made `number` milliseconds after the first."""
    return uuid7(datetime(2026, 1, 1) + timedelta(milliseconds=number), 7)


def elsewhere(number: int) -> str:
    """A key that does not sort by time."""
    return f"order-{(number * 7919) % 1000:03d}"


async def fill(engine: Engine, member_id: str, keys: list[str]) -> None:
    """Write one record for each key, each in a batch of its own."""
    for key in keys:
        await wallets.adjust(engine, grant(member_id, key))


async def document_of(engine: Engine, member_id: str) -> dict[str, Any]:
    document = await stored(engine.mongo, member_id)
    assert document is not None
    return document


async def test_the_ring_leaves_for_the_ledger_when_it_is_full(engine: Engine) -> None:
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    await fill(engine, anna, [ordered(n) for n in range(RING_LIMIT)])
    assert await ledger_of(engine.mongo, anna) == []
    assert len((await document_of(engine, anna))["recent"]) == RING_LIMIT

    await fill(engine, anna, [ordered(RING_LIMIT)])
    document = await document_of(engine, anna)
    lines = await ledger_of(engine.mongo, anna)
    assert [line["seq"] for line in lines] == list(range(1, RING_LIMIT + 2 - RING_KEPT))
    assert [r["seq"] for r in document["recent"]] == list(range(len(lines) + 1, RING_LIMIT + 2))
    assert document["watermark"] == lines[-1]["key"] == ordered(len(lines) - 1)
    assert lines[0]["_id"] == f"{anna}:0000000001"


@pytest.mark.parametrize("key", [ordered, elsewhere])
async def test_keys_that_left_the_ring_still_replay(engine: Engine, key: Any) -> None:
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    keys = [key(n) for n in range(2 * RING_LIMIT)]
    await fill(engine, anna, keys)
    assert len(await ledger_of(engine.mongo, anna)) > RING_KEPT
    before = await document_of(engine, anna)
    for seq, one in enumerate(keys, 1):
        again = await wallets.adjust(engine, grant(anna, one))
        assert (again.replayed, again.record["seq"]) == (True, seq)
    assert await document_of(engine, anna) == before
    assert before["wallet"]["accounts"]["points"]["balance"] == len(keys)


@pytest.mark.parametrize("key", [ordered, elsewhere])
async def test_keys_that_left_the_ring_are_refused_for_another_input(
    engine: Engine, key: Any
) -> None:
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    await fill(engine, anna, [key(n) for n in range(RING_LIMIT + 1)])
    before = await document_of(engine, anna)
    with pytest.raises(Refused) as refused:
        await wallets.adjust(engine, grant(anna, key(0), points=2))
    assert refused.value.refusal == KeyReused(key(0))
    assert await document_of(engine, anna) == before


async def test_new_keys_older_than_the_watermark_are_new(engine: Engine) -> None:
    """A till that was offline sends keys made before those that left the ring."""
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    await fill(engine, anna, [ordered(1_000 + n) for n in range(RING_LIMIT + 1)])
    late = await wallets.adjust(engine, grant(anna, ordered(5)))
    assert not late.replayed
    again = await wallets.adjust(engine, grant(anna, ordered(5)))
    assert again.replayed
    assert await balance_of(engine, anna) == RING_LIMIT + 2


async def test_a_replay_is_found_where_the_ring_is_trimmed_during_the_look(
    engine: Engine, open_process: OpenEngine
) -> None:
    """Read here, trimmed by another process, looked up here: in the ring of the read state."""
    await program.publish(engine, PLAIN)
    anna, other = await enrol(engine), await open_process()
    keys = [ordered(n) for n in range(RING_LIMIT)]
    await fill(other, anna, keys)

    async def trim() -> None:
        await fill(other, anna, [ordered(RING_LIMIT + n) for n in range(3)])

    steppable(engine).after["find", STATES] = trim
    again = await wallets.adjust(engine, grant(anna, keys[0]))
    assert (again.replayed, again.record["seq"]) == (True, 1)
    assert await balance_of(engine, anna) == RING_LIMIT + 3


async def test_a_new_key_that_another_process_used_and_trimmed_meanwhile_replays(
    engine: Engine, open_process: OpenEngine
) -> None:
    """Not in the ring that was read, and at the write in the ledger: the guard sends it back."""
    await program.publish(engine, PLAIN)
    anna, other = await enrol(engine), await open_process()
    await fill(engine, anna, [ordered(n) for n in range(3)])
    key = ordered(50)

    async def overtake() -> None:
        await fill(other, anna, [key, *(ordered(100 + n) for n in range(RING_LIMIT))])

    steppable(engine).before["update_batch", STATES] = overtake
    outcome = await wallets.adjust(engine, grant(anna, key))
    assert (outcome.replayed, outcome.record["seq"]) == (True, 4)
    assert key in [line["key"] for line in await ledger_of(engine.mongo, anna)]
    assert await balance_of(engine, anna) == 3 + 1 + RING_LIMIT


@pytest.mark.parametrize("key", [ordered, elsewhere])
async def test_replays_while_the_ring_is_trimmed_are_applied_once(
    engine: Engine, open_process: OpenEngine, key: Any
) -> None:
    await program.publish(engine, PLAIN)
    anna, other = await enrol(engine), await open_process()
    keys = [key(n) for n in range(200)]

    async def send(engine: Engine, part: list[str]) -> list[int]:
        outcomes = await asyncio.gather(*(wallets.adjust(engine, grant(anna, k)) for k in part))
        return [o.record["seq"] for o in outcomes if not o.replayed]

    made: list[int] = []
    for start in range(0, 200, 20):
        part, repeated = keys[start : start + 20], keys[max(0, start - 60) : start]
        for seqs in await asyncio.gather(
            send(engine, part), send(other, part), send(engine, repeated), send(other, repeated)
        ):
            made += seqs
    assert sorted(made) == list(range(1, 201))
    assert await balance_of(engine, anna) == 200
    records = await records_of(engine.mongo, anna)
    assert sorted(r["key"] for r in records) == sorted(keys)


async def test_a_record_of_a_lost_race_never_reaches_the_ledger(
    engine: Engine, open_process: OpenEngine
) -> None:
    await program.publish(engine, PLAIN)
    anna, other = await enrol(engine), await open_process()
    await fill(engine, anna, [ordered(n) for n in range(RING_LIMIT)])

    async def overtake() -> None:
        await wallets.spend(other, Spending(anna, "points", RING_LIMIT, ordered(900), "all"))

    steppable(engine).before["update_batch", STATES] = overtake
    results = await asyncio.gather(
        *(
            wallets.spend(engine, Spending(anna, "points", 1, ordered(500 + n), "one"))
            for n in range(RING_LIMIT)
        ),
        return_exceptions=True,
    )
    refusals = [r.refusal for r in results if isinstance(r, Refused)]
    assert refusals == [InsufficientPoints("points", 1, 0)] * RING_LIMIT
    records = await records_of(engine.mongo, anna)
    assert [r["key"] for r in records] == [*(ordered(n) for n in range(RING_LIMIT)), ordered(900)]


async def test_states_given_to_callers_do_not_change_under_them(engine: Engine) -> None:
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    first = await wallets.adjust(engine, grant(anna, ordered(0)))
    held = (first.state.seq, len(first.state.recent), wallets.wallet_of(first.state))
    await fill(engine, anna, [ordered(n) for n in range(1, RING_LIMIT + 5)])
    assert (first.state.seq, len(first.state.recent), wallets.wallet_of(first.state)) == held


async def test_the_chain_runs_through_ring_and_ledger(engine: Engine) -> None:
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    await fill(engine, anna, [ordered(n) for n in range(3 * RING_LIMIT)])
    link = b""
    for record in await records_of(engine.mongo, anna):
        body = {name: record[name] for name in record if name not in ("_id", "member")}
        link = states.chain(link, body)
        assert record["chain"] == link


@pytest.mark.parametrize("back", [False, True], ids=["older", "newer"])
async def test_pages_of_entries_have_no_gap_at_the_border_of_ring_and_ledger(
    engine: Engine, open_process: OpenEngine, back: bool
) -> None:
    await program.publish(engine, PLAIN)
    anna, other = await enrol(engine), await open_process()
    count = 2 * RING_LIMIT + 7
    await fill(engine, anna, [ordered(n) for n in range(count)])
    state = await members.require(engine, anna)
    for limit in (1, 7, RING_KEPT, count, count + 1):
        seen: list[tuple[int, int]] = []
        while True:
            walk = Walk(limit, seen[-1] if seen else None, back)
            page = await wallets.entries(engine, state, walk)
            assert len(page) <= limit
            if not page:
                break
            seen += [(posted.seq, posted.index) for posted in page]
        assert seen[:: -1 if back else 1] == [(seq, 0) for seq in range(count, 0, -1)]
    await fill(other, anna, [ordered(500 + n) for n in range(RING_LIMIT)])
    page = await wallets.entries(engine, state, Walk(2 * count, back=back))
    assert [posted.seq for posted in page][:: -1 if back else 1] == list(range(count, 0, -1))


async def test_facts_that_wait_when_the_ring_is_trimmed_are_kept(engine: Engine) -> None:
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    await fill(engine, anna, [ordered(n) for n in range(RING_LIMIT + 1)])
    while await outbox.relay(engine.mongo, engine.clock()):
        pass
    facts = await engine.mongo.find(FACTS, {"member": anna})
    assert {f["_id"] for f in facts} == {f"{anna}:{seq}:0" for seq in range(RING_LIMIT + 2)}
    assert (await document_of(engine, anna))["outbox"] == []


async def test_facts_done_long_ago_are_not_sent_again_by_a_trim(
    engine: Engine, clock: Clock
) -> None:
    """What is done is forgotten after some days; a process may remember a member for longer."""
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    await fill(engine, anna, [ordered(n) for n in range(RING_LIMIT)])
    while await outbox.relay(engine.mongo, clock()):
        pass
    taken = await outbox.take(engine.mongo, clock(), outbox.Lease("w1", 30))
    await outbox.finish(engine.mongo, taken, clock())
    await engine.mongo.delete_many(FACTS, {"done_at": {"$exists": True}})
    clock.advance(days=8)
    await fill(engine, anna, [ordered(RING_LIMIT)])
    assert await ledger_of(engine.mongo, anna) != []
    while await outbox.relay(engine.mongo, clock()):
        pass
    facts = await engine.mongo.find(FACTS, {"member": anna})
    assert [f["_id"] for f in facts] == [f"{anna}:{RING_LIMIT + 1}:0"]
    assert await engine.mongo.count(LEDGER, {"member": anna}) == RING_LIMIT + 1 - RING_KEPT
