"""Who becomes a member, once, and with what to begin."""

import asyncio

import pytest

from loyalty import members, program
from loyalty.engine import Engine
from loyalty.errors import KeyReused, Refused
from loyalty.members import Enrolment, IdentityTaken, ProfileInput
from loyalty.members.service import Enrolled
from loyalty.states import STATES
from tests.engines import PLAIN, steppable
from tests.integration.conftest import OpenEngine

BATCH = [Enrolment(external_id=f"{n}") for n in range(5)]


async def profile(engine: Engine, member_id: str) -> members.Profile:
    return members.profile_of(await members.require(engine, member_id))


async def test_the_same_enrolment_gives_the_same_member(engine: Engine) -> None:
    first = await members.enrol(engine, Enrolment(external_id="7", key="k"))
    again = await members.enrol(engine, Enrolment(external_id="7", key="k"))
    assert (first.created, again) == (True, Enrolled(first.member_id, False))


async def test_another_enrolment_under_the_same_key_is_refused(engine: Engine) -> None:
    anna = await members.enrol(engine, Enrolment(key="k", profile=ProfileInput(first_name="Anna")))
    with pytest.raises(Refused) as refused:
        await members.enrol(engine, Enrolment(key="k", external_id="7"))
    assert refused.value.refusal == KeyReused("k")
    assert await members.find_by_external_id(engine, "7") is None
    assert (await profile(engine, anna.member_id)).external_id is None


async def test_a_member_found_by_a_number_shows_it(engine: Engine) -> None:
    signed_in = await members.enrol(engine, Enrolment(subject="issuer|anna"))
    linked = await members.enrol(engine, Enrolment(subject="issuer|anna", external_id="7"))
    assert linked == Enrolled(signed_in.member_id, False)
    assert (await profile(engine, signed_in.member_id)).external_id == "7"
    found = await members.find_by_external_id(engine, "7")
    assert found is not None
    assert found.member_id == signed_in.member_id


async def test_a_further_number_leads_to_the_member_and_leaves_the_first(engine: Engine) -> None:
    anna = await members.enrol(engine, Enrolment(subject="issuer|anna", external_id="7"))
    await members.enrol(engine, Enrolment(subject="issuer|anna", external_id="8"))
    assert (await profile(engine, anna.member_id)).external_id == "7"
    found = await members.find_by_external_id(engine, "8")
    assert found is not None
    assert found.member_id == anna.member_id


async def test_two_members_are_never_made_one_by_an_enrolment(engine: Engine) -> None:
    await members.enrol(engine, Enrolment(external_id="7"))
    await members.enrol(engine, Enrolment(subject="issuer|anna"))
    with pytest.raises(Refused) as refused:
        await members.enrol(engine, Enrolment(external_id="7", subject="issuer|anna", key="new"))
    assert refused.value.refusal == IdentityTaken("sub")
    fresh = await members.enrol(engine, Enrolment(key="new"))
    assert fresh.created


async def test_who_is_enrolled_by_another_process_meanwhile_is_that_member(
    engine: Engine, open_process: OpenEngine
) -> None:
    """The other comes in between the look at who is known and the claim of those who are not."""
    other, theirs = await open_process(), list[Enrolled]()

    async def overtake() -> None:
        theirs.extend(await members.enrol_many(other, BATCH[1:4]))

    steppable(engine).before["insert_new", "identities"] = overtake
    mine = await members.enrol_many(engine, BATCH)
    assert [enrolled.created for enrolled in theirs] == [True] * 3
    assert [enrolled.created for enrolled in mine] == [True, False, False, False, True]
    assert [e.member_id for e in mine[1:4]] == [e.member_id for e in theirs]
    assert await engine.mongo.count(STATES, {}) == len(BATCH)


async def test_two_processes_that_enrol_the_same_people_at_once_create_each_once(
    engine: Engine, open_process: OpenEngine
) -> None:
    other = await open_process()
    batches = [(engine, BATCH), (other, BATCH[::-1]), (other, BATCH), (engine, BATCH[::-1])]
    enrolled = await asyncio.gather(*(members.enrol_many(*batch) for batch in batches))
    for person in BATCH:
        found = [
            each
            for (_, people), batch in zip(batches, enrolled, strict=True)
            for who, each in zip(people, batch, strict=True)
            if who == person
        ]
        assert len({each.member_id for each in found}) == 1
        assert sorted(each.created for each in found) == [False, False, False, True]
    assert await engine.mongo.count(STATES, {}) == len(BATCH)


async def test_a_member_begins_in_the_language_and_zone_of_the_program(engine: Engine) -> None:
    swedish = PLAIN.replace("format: 1", "format: 1\ndefault_language: sv")
    version = await program.publish(engine, swedish)
    anna = await members.enrol(engine, Enrolment(external_id="7"))
    begun = await profile(engine, anna.member_id)
    assert (begun.locale, begun.time_zone) == ("sv", version.program.time_zone)
    chosen = Enrolment(external_id="8", profile=ProfileInput(locale="fi", time_zone="UTC"))
    begun = await profile(engine, (await members.enrol(engine, chosen)).member_id)
    assert (begun.locale, begun.time_zone) == ("fi", "UTC")
