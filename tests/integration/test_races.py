"""Calls at the same moment, in one process and in several: one effect for each key, none lost."""

import asyncio
from datetime import timedelta
from typing import Any

from loyalty import activities, program, wallets
from loyalty.commands import Outcome
from loyalty.engine import Engine
from loyalty.errors import KeyReused, Refusal, Refused, Unavailable
from loyalty.states import STATES
from loyalty.wallets import Adjustment, InsufficientPoints, Spending
from tests.engines import (
    PLAIN,
    RICH,
    START,
    Clock,
    Steppable,
    balance_of,
    enrol,
    purchase,
    records_of,
    steppable,
    stored,
    uuid7,
)
from tests.integration.conftest import OpenEngine


def grant(member_id: str, points: int, key: str) -> Adjustment:
    return Adjustment(member_id, "points", points, key, "goodwill", "staff:1")


def split(results: list[Any]) -> tuple[list[Outcome], list[Refusal]]:
    outcomes = [r for r in results if isinstance(r, Outcome)]
    refusals = [r.refusal for r in results if isinstance(r, Refused)]
    assert len(outcomes) + len(refusals) == len(results), results
    return outcomes, refusals


async def test_twenty_equal_calls_in_one_process_make_one_entry(
    engine: Engine, clock: Clock
) -> None:
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    key = uuid7(clock(), 1)
    results = await asyncio.gather(
        *(wallets.adjust(engine, grant(anna, 7, key)) for _ in range(20))
    )
    assert sorted(o.replayed for o in results) == [False] + [True] * 19
    assert {o.record["seq"] for o in results} == {1}
    assert await balance_of(engine, anna) == 7
    [record] = await records_of(engine.mongo, anna)
    assert [e["points"] for e in record["entries"]] == [7]


async def test_twenty_equal_calls_over_two_processes_make_one_entry(
    engine: Engine, open_process: OpenEngine, clock: Clock
) -> None:
    await program.publish(engine, PLAIN)
    anna, other = await enrol(engine), await open_process()
    for key in (uuid7(clock(), 1), "order-1"):
        results = await asyncio.gather(
            *(wallets.adjust(e, grant(anna, 7, key)) for e in [engine, other] * 10)
        )
        assert sorted(o.replayed for o in results) == [False] + [True] * 19
        assert len({o.record["seq"] for o in results}) == 1
    assert await balance_of(engine, anna) == 14
    assert len(await records_of(engine.mongo, anna)) == 2


async def test_a_hundred_redemptions_of_the_last_points_make_the_affordable_number(
    engine: Engine, open_process: OpenEngine, clock: Clock
) -> None:
    await program.publish(engine, PLAIN)
    anna, other = await enrol(engine), await open_process()
    await wallets.adjust(engine, grant(anna, 103, "start"))
    calls = [
        wallets.spend(e, Spending(anna, "points", 10, uuid7(clock(), n), "coffee"))
        for n, e in enumerate([engine, other] * 50)
    ]
    outcomes, refusals = split(await asyncio.gather(*calls, return_exceptions=True))
    assert len(outcomes) == 10
    assert set(refusals) == {InsufficientPoints("points", 10, 3)}
    assert await balance_of(engine, anna) == 3
    assert len(await records_of(engine.mongo, anna)) == 11


async def test_one_purchase_id_for_two_members_is_refused_to_the_second(
    engine: Engine, open_process: OpenEngine
) -> None:
    await program.publish(engine, PLAIN)
    anna, bo = await enrol(engine), await enrol(engine, "bo")
    other = await open_process()
    results = await asyncio.gather(
        activities.record_purchase(engine, purchase(anna, "r-1", 500)),
        activities.record_purchase(other, purchase(bo, "r-1", 500)),
        return_exceptions=True,
    )
    outcomes, refusals = split(list(results))
    assert (len(outcomes), refusals) == (1, [KeyReused("purchase:till:r-1")])
    balances = [await balance_of(engine, m) for m in (anna, bo)]
    assert sorted(balances) == [0, 5]
    loser = (anna, bo)[balances.index(0)]
    document = await stored(engine.mongo, loser)
    assert document is not None
    assert (document["seq"], document["recent"]) == (0, [])


async def test_one_purchase_id_with_another_total_is_refused(engine: Engine) -> None:
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    results = await asyncio.gather(
        activities.record_purchase(engine, purchase(anna, "r-1", 500)),
        activities.record_purchase(engine, purchase(anna, "r-1", 600)),
        return_exceptions=True,
    )
    outcomes, refusals = split(list(results))
    assert (len(outcomes), refusals) == (1, [KeyReused("purchase:till:r-1")])
    assert await balance_of(engine, anna) in (5, 6)
    assert len(await records_of(engine.mongo, anna)) == 1


