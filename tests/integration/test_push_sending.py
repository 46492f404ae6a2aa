"""What bounds a campaign: hours, caps, budget, holdout, offers, the switch, the steps of a ramp."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from api.fcm_standin import FcmStandin
from loyalty import members, offers, program, push, segments
from loyalty.engine import Engine
from loyalty.members import ProfileInput, contact
from loyalty.push import Brief, Campaign, CampaignStatus, Delivery, DeliveryStatus, Schedule
from loyalty.push.fcm import Sender
from loyalty.push.rules import Cap
from loyalty.push.rules.briefs import Ramp, ScheduleKind, Step, Variant
from loyalty.push.rules.switches import SwitchScope
from loyalty.walks import Walk
from tests.engines import Clock
from tests.integration.conftest import OpenEngine
from tests.phones import Person, enrol, launch, open_shop, phones, register, work

Phones = tuple[FcmStandin, Sender]

WANTED = Brief("Spring", segments.EVERYONE, (Variant("a", {"en": "Hi"}, {"en": "!"}),))
NIGHT = '\nmessaging:\n  quiet_hours: {since: "21:00", until: "08:00"}\n'
GIFTS = """
offers:
  - {id: tea, kind: FREE_PRODUCT, products: [tea], name: {en: Free tea, da: Gratis te}, stock: 2}
  - {id: old, kind: FREE_PRODUCT, products: [x], name: Old, ends_at: "2026-03-02T12:30:00+00:00"}
