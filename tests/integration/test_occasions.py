"""Occasions: a welcome once for a person, a birthday once a year, whoever sweeps and how often."""

from datetime import date, datetime

from loyalty import activities, audit, chores, members, program, reactions
from loyalty.engine import Engine
from loyalty.members import Enrolment, ProfileInput
from loyalty.states import STATES
from tests.engines import Clock, balance_of, records_of
from tests.integration.conftest import OpenEngine

OCCASIONS = """
format: 1
id: club
name: Club
money: DKK
time_zone: Europe/Copenhagen
currencies: [{id: points, name: points}]
earning_rules:
  - {id: welcome, name: Welcome, trigger: ENROLMENT, currency: points,
     effect: {kind: FIXED, points: 100}}
  - {id: birthday, name: Birthday, trigger: BIRTHDAY, currency: points,
     effect: {kind: FIXED, points: 50}}
"""


def person(external_id: str, born_on: date | None = None) -> Enrolment:
    return Enrolment(external_id=external_id, profile=ProfileInput(birth_date=born_on))


async def test_who_joins_is_welcomed_at_once_and_once(
    engine: Engine, open_process: OpenEngine
) -> None:
    await program.publish(engine, OCCASIONS)
    other = await open_process()
    anna = (await activities.enrol(engine, person("anna"))).member_id
    assert await balance_of(engine, anna) == 100
    for process in (engine, other):
        await activities.enrol(process, person("anna"))
        await reactions.react(process)
    assert await balance_of(engine, anna) == 100
    await engine.commits.drain()
    assert (await audit.verify(engine)).violations == []


async def test_who_was_enrolled_and_not_welcomed_is_by_the_worker(engine: Engine) -> None:
    await program.publish(engine, OCCASIONS)
    anna = (await members.enrol(engine, person("anna"))).member_id
    assert await balance_of(engine, anna) == 0
    for _ in range(2):
        await reactions.react(engine)
    assert await balance_of(engine, anna) == 100


async def test_a_person_who_comes_back_as_another_member_is_not_welcomed_again(
    engine: Engine,
) -> None:
    await program.publish(engine, OCCASIONS)
    await activities.enrol(engine, person("anna"))
    await engine.mongo.delete_many("identities", {"_id": "external:anna"})
    again = await activities.enrol(engine, person("anna"))
    assert again.created
    assert await balance_of(engine, again.member_id) == 0
    assert await records_of(engine.mongo, again.member_id) == []


async def test_without_a_rule_nobody_is_welcomed_and_nothing_is_recorded(engine: Engine) -> None:
    await program.publish(engine, OCCASIONS.partition("earning_rules")[0])
    anna = (await activities.enrol(engine, person("anna", date(1990, 3, 2)))).member_id
    await reactions.react(engine)
    assert await chores.sweep(engine) == 0
    assert await records_of(engine.mongo, anna) == []


async def test_a_birthday_is_recorded_when_its_local_day_begins_once_a_year(
    engine: Engine, clock: Clock
) -> None:
    await program.publish(engine, OCCASIONS)
    anna = (await activities.enrol(engine, person("anna", date(1990, 5, 1)))).member_id
    await activities.enrol(engine, person("bo", date(1990, 5, 4)))
    for now, points in (
        (datetime(2026, 4, 30, 21, 59), 100),
        (datetime(2026, 4, 30, 22, 0), 150),
        (datetime(2026, 5, 1, 21, 0), 150),
        (datetime(2027, 4, 30, 22, 0), 200),
    ):
        clock.present = now
        for _ in range(2):
            await chores.sweep(engine)
        assert await balance_of(engine, anna) == points, now
    [*_, record] = await records_of(engine.mongo, anna)
    assert record["entries"][0]["occurred_at"] == datetime(2027, 4, 30, 22, 0)


async def test_a_birthday_is_found_a_day_late_and_not_before_the_member_joined(
    engine: Engine, clock: Clock
) -> None:
    await program.publish(engine, OCCASIONS)
    anna = (await activities.enrol(engine, person("anna", date(1990, 3, 3)))).member_id
    clock.present = datetime(2026, 3, 5, 12, 0)
    bo = (await activities.enrol(engine, person("bo", date(1990, 3, 3)))).member_id
    assert await activities.occasions.celebrate(engine) == 1
    assert (await balance_of(engine, anna), await balance_of(engine, bo)) == (150, 100)


async def test_who_was_born_on_a_leap_day_has_a_birthday_every_year(
    engine: Engine, clock: Clock
) -> None:
    clock.present = datetime(2027, 1, 1)
    await program.publish(engine, OCCASIONS)
    anna = (await activities.enrol(engine, person("anna", date(1992, 2, 29)))).member_id
    for now, points in (
        (datetime(2027, 2, 28, 12), 150),
        (datetime(2028, 2, 28, 12), 150),
        (datetime(2028, 2, 29, 12), 200),
    ):
        clock.present = now
        await chores.sweep(engine)
        assert await balance_of(engine, anna) == points, now


async def test_who_takes_no_part_has_no_birthday(engine: Engine) -> None:
    await program.publish(engine, OCCASIONS)
    anna = (await activities.enrol(engine, person("anna", date(1990, 3, 2)))).member_id
    gone = {"$set": {"profile.status": "CLOSED"}, "$inc": {"seq": 1}}
    await engine.mongo.update_one(STATES, {"_id": anna}, gone)
    assert await activities.occasions.celebrate(engine) == 0
    assert await balance_of(engine, anna) == 100