async def test_one_purchase_reported_at_once_by_two_processes_earns_once(
    engine: Engine, open_process: OpenEngine
) -> None:
    await program.publish(engine, PLAIN)
    anna, other = await enrol(engine), await open_process()
    for n in range(20):
        results = await asyncio.gather(
            *(
                activities.record_purchase(e, purchase(anna, f"r-{n}", 500))
                for e in (engine, other, engine, other)
            )
        )
        assert sorted(o.replayed for o in results) == [False, True, True, True]
    assert await balance_of(engine, anna) == 100
    assert len(await records_of(engine.mongo, anna)) == 20


async def test_members_of_one_batch_that_lose_a_race_are_tried_again_alone(
    engine: Engine, open_process: OpenEngine
) -> None:
    await program.publish(engine, PLAIN)
    names = [await enrol(engine, f"m{n}") for n in range(8)]
    other = await open_process()
    mongo = engine.mongo
    assert isinstance(mongo, Steppable)

    async def overtake() -> None:
        await wallets.adjust(other, grant(names[3], 100, "overtaking"))

    mongo.before["update_batch", STATES] = overtake
    await asyncio.gather(*(wallets.adjust(engine, grant(m, 1, f"k-{m}")) for m in names))
    assert [await balance_of(engine, m) for m in names] == [1, 1, 1, 101, 1, 1, 1, 1]
    records = await records_of(mongo, names[3])
    assert [(r["seq"], r["key"]) for r in records] == [(1, "overtaking"), (2, f"k-{names[3]}")]


async def test_a_refusal_is_never_given_from_memory(
    engine: Engine, open_process: OpenEngine
) -> None:
    """What this process last wrote may be out of date where another has credited since."""
    await program.publish(engine, PLAIN)
    anna, other = await enrol(engine), await open_process()
    await wallets.adjust(engine, grant(anna, 5, "here"))
    await wallets.adjust(other, grant(anna, 10, "there"))
    outcome = await wallets.spend(engine, Spending(anna, "points", 15, "spend", "coffee"))
    assert not outcome.replayed
    assert await balance_of(engine, anna) == 0


async def test_that_nothing_is_due_is_never_said_from_memory(
    engine: Engine, open_process: OpenEngine
) -> None:
    """Another process has credited points since, for a purchase so old that they are over."""
    await program.publish(engine, RICH)
    anna, other = await enrol(engine), await open_process()
    await activities.record_purchase(engine, purchase(anna, "r-1", 5_000, money="EUR"))
    long_ago = START - timedelta(days=100)
    late = purchase(anna, "r-2", 5_000, money="EUR", occurred_at=long_ago)
    await activities.record_purchase(other, late)
    assert [await wallets.expire_due(engine) for _ in range(2)] == [1, 0]


async def test_a_replay_is_never_missed_from_memory(
    engine: Engine, open_process: OpenEngine
) -> None:
    await program.publish(engine, PLAIN)
    anna, other = await enrol(engine), await open_process()
    await wallets.adjust(engine, grant(anna, 5, "here"))
    await wallets.adjust(other, grant(anna, 10, "there"))
    outcome = await wallets.adjust(engine, grant(anna, 10, "there"))
    assert (outcome.replayed, outcome.record["seq"]) == (True, 2)
    assert await balance_of(engine, anna) == 15


async def test_a_lost_answer_is_resolved_by_sending_the_call_again(engine: Engine) -> None:
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    mongo = engine.mongo
    assert isinstance(mongo, Steppable)

    async def lose_the_answer() -> None:
        raise ConnectionResetError("the answer was lost")

    mongo.after["update_batch", STATES] = lose_the_answer
    [lost] = await asyncio.gather(
        activities.record_purchase(engine, purchase(anna, "r-1", 500)), return_exceptions=True
    )
    assert isinstance(lost, ConnectionResetError)
    again = await activities.record_purchase(engine, purchase(anna, "r-1", 500))
    assert again.replayed
    assert await balance_of(engine, anna) == 5
    assert len(await records_of(mongo, anna)) == 1


async def test_nobody_is_refused_for_what_was_never_written(engine: Engine) -> None:
    """Two spendings in one batch whose write fails: the second must not hear of the first's."""
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    await wallets.adjust(engine, grant(anna, 100, "gift"))

    async def die() -> None:
        raise Unavailable("the primary is gone")

    steppable(engine).before["update_batch", STATES] = die
    both = await asyncio.gather(
        *(wallets.spend(engine, Spending(anna, "points", 100, key, "all")) for key in ("a", "b")),
        return_exceptions=True,
    )
    assert [type(answer) for answer in both] == [Unavailable, Unavailable]
    assert await balance_of(engine, anna) == 100
