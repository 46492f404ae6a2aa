"""What a campaign says to who lacks some of its fields: nothing blank, and staff are warned."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, datetime, time

import pytest

from api.fcm_standin import FcmStandin
from loyalty import activities, jobs, members, offers, push, segments
from loyalty.engine import Engine
from loyalty.errors import BadInput
from loyalty.offers import HeldState
from loyalty.push import Brief, DeliveryStatus
from loyalty.push.fcm import Sender
from loyalty.push.rules import Cap
from loyalty.push.rules.briefs import ScheduleKind, Variant
from loyalty.push.rules.trials import Gap, Receivers, Tried
from loyalty.push.service import enclosures
from loyalty.push.service.previews import Fate
from loyalty.walks import Walk
from schema.push.tried import show_preview, show_validation
from tests.engines import Clock, purchase
from tests.phones import Person, enrol, launch, open_shop, phones, shown, work

Phones = tuple[FcmStandin, Sender]

OFFERS = "offers: [{id: mug, name: A mug, kind: EXPERIENCE}]\n"
NEXT = Variant("a", {"en": "{nextTier}!"}, {"en": "{firstName}, it is not far"})
UNTIL = Variant("a", {"en": "A mug"}, {"en": "{offer.until}"})
OUT, UNSAID = DeliveryStatus.SUPPRESSED, "NOTHING_TO_SAY"


@pytest.fixture(autouse=True)
async def _shop(engine: Engine) -> None:
    await open_shop(engine, OFFERS)


@pytest.fixture
async def fcm() -> AsyncIterator[Phones]:
    async with phones() as opened:
        yield opened


async def at_the_top(engine: Engine, name: str = "Gia") -> str:
    """Enrol somebody whom no tier comes after."""
    member_id = await enrol(engine, Person(name, tokens=[name]))
    await activities.record_purchase(engine, purchase(member_id, name, 60_000))
    await engine.mongo.update_many("member_states", {}, {"$set": {"outbox": []}})
    return member_id


async def test_a_blank_title_is_not_sent_and_takes_nothing(engine: Engine, fcm: Phones) -> None:
    standin, sender = fcm
    gia = await at_the_top(engine)
    await enrol(engine, Person("Bo", tokens=["bo"]))
    brief = Brief("Spring", segments.EVERYONE, (NEXT,), offer="mug", budget=1, cap=Cap(1, 7))
    campaign = await launch(engine, brief)
    await work(engine, sender)
    assert shown(standin) == [("bo", "Silver!", "Bo, it is not far")]
    rows = await push.campaigns.deliveries(engine, campaign.id, Walk(9))
    assert {row.member_id: row.reason for row in rows if row.reason} == {gia: UNSAID}
    assert await engine.mongo.count("member_states", {"offers.helds": {"$size": 1}}) == 1
    assert await engine.mongo.count("push_reached", {"_id": gia}) == 0


async def test_what_an_offer_leaves_blank_is_not_sent_either(engine: Engine, fcm: Phones) -> None:
    await enrol(engine, Person("Bo", tokens=["bo"]))
    brief = Brief("Spring", segments.EVERYONE, (UNTIL,), offer="mug", cap=Cap(1, 7))
    campaign = await launch(engine, brief)
    await work(engine, fcm[1])
    (row,) = await push.campaigns.deliveries(engine, campaign.id, Walk(9))
    assert (row.status, row.reason, row.body) == (OUT, UNSAID, None)
    assert fcm[0].deliveries() == []
    await enclosures.take_back(engine, 9)
    state = await members.require(engine, row.member_id)
    assert offers.helds(state, engine.clock(), states=(HeldState.ISSUED,)) == []
    reached = await engine.mongo.find_one("push_reached", {"_id": row.member_id})
    assert reached is None or not reached.get("sent")


async def test_staff_see_which_fields_are_missing(engine: Engine, fcm: Phones) -> None:
    gia = await at_the_top(engine)
    await enrol(engine, Person("Bo", tokens=["bo"]))
    brief = Brief("Spring", segments.EVERYONE, (NEXT,))
    made, _ = await push.campaigns.create(engine, brief, "k", "staff:eva")
    found = await push.previews.preview(engine, made.id, gia)
    assert found.fate == Fate(OUT, UNSAID)
    (message,) = found.messages
    assert (message.title, message.problem, message.missing) == ("", UNSAID, ("nextTier",))
    assert show_preview(found).messages[0].missing == ["nextTier"]
    rehearsed = await push.previews.rehearse(engine, brief)
    assert rehearsed.gaps == {("a", "en"): (Gap("nextTier", 1, 2),)}
    await push.trials.validate(engine, made.id, "staff:eva")
    await push.trials.send(engine, made.id, Receivers((gia,)), "t", "staff:eva")
    await jobs.work_off(engine, push.work.handlers(fcm[1]))
    worked = await push.campaigns.require(engine, made.id)
    assert worked.validation is not None
    assert [check.missing for check in worked.validation.checks] == [(Gap("nextTier", 1, 2),)]
    (gap,) = show_validation(worked.validation).checks[0].missing
    assert (gap.field, gap.members, gap.of) == ("nextTier", 1, 2)
    assert worked.trials[0].results == (Tried(gia, "a", OUT, UNSAID),)


async def test_a_rehearsal_says_what_a_launch_would(engine: Engine, clock: Clock) -> None:
    await open_shop(engine, OFFERS + "messaging: {four_eyes_above: 1}\n")
    for name in ("Bo", "Cleo", "Dan"):
        await enrol(engine, Person(name, "da-DK" if name == "Dan" else "en-US"))
    english = segments.parse({"locale": {"any_of": ["en"]}})
    saved = await segments.saving.create(engine, "English", english, "staff:eva")
    brief = replace(Brief("Spring", segments.EVERYONE, (NEXT,)), segment=saved.id)
    schedule = push.Schedule(ScheduleKind.LOCAL, on=date(2027, 3, 1), local_time=time(18))
    rehearsed = await push.previews.rehearse(engine, brief, schedule)
    assert (rehearsed.count, rehearsed.needs_second) == (2, True)
    assert rehearsed.opens_at == datetime(2027, 3, 1, 4)
    made, _ = await push.campaigns.create(engine, brief, "k", "staff:eva")
    await push.campaigns.launch(engine, made.id, 1, schedule, "staff:eva")
    waits = await push.campaigns.require(engine, made.id)
    assert (waits.status, waits.audience_size) == (push.CampaignStatus.AWAITING_APPROVAL, 2)
    clock.advance(days=4_000)
    with pytest.raises(BadInput, match="over by now"):
        await push.previews.rehearse(engine, brief, schedule)
    half = replace(schedule, local_time=None)
    with pytest.raises(BadInput, match="a day and a time"):
        await push.previews.rehearse(engine, brief, half)


async def test_a_test_of_what_does_not_fit_says_so(engine: Engine, fcm: Phones) -> None:
    """Such a one is refused where it is written; this one was kept before it was."""
    bo = await enrol(engine, Person("Bo", tokens=["bo"]))
    fits = Variant("a", {"en": "Hi"}, {"en": "Come"})
    brief = Brief("Spring", segments.EVERYONE, (fits, replace(fits, id="b")))
    made, _ = await push.campaigns.create(engine, brief, "k", "staff:eva")
    large = {"brief.variants.1.body.en": "\N{SNOWMAN}" * 1_500}
    await engine.mongo.update_one("campaigns", {"_id": made.id}, {"$set": large})
    await push.trials.send(engine, made.id, Receivers((bo,)), "t", "staff:eva")
    await jobs.work_off(engine, push.work.handlers(fcm[1]))
    (trial,) = (await push.campaigns.require(engine, made.id)).trials
    assert set(trial.results) == {
        Tried(bo, "a", DeliveryStatus.SENT),
        Tried(bo, "b", DeliveryStatus.FAILED, "TOO_LARGE"),
    }
