"""Occasions: a welcome once for a person, a birthday once a year, whoever sweeps and how often."""

import asyncio
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


def reachable(external_id: str, phone: str | None = None, email: str | None = None) -> Enrolment:
    return Enrolment(external_id=external_id, profile=ProfileInput(phone=phone, email=email))


ANNA, PHONE, HER_MAIL = "+4512345678", "+4587654321", "Anna@shop.example"


async def test_a_person_is_welcomed_once_by_any_phone_or_mail_they_ever_had(engine: Engine) -> None:
    await program.publish(engine, OCCASIONS)
    anna = (await activities.enrol(engine, reachable("1", ANNA))).member_id
    await members.update_profile(engine, anna, ProfileInput(email=HER_MAIL, phone=PHONE))
    others = [
        reachable("2", ANNA),
        reachable("3", PHONE),
        reachable("4", None, HER_MAIL.upper()),
        reachable("5", "+4511111111", HER_MAIL),
        reachable("6", "+4511111111"),
    ]
    again = [await activities.enrol(engine, other) for other in others]
    assert all(each.created for each in again)
    await reactions.react(engine)
    assert [await balance_of(engine, each.member_id) for each in again] == [0] * 5
    assert await balance_of(engine, anna) == 100
    [stranger] = await members.enrol_many(engine, [reachable("7", "+4522222222", "bo@x.example")])
    await reactions.react(engine)
    assert await balance_of(engine, stranger.member_id) == 100
    told = str(await engine.mongo.find("identities", {"person": {"$exists": True}}))
    assert not any(said in told for said in (ANNA, PHONE, "shop.example", "SHOP.EXAMPLE"))
    await engine.commits.drain()
    assert (await audit.verify(engine)).violations == []


async def test_of_many_who_come_at_once_with_one_phone_and_mail_one_is_welcomed(
    engine: Engine, open_process: OpenEngine
) -> None:
    await program.publish(engine, OCCASIONS)
    other = await open_process()
    people = [reachable(f"{n}", ANNA, HER_MAIL) for n in range(8)]
    joining = [
        activities.enrol(process, one)
        for one, process in zip(people, [engine, other] * 4, strict=True)
    ]
    batch = [reachable(f"b{n}", ANNA, HER_MAIL) for n in range(3)]
    batched, joined = await asyncio.gather(
        members.enrol_many(engine, batch), asyncio.gather(*joining)
    )
    await reactions.react(engine)
    ids = [each.member_id for each in (*batched, *joined)]
    assert len(set(ids)) == 11
    assert sorted([await balance_of(engine, member_id) for member_id in ids]) == [0] * 10 + [100]


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
