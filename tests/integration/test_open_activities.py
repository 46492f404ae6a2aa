"""Claims that a dead process left open: finished once, or set aside, by whoever comes next."""

import asyncio
from datetime import datetime, timedelta

import pytest

from loyalty import activities, audit, program
from loyalty.activities import Event
from loyalty.commands import Outcome
from loyalty.engine import Engine
from loyalty.errors import Unavailable
from loyalty.states import STATES
from tests.engines import (
    PLAIN,
    RICH,
    START,
    Clock,
    balance_of,
    enrol,
    purchase,
    records_of,
    steppable,
    suspend,
)
from tests.integration.conftest import OpenEngine

ACTIVITIES = "activities"


async def die() -> None:
    raise ConnectionAbortedError("the process died")


async def claim_of(engine: Engine, purchase_id: str) -> dict[str, object]:
    found = await engine.mongo.find_one(ACTIVITIES, {"_id": f"purchase:till:{purchase_id}"})
    assert found is not None
    return found


async def record_and_die(engine: Engine, member_id: str, moment: str) -> None:
    """Record a purchase of 5.00 in a process that dies before, or after, its commit."""
    steps = steppable(engine)
    {"before": steps.before, "after": steps.after}[moment]["update_batch", STATES] = die
    with pytest.raises(ConnectionAbortedError):
        await activities.record_purchase(engine, purchase(member_id, "r-1", 500))
    await engine.commits.drain()


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_claim_left_open_by_a_dead_process_is_finished_exactly_once(
    engine: Engine, open_process: OpenEngine, clock: Clock, moment: str
) -> None:
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    await record_and_die(engine, anna, moment)
    assert "open_since" in await claim_of(engine, "r-1")

    other, third = await open_process(), await open_process()
    assert await activities.finish_open(other) == 0  # it may still be on its way
    clock.advance(minutes=1)
    await asyncio.gather(*(activities.finish_open(e) for e in (other, third, other)))
    for process in (other, third):
        await process.commits.drain()

    assert await balance_of(engine, anna) == 5
    [record] = await records_of(engine.mongo, anna)
    claim = await claim_of(engine, "r-1")
    assert claim["key"] == record["key"]
    assert "open_since" not in claim
    assert await activities.finish_open(other) == 0
    again = await activities.record_purchase(engine, purchase(anna, "r-1", 500))
    assert again.replayed
    assert (await audit.verify(other)).violations == []


async def test_a_claim_left_open_is_found_in_the_ledger_too(
    engine: Engine, open_process: OpenEngine, clock: Clock
) -> None:
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    await record_and_die(engine, anna, "after")
    other = await open_process()
    clock.advance(minutes=1)
    for n in range(60):
        await activities.record_purchase(other, purchase(anna, f"later-{n}", 100))
    assert await activities.finish_open(other) == 1
    await other.commits.drain()
    assert "open_since" not in await claim_of(engine, "r-1")
    assert await balance_of(engine, anna) == 65


async def test_the_shop_may_send_again_before_the_claim_is_finished(
    engine: Engine, open_process: OpenEngine
) -> None:
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    await record_and_die(engine, anna, "before")
    other = await open_process()
    outcome = await activities.record_purchase(other, purchase(anna, "r-1", 500))
    await other.commits.drain()
    assert not outcome.replayed
    assert await balance_of(engine, anna) == 5
    claim = await claim_of(engine, "r-1")
    assert claim["key"] == outcome.record["key"]
    assert "open_since" not in claim


async def test_a_claim_that_the_rules_refuse_is_set_aside(
    engine: Engine, open_process: OpenEngine, clock: Clock
) -> None:
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    await record_and_die(engine, anna, "before")
    await suspend(engine, anna)
    clock.advance(minutes=1)
    other = await open_process()
    assert await activities.finish_open(other) == 1
    claim = await claim_of(engine, "r-1")
    assert claim["refused"] == "MemberNotActive"
    assert "open_since" not in claim
    [suspension] = await records_of(engine.mongo, anna)
    assert suspension["result"]["status"] == "SUSPENDED"
    assert await activities.finish_open(other) == 0


