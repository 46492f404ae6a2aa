"""Visits: recorded once, counted unless too soon after another, and what they earn."""

from datetime import datetime, timedelta

import pytest

from loyalty import activities, audit, program
from loyalty.activities import Event, Visit
from loyalty.engine import Engine
from loyalty.errors import BadInput, KeyReused, Refused
from tests.engines import START, balance_of, enrol, records_of, stored

VISITS = """
format: 1
id: gym
name: Gym
money: EUR
currencies: [{id: points, name: points}]
visits: {interval_minutes: 120}
earning_rules:
  - {id: visit, name: A visit, trigger: VISIT, currency: points,
     effect: {kind: FIXED, points: 5}}
  - {id: distance, name: A kilometre, trigger: EVENT, event: ride, currency: points,
     effect: {kind: FIXED, points: 2, per_unit: true}}
"""


async def visit(engine: Engine, member_id: str, visit_id: str, at: datetime) -> bool:
    """Record a visit; tell whether it counted."""
    wanted = Visit("gate", visit_id, member_id, at, store="north")
    outcome = await activities.record_visit(engine, wanted)
    return bool(outcome.result.get("counted", True))


async def test_a_visit_too_soon_after_another_is_recorded_and_counts_nothing(
    engine: Engine,
) -> None:
    await program.publish(engine, VISITS)
    anna = await enrol(engine)
    assert await visit(engine, anna, "v-1", START)
    assert not await visit(engine, anna, "v-2", START + timedelta(minutes=119))
    assert await visit(engine, anna, "v-3", START + timedelta(minutes=120))
    assert await balance_of(engine, anna) == 10
    records = await records_of(engine.mongo, anna)
    assert [(len(r["entries"]), r["result"].get("counted", True)) for r in records] == [
        (1, True),
        (0, False),
        (1, True),
    ]
    document = await stored(engine.mongo, anna) or {}
    assert document["activity"]["visits"] == 2
    await engine.commits.drain()
    assert (await audit.verify(engine)).violations == []


async def test_a_visit_that_is_told_late_is_held_apart_from_those_around_it(
    engine: Engine,
) -> None:
    await program.publish(engine, VISITS)
    anna = await enrol(engine)
    assert await visit(engine, anna, "v-1", START)
    assert not await visit(engine, anna, "v-0", START - timedelta(minutes=119))
    assert await visit(engine, anna, "v-00", START - timedelta(minutes=120))
    assert await balance_of(engine, anna) == 10


async def test_a_visit_sent_again_is_answered_as_before(engine: Engine) -> None:
    await program.publish(engine, VISITS)
    anna = await enrol(engine)
    for at, counted in ((START, True), (START + timedelta(minutes=1), False)):
        for _ in range(2):
            assert await visit(engine, anna, f"v-{at.minute}", at) is counted
    assert len(await records_of(engine.mongo, anna)) == 2
    with pytest.raises(Refused) as refused:
        await visit(engine, anna, "v-0", START + timedelta(hours=9))
    assert refused.value.refusal == KeyReused("visit:gate:v-0")


async def test_an_event_earns_by_its_quantity(engine: Engine) -> None:
    await program.publish(engine, VISITS)
    anna = await enrol(engine)
    ride = Event("app", "r-1", anna, START, "ride", quantity=21)
    outcome = await activities.record_event(engine, ride)
    assert outcome.record["entries"][0]["points"] == 42
    assert (await activities.record_event(engine, ride)).replayed
    with pytest.raises(BadInput) as bad:
        await activities.record_event(engine, Event("app", "r-2", anna, START, "ride", quantity=0))
    assert bad.value.path == ("quantity",)


async def test_nobody_reports_in_our_own_name(engine: Engine) -> None:
    await program.publish(engine, VISITS)
    anna = await enrol(engine)
    with pytest.raises(BadInput) as bad:
        await activities.record_event(engine, Event("stamkund", "1", anna, START, "BIRTHDAY"))
    assert bad.value.path == ("source",)
    assert await records_of(engine.mongo, anna) == []
