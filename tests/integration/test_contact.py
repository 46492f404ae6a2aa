"""How members want to be reached, and when they were last heard of, beside everything else."""

import asyncio
from dataclasses import replace

import pytest

from loyalty import audit, members
from loyalty.engine import Engine
from loyalty.errors import BadInput
from loyalty.members import Channel, Consent, Purpose, contact
from loyalty.program import terms
from tests.engines import Clock, enrol
from tests.phones import open_shop, register

NIGHT = terms.Hours.model_validate({"since": "22:00", "until": "07:00"})


async def test_preferences_are_set_once_however_often_they_are_said(engine: Engine) -> None:
    member = await enrol(engine)
    first = await contact.set_preferences(engine, member, ["offers"], NIGHT)
    assert contact.preferences_of(first) == contact.Preferences(frozenset({"offers"}), NIGHT)
    again = await contact.set_preferences(engine, member, ["offers", "offers"], NIGHT)
    assert again.seq == first.seq
    cleared = await contact.set_preferences(engine, member, [], None)
    read = await members.require(engine, member)
    assert read.seq == cleared.seq == first.seq + 1
    assert contact.preferences_of(read) == contact.Preferences()


async def test_a_start_of_the_app_is_one_write_an_hour(engine: Engine, clock: Clock) -> None:
    await open_shop(engine)
    member = await enrol(engine)
    began = clock.present
    await register(engine, member, "token")
    first = await members.require(engine, member)
    assert contact.engagement_of(first) == contact.Engagement(seen_at=began)
    clock.advance(minutes=59)
    await register(engine, member, "token")
    assert (await members.require(engine, member)).seq == first.seq
    clock.advance(minutes=1)
    await register(engine, member, "token")
    later = await members.require(engine, member)
    assert contact.engagement_of(later) == contact.Engagement(seen_at=clock.present)


async def test_every_consent_is_in_the_books_and_the_last_20_are_listed(
    engine: Engine, clock: Clock
) -> None:
    member = await enrol(engine)
    for n in range(25):
        yes = Consent(Purpose.MARKETING, Channel.PUSH, n % 2 == 0, clock.present, f"screen-{n}")
        await members.set_consents(engine, member, [yes])
        first = await members.require(engine, member)
        clock.advance(minutes=1)
        await members.set_consents(engine, member, [replace(yes, at=clock.present)])
        assert (await members.require(engine, member)).seq == first.seq
    state = await members.require(engine, member)
    told = [consent.source for consent in contact.consents_of(state)]
    assert told == [f"screen-{n}" for n in range(5, 25)]
    assert members.profile_of(state).consents[-1].source == "screen-24"
    left = await engine.mongo.find("ledger", {"member": member}, sort=[("_id", 1)])
    records = [*left, *state.recent]
    sources = [consent["source"] for r in records for consent in r["result"]["consents"]]
    assert sources == [f"screen-{n}" for n in range(25)]
    assert (await audit.verify(engine)).as_document()["violations"] == []


async def test_a_consent_told_many_times_at_once_is_one_record(
    engine: Engine, clock: Clock
) -> None:
    member = await enrol(engine)
    yes = Consent(Purpose.MARKETING, Channel.PUSH, True, clock.present, "welcome")
    before = await members.require(engine, member)
    await asyncio.gather(*(members.set_consents(engine, member, [yes]) for _ in range(20)))
    state = await members.require(engine, member)
    assert contact.consents_of(state) == (yes,)
    assert state.seq == before.seq + 1
    assert [r["result"]["consents"][0]["source"] for r in state.recent] == ["welcome"]


async def test_yes_and_no_to_the_same_in_one_call_are_refused(engine: Engine, clock: Clock) -> None:
    member = await enrol(engine)
    yes = Consent(Purpose.MARKETING, Channel.PUSH, True, clock.present, "welcome")
    no = replace(yes, granted=False)
    before = await members.require(engine, member)
    with pytest.raises(BadInput) as refused:
        await members.set_consents(engine, member, [yes, replace(yes, channel=Channel.SMS), no])
    assert refused.value.path == ("consents", 2, "granted")
    assert await members.require(engine, member) == before


async def test_a_yes_told_late_is_in_the_books_beside_the_newer_no(
    engine: Engine, clock: Clock
) -> None:
    member = await enrol(engine)
    monday = clock.present
    clock.advance(days=1)
    no = Consent(Purpose.MARKETING, Channel.PUSH, False, clock.present, "settings")
    await members.set_consents(engine, member, [no])
    clock.advance(days=1)
    yes = Consent(
        Purpose.MARKETING, Channel.PUSH, True, monday, "welcome", received_at=clock.present
    )
    for _ in range(2):
        state = await members.set_consents(engine, member, [yes])
    assert members.profile_of(state).consents == (no,)
    assert contact.consents_of(state) == (no, yes)
    assert (await audit.verify(engine)).as_document()["violations"] == []