@pytest.mark.parametrize(("moment", "refused"), [("before", "MoneyMismatch"), ("after", None)])
async def test_a_claim_in_a_money_that_was_changed_is_finished_only_if_it_was_committed(
    engine: Engine, open_process: OpenEngine, clock: Clock, moment: str, refused: str | None
) -> None:
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    await record_and_die(engine, anna, moment)
    other = await open_process()
    await program.publish(other, PLAIN.replace("money: USD", "money: JPY").replace('"1.00"', '"1"'))
    clock.advance(minutes=1)
    assert await activities.finish_open(other) == 1
    await other.commits.drain()
    claim = await claim_of(engine, "r-1")
    assert (claim.get("refused"), "open_since" in claim) == (refused, False)
    assert await balance_of(other, anna) == (0 if refused else 5)
    assert len(await records_of(engine.mongo, anna)) == (0 if refused else 1)


async def test_a_damaged_claim_is_set_aside_and_the_others_are_finished(
    engine: Engine, open_process: OpenEngine, clock: Clock
) -> None:
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    await record_and_die(engine, anna, "before")
    damaged = {**await claim_of(engine, "r-1"), "_id": "purchase:till:r-0", "activity_id": "r-0"}
    del damaged["lines"]
    since = {"open_since": clock() - timedelta(hours=1)}
    assert await engine.mongo.insert_new(ACTIVITIES, [damaged | since]) == set()
    clock.advance(minutes=1)
    other = await open_process()
    assert await activities.finish_open(other) == 2
    await other.commits.drain()
    assert await balance_of(engine, anna) == 5
    claim = await claim_of(engine, "r-0")
    assert (claim["refused"], "open_since" in claim) == ("KeyError", False)
    assert "open_since" not in await claim_of(engine, "r-1")
    assert await activities.finish_open(other) == 0


async def test_an_outage_stops_the_finishing_and_sets_nothing_aside(
    engine: Engine, open_process: OpenEngine, clock: Clock
) -> None:
    await program.publish(engine, PLAIN)
    anna = await enrol(engine)
    await record_and_die(engine, anna, "before")
    clock.advance(minutes=1)
    other = await open_process()

    async def outage() -> None:
        raise Unavailable("no primary")

    steppable(other).before["update_batch", STATES] = outage
    assert await activities.finish_open(other) == 1
    claim = await claim_of(engine, "r-1")
    assert ("refused" in claim, "open_since" in claim) == (False, True)
    assert await activities.finish_open(other) == 1
    assert await balance_of(other, anna) == 5


@pytest.mark.parametrize("what", ["purchase", "event"])
async def test_parts_of_a_millisecond_are_cut_before_anything_is_decided(
    engine: Engine, open_process: OpenEngine, clock: Clock, what: str
) -> None:
    """What is read again must be what was recorded: the same fingerprint, the same answer."""
    await program.publish(engine, RICH)
    anna = await enrol(engine)

    async def record(process: Engine, at: datetime) -> Outcome:
        if what == "event":
            return await activities.record_event(process, Event("till", "r-1", anna, at, "review"))
        wanted = purchase(anna, "r-1", 1_000, money="EUR", occurred_at=at)
        return await activities.record_purchase(process, wanted)

    steppable(engine).before["update_batch", STATES] = die
    with pytest.raises(ConnectionAbortedError):
        await record(engine, START.replace(microsecond=123_999))
    await engine.commits.drain()
    other = await open_process()
    clock.advance(minutes=1)
    assert await activities.finish_open(other) == 1
    await other.commits.drain()
    [claim] = await engine.mongo.find(ACTIVITIES, {})
    assert "refused" not in claim
    assert claim["occurred_at"] == START.replace(microsecond=123_000)
    for at in (123_000, 123_999):
        assert (await record(other, START.replace(microsecond=at))).replayed
    assert len(await records_of(engine.mongo, anna)) == 1
