"""What goes wrong with one member, one job or one change of the programme ends nothing else."""

from collections.abc import AsyncIterator
from datetime import datetime

import pytest

from api.fcm_standin import FcmStandin
from loyalty import program, push, segments
from loyalty.engine import Engine
from loyalty.members import contact
from loyalty.push import Brief, Campaign
from loyalty.push.fcm import Sender
from loyalty.push.rules.briefs import Variant
from loyalty.push.service import planning
from loyalty.walks import Walk
from tests.engines import Clock
from tests.phones import Person, enrol, launch, open_shop, phones, work

Phones = tuple[FcmStandin, Sender]
WANTED = Brief("Spring", segments.EVERYONE, (Variant("a", {"en": "Hi"}, {"en": "!"}),))
NIGHT = '\nmessaging:\n  quiet_hours: {since: "21:00", until: "08:00"}\n'


@pytest.fixture
async def fcm() -> AsyncIterator[Phones]:
    async with phones() as opened:
        yield opened


async def crowd(engine: Engine, *names: str) -> list[str]:
    return [await enrol(engine, Person(name, tokens=[name])) for name in names]


async def became(engine: Engine, campaign: Campaign) -> dict[str, tuple[str, str | None]]:
    """Give what became of each member, by their id."""
    rows = await push.campaigns.deliveries(engine, campaign.id, Walk(100))
    return {row.member_id: (row.status.value, row.reason) for row in rows}


async def damage(engine: Engine, member_id: str) -> None:
    """Keep what cannot be read of a member."""
    broken = {"$set": {"preferences": {"muted": [], "quiet": {"since": "late", "until": "x"}}}}
    assert await engine.mongo.update_one("member_states", {"_id": member_id}, broken)


async def test_a_member_who_cannot_be_planned_for_ends_nobody_elses_message(
    engine: Engine, fcm: Phones
) -> None:
    standin, sender = fcm
    await open_shop(engine)
    anna, bo, cy = await crowd(engine, "anna", "bo", "cy")
    await damage(engine, bo)
    launched = await launch(engine, WANTED)
    await work(engine, sender)
    sent = ("SENT", None)
    expected = {anna: sent, bo: ("FAILED", "NOT_PLANNED"), cy: sent}
    assert await became(engine, launched) == expected
    assert {one.token for one in standin.deliveries()} == {"anna", "cy"}


async def test_what_waited_goes_though_another_cannot_be_planned_for(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    clock.present = datetime(2026, 3, 10, 22)
    await open_shop(engine, NIGHT)
    anna, bo = await crowd(engine, "anna", "bo")
    launched = await launch(engine, WANTED)
    await work(engine, sender)
    await damage(engine, bo)
    clock.advance(hours=11)
    await work(engine, sender)
    expected = {anna: ("SENT", None), bo: ("FAILED", "NOT_PLANNED")}
    assert await became(engine, launched) == expected
    assert [one.token for one in standin.deliveries()] == ["anna"]


async def test_what_was_claimed_and_surely_not_sent_is_not_lost(
    engine: Engine, fcm: Phones, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    standin, sender = fcm
    clock.present = datetime(2026, 3, 10, 22)
    await open_shop(engine, NIGHT)
    ids = await crowd(engine, "anna", "bo")
    launched = await launch(engine, WANTED)
    await work(engine, sender)
    clock.advance(hours=11)

    async def breaks(*_: object) -> None:
        raise ArithmeticError

    with monkeypatch.context() as patched:
        patched.setattr(planning, "read", breaks)
        with pytest.raises(ArithmeticError):
            await push.run_once(engine, sender)
    clock.advance(minutes=2)
    await work(engine, sender)
    assert await became(engine, launched) == dict.fromkeys(ids, ("SENT", None))
    assert len(standin.deliveries()) == 2


async def test_a_message_waits_for_the_one_free_hour_that_a_change_of_clocks_skips(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    clock.present = datetime(2026, 3, 28, 12)
    await open_shop(engine, "\ntime_zone: Europe/Copenhagen\n")
    anna, bo = await crowd(engine, "anna", "bo")
    hours = program.terms.Hours.model_validate({"since": "03:00", "until": "02:00"})
    await contact.set_preferences(engine, bo, [], hours)
    launched = await launch(engine, WANTED)
    await work(engine, sender)
    assert await became(engine, launched) == {anna: ("SENT", None), bo: ("HELD", None)}
    clock.present = datetime(2026, 3, 30, 0)
    await work(engine, sender)
    assert len(standin.deliveries()) == 2