"""


@pytest.fixture
async def fcm() -> AsyncIterator[Phones]:
    async with phones() as opened:
        yield opened


async def crowd(engine: Engine, size: int, token: str = "t") -> list[str]:
    """Enrol people who may all be written to; give their ids."""
    people = [Person(f"{token}{n}", tokens=[f"{token}{n}"]) for n in range(size)]
    ids = await asyncio.gather(*(enrol(engine, person) for person in people))
    await engine.mongo.update_many("member_states", {}, {"$set": {"outbox": []}})
    return list(ids)


async def rows(engine: Engine, campaign: Campaign) -> list[Delivery]:
    return await push.campaigns.deliveries(engine, campaign.id, Walk(1_000))


async def became(engine: Engine, campaign: Campaign) -> Counter[str]:
    """Count deliveries by what became of them, or by the reason why they were not sent."""
    return Counter(
        str(row.reason) if row.status is DeliveryStatus.SUPPRESSED else row.status.value
        for row in await rows(engine, campaign)
    )


async def go_on(engine: Engine, sender: Sender, clock: Clock, **by: int) -> None:
    clock.advance(**by)
    await work(engine, sender)


async def live_in(engine: Engine, member_id: str, zone: str) -> None:
    await members.update_profile(engine, member_id, ProfileInput(time_zone=zone))


@pytest.mark.parametrize(
    ("at", "zone", "until"),
    [
        (datetime(2026, 3, 10, 20, 30), "Europe/Copenhagen", datetime(2026, 3, 11, 7)),
        (datetime(2026, 3, 28, 22), "Europe/Copenhagen", datetime(2026, 3, 29, 6)),  # put on
        (datetime(2026, 10, 24, 22), "Europe/Copenhagen", datetime(2026, 10, 25, 7)),  # put back
        (datetime(2026, 3, 10, 20, 30), "America/New_York", None),
    ],
)
async def test_a_phone_is_left_alone_at_night_by_the_members_clock(
    engine: Engine, fcm: Phones, clock: Clock, at: datetime, zone: str, until: datetime | None
) -> None:
    standin, sender = fcm
    clock.present = at
    await open_shop(engine, NIGHT)
    anna = await enrol(engine, Person("Anna", tokens=["anna"]))
    await live_in(engine, anna, zone)
    launched = await launch(engine, WANTED)
    await work(engine, sender)
    if until is None:
        assert await became(engine, launched) == {"SENT": 1}
        return
    assert await became(engine, launched) == {"HELD": 1}
    clock.present = until - timedelta(milliseconds=1)
    await work(engine, sender)
    assert standin.deliveries() == []
    await go_on(engine, sender, clock, seconds=1)
    assert await became(engine, launched) == {"SENT": 1}


async def test_the_members_own_hours_take_the_place_of_the_programs(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    _, sender = fcm
    await open_shop(engine, NIGHT)
    anna = await enrol(engine, Person("Anna", tokens=["anna"]))
    noon = program.terms.Hours.model_validate({"since": "11:00", "until": "13:00"})
    await contact.set_preferences(engine, anna, (), noon)
    launched = await launch(engine, WANTED)
    await work(engine, sender)
    assert await became(engine, launched) == {"HELD": 1}
    await go_on(engine, sender, clock, hours=1)
    assert await became(engine, launched) == {"SENT": 1}


async def test_what_was_held_is_judged_anew_when_it_is_released(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    clock.present = datetime(2026, 3, 10, 22)
    await open_shop(engine, NIGHT)
    ids = await crowd(engine, 2)
    launched = await launch(engine, WANTED)
    await work(engine, sender)
    await contact.set_preferences(engine, ids[0], ["campaign"], None)
    await go_on(engine, sender, clock, hours=10)
    assert await became(engine, launched) == {"SENT": 1, "OPTED_OUT": 1}
    assert len(standin.deliveries()) == 1


async def test_each_gets_it_at_their_own_hour_and_nobody_half_a_day_late(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    _, sender = fcm
    clock.present = datetime(2026, 3, 9, 12)
    await open_shop(engine)
    ids = await crowd(engine, 3)
    for member_id, zone in zip(ids, ("Asia/Tokyo", "Europe/Copenhagen", "America/New_York"),
                               strict=True):  # fmt: skip
        await live_in(engine, member_id, zone)
    made, _ = await push.campaigns.create(engine, WANTED, "key", "staff:eva")
    at_ten = Schedule(ScheduleKind.LOCAL, on=date(2026, 3, 10), local_time=time(10))
    launched = await push.campaigns.launch(engine, made.id, made.version, at_ten, "staff:eva")
    got = {}
    clock.present = datetime(2026, 3, 10, 0, 59)
    for _ in range(20):
        await work(engine, sender)
        got[clock.present.hour] = (await became(engine, launched))["SENT"]
        clock.advance(hours=1)
    # 10:00 is 01:00 UTC in Tokyo, 09:00 in Copenhagen, and 14:00 in New York.
    assert [got[hour] for hour in (0, 1, 8, 9, 13, 14)] == [0, 1, 1, 2, 2, 3]
    late, _ = await push.campaigns.create(engine, WANTED, "late", "staff:eva")
    again = await push.campaigns.launch(engine, late.id, late.version, at_ten, "staff:eva")
    await work(engine, sender)  # twenty hours late in Tokyo, and just within twelve in Copenhagen
    assert await became(engine, again) == {"TOO_LATE": 1, "SENT": 2}


async def test_two_campaigns_at_once_do_not_exceed_the_cap(
    engine: Engine, open_process: OpenEngine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    await open_shop(engine, "\nmessaging:\n  caps: [{count: 1, days: 1}]\n")
    await crowd(engine, 30)
    both = [await launch(engine, WANTED, key) for key in ("one", "two")]
    workers = [engine, await open_process(), await open_process()]
    await asyncio.gather(*(work(worker, sender) for worker in workers))
    assert Counter(d.token for d in standin.deliveries()) == Counter(f"t{n}" for n in range(30))
    found = sum([await became(engine, one) for one in both], Counter[str]())
    assert found == {"SENT": 30, "FREQUENCY_CAP": 30}
    urgent = await launch(engine, replace(WANTED, cap=Cap(2, 1)), "three")
    await work(engine, sender)
    assert await became(engine, urgent) == {"SENT": 30}


async def test_what_reached_nobody_does_not_count_for_the_cap(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    _, sender = fcm
    await open_shop(engine, "\nmessaging:\n  caps: [{count: 1, days: 1}]\n")
    anna = await enrol(engine, Person("Anna", tokens=["unregistered:1"]))
    await launch(engine, WANTED, "one")
    await work(engine, sender)
    await register(engine, anna, "anna")
    second = await launch(engine, WANTED, "two")
    await work(engine, sender)
    assert await became(engine, second) == {"SENT": 1}


async def test_a_budget_is_never_exceeded_by_any_number_of_workers(
    engine: Engine, open_process: OpenEngine, fcm: Phones, clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    standin, sender = fcm
    monkeypatch.setattr("loyalty.push.service.snapshots.CHUNK", 10)
    await open_shop(engine)
    await crowd(engine, 60)
    launched = await launch(engine, replace(WANTED, budget=37))
    workers = [engine, *[await open_process() for _ in range(3)]]
    await asyncio.gather(*(work(worker, sender) for worker in workers))
    assert await became(engine, launched) == {"SENT": 37, "OVER_BUDGET": 23}
    assert len(standin.deliveries()) == 37


async def test_who_is_held_out_has_a_row_and_wordings_are_read_by_their_weights(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    await open_shop(engine)
    await crowd(engine, 120)
    texts = (Variant("a", {"en": "A"}, {"en": "!"}, 3), Variant("b", {"en": "B"}, {"en": "!"}, 1))
    launched = await launch(engine, replace(WANTED, variants=texts, holdout_percent=25))
    await work(engine, sender)
    found = await became(engine, launched)
    assert found["HOLDOUT"] + found["SENT"] == 120
    assert 15 <= found["HOLDOUT"] <= 45
    shown = Counter(d.message["notification"]["title"] for d in standin.deliveries())
    read = Counter(str(row.variant).upper() for row in await rows(engine, launched)
                   if row.status is DeliveryStatus.SENT)  # fmt: skip
    assert shown == read
    assert shown["A"] > shown["B"] > 5


async def test_the_offer_is_had_before_the_message_tells_of_it_and_none_goes_without(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    await open_shop(engine, GIFTS)
    ids = await crowd(engine, 3)
    text = Variant("a", {"en": "{offer.title} for you"}, {"en": "!"})
    launched = await launch(engine, replace(WANTED, variants=(text,), offer="tea"))
    await work(engine, sender)
    assert await became(engine, launched) == {"SENT": 2, "OFFER_SOLD_OUT": 1}
    titles = [d.message["notification"]["title"] for d in standin.deliveries()]
    assert titles == ["Free tea for you"] * 2
    told = {row.member_id: row.offer for row in await rows(engine, launched) if row.offer}
    for member_id in ids:
        held = offers.helds(await members.require(engine, member_id), engine.clock())
        assert [one.id for one in held] == ([told[member_id]] if member_id in told else [])
    late = await launch(engine, replace(WANTED, offer="old"), "late")
    clock.advance(hours=1)
    await work(engine, sender)
    assert set(await became(engine, late)) <= {"SENT", "OFFER_OVER"}


async def test_what_is_switched_off_waits_and_goes_on_when_it_is_on_again(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    await open_shop(engine)
    await crowd(engine, 3)
    await push.switches.off(engine, SwitchScope.MARKETING, "A wrong price", "staff:eva")
    launched = await launch(engine, WANTED)
    await work(engine, sender)
    await go_on(engine, sender, clock, minutes=10)
    assert standin.deliveries() == []
    await push.switches.on(engine, "Mended", "staff:eva")
    await go_on(engine, sender, clock, minutes=1)
    assert await became(engine, launched) == {"SENT": 3}


async def test_a_paused_campaign_waits_and_goes_on_at_once_when_it_is_resumed(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    clock.present = datetime(2026, 3, 10, 22)
    await open_shop(engine, NIGHT)
    await crowd(engine, 3)
    launched = await launch(engine, WANTED)
    await work(engine, sender)
    await push.campaigns.pause(engine, launched.id, "staff:eva")
    for _ in range(12):
        await go_on(engine, sender, clock, hours=1)
    assert standin.deliveries() == []
    await push.campaigns.resume(engine, launched.id, "staff:eva")
    await go_on(engine, sender, clock, seconds=3)
    await work(engine, sender)
    assert await became(engine, launched) == {"SENT": 3}


def ramp(max_failure_percent: int) -> Brief:
    return replace(WANTED, ramp=Ramp((Step(20, 30), Step(50, 0)), max_failure_percent))


async def test_a_ramp_opens_step_by_step(engine: Engine, fcm: Phones, clock: Clock) -> None:
    _, sender = fcm
    await open_shop(engine)
    await crowd(engine, 100)
    launched = await launch(engine, ramp(5))
    sent = []
    for minutes in (0, 1, 28, 5, 1, 1, 1, 1):
        await go_on(engine, sender, clock, minutes=minutes)
        sent.append((await became(engine, launched))["SENT"])
    first, second = sent[0], sent[3]
    assert 8 <= first <= 35
    assert sent[:3] == [first] * 3  # the canary, and half an hour in which to look at it
    assert 35 <= second <= 65
    assert sent[-1] == 100
    done = await push.campaigns.require(engine, launched.id)
    assert (done.status, done.counts.sent) == (CampaignStatus.SENT, 100)


async def test_a_canary_that_fails_halts_the_campaign_until_somebody_resumes_it(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    _, sender = fcm
    await open_shop(engine)
    await crowd(engine, 60, "unregistered:")
    launched = await launch(engine, ramp(5))
    for _ in range(4):
        await go_on(engine, sender, clock, minutes=40)
    halted = await push.campaigns.require(engine, launched.id)
    assert (halted.status, halted.reason) == (CampaignStatus.PAUSED, "TOO_MUCH_FAILED")
    tried = (await became(engine, launched))["FAILED"]
    assert 0 < tried < 30
    await push.campaigns.resume(engine, launched.id, "staff:eva")
    for _ in range(4):
        await go_on(engine, sender, clock, minutes=40)
    assert (await became(engine, launched))["FAILED"] > tried
