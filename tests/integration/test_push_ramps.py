"""What opens the next step of a ramp, and what halts it, at whatever hour its messages go."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from api.fcm_standin import FcmStandin
from loyalty import jobs, members, push, segments
from loyalty.engine import Engine
from loyalty.members import ProfileInput
from loyalty.mongo import Mongo
from loyalty.push import Brief, CampaignStatus, Schedule, store
from loyalty.push.fcm import Sender
from loyalty.push.rules.briefs import Ramp, ScheduleKind, Step, Variant
from loyalty.push.rules.campaigns import Counts, step_of
from tests.engines import Clock
from tests.phones import (
    Person,
    campaign,
    enrol,
    have_passed,
    launch,
    open_shop,
    phones,
    register,
    work,
)

Phones = tuple[FcmStandin, Sender]

WANTED = Brief(
    "Spring",
    segments.EVERYONE,
    (Variant("a", {"en": "Hi"}, {"en": "!"}),),
    ramp=Ramp((Step(20, 15), Step(50, 15))),
)
AT_SIX = Schedule(ScheduleKind.LOCAL, on=date(2026, 3, 10), local_time=time(18))
NIGHT = '\nmessaging:\n  quiet_hours: {since: "21:00", until: "08:00"}\n'


@pytest.fixture
async def fcm() -> AsyncIterator[Phones]:
    async with phones() as opened:
        yield opened


async def crowd(engine: Engine, token: str, count: int = 40) -> list[str]:
    people = [Person(f"m{n}", tokens=[f"{token}:{n}"]) for n in range(count)]
    return [await enrol(engine, person) for person in people]


async def go_on(engine: Engine, sender: Sender, clock: Clock, minutes: int) -> None:
    """Let a worker look every few minutes."""
    for _ in range(minutes // 5):
        await work(engine, sender)
        clock.advance(minutes=5)


async def launch_at(engine: Engine, schedule: Schedule, brief: Brief = WANTED) -> str:
    made, _ = await push.campaigns.create(engine, brief, "key", "staff:eva")
    launched = await push.campaigns.launch(engine, made.id, made.version, schedule, "staff:eva")
    await have_passed(engine, launched)
    return made.id


async def test_a_canary_that_is_held_till_its_hour_halts_the_campaign_as_it_fails(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    _, sender = fcm
    clock.present = datetime(2026, 3, 10, 16)
    await open_shop(engine)
    await crowd(engine, "badtoken")
    launched = await launch_at(engine, AT_SIX)
    await go_on(engine, sender, clock, 115)
    waiting = await campaign(engine, launched)
    assert 0 < waiting.counts.held == waiting.counts.audience < 20
    await go_on(engine, sender, clock, 60)
    halted = await campaign(engine, launched)
    assert (halted.status, halted.reason) == (CampaignStatus.PAUSED, "TOO_MUCH_FAILED")
    assert halted.counts.failed == waiting.counts.held


async def test_the_wait_after_a_step_begins_when_those_held_overnight_are_sent(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    _, sender = fcm
    clock.present = datetime(2026, 3, 9, 23)
    await open_shop(engine, NIGHT)
    await crowd(engine, "phone")
    launched = (await launch(engine, WANTED)).id
    await go_on(engine, sender, clock, 9 * 60)
    canary = (await campaign(engine, launched)).counts.held
    assert 0 < canary < 20
    await go_on(engine, sender, clock, 15)
    assert (await campaign(engine, launched)).counts.sent == canary
    await go_on(engine, sender, clock, 15)
    assert canary < (await campaign(engine, launched)).counts.sent < 40
    await go_on(engine, sender, clock, 45)
    done = await campaign(engine, launched)
    assert (done.status, done.counts.sent) == (CampaignStatus.SENT, 40)


@pytest.mark.parametrize(("asleep", "waits"), [(1, False), (4, True)])
async def test_a_few_who_are_asleep_keep_the_next_step_from_nobody(
    engine: Engine, fcm: Phones, clock: Clock, asleep: int, waits: bool
) -> None:
    _, sender = fcm
    await open_shop(engine, NIGHT)
    ids = await crowd(engine, "phone", 60)
    wanted = replace(WANTED, ramp=Ramp((Step(30, 15),)))
    made, _ = await push.campaigns.create(engine, wanted, "key", "staff:eva")
    canary = [member_id for member_id in ids if step_of(made, member_id) == 0]
    for member_id in canary[:asleep]:
        await members.update_profile(engine, member_id, ProfileInput(time_zone="Pacific/Auckland"))
    launched = await push.campaigns.launch(engine, made.id, made.version, Schedule(), "staff:eva")
    await have_passed(engine, launched)
    await go_on(engine, sender, clock, 40)
    early = (await campaign(engine, made.id)).counts
    everybody = 60 - asleep
    assert (early.held, early.sent) == (asleep, len(canary) - asleep if waits else everybody)
    await go_on(engine, sender, clock, 8 * 60)
    done = await campaign(engine, made.id)
    assert (done.status, done.counts.sent) == (CampaignStatus.SENT, 60)


async def test_of_a_campaign_that_is_stopped_no_step_waits_for_ever(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    await open_shop(engine)
    await crowd(engine, "phone")
    launched = (await launch(engine, WANTED)).id
    await go_on(engine, sender, clock, 10)
    sent = len(standin.deliveries())
    assert await jobs.left(engine.mongo, f"{launched}:chunk:") == 2
    await push.campaigns.stop(engine, launched, "staff:eva")
    await go_on(engine, sender, clock, 10)
    assert await jobs.left(engine.mongo, f"{launched}:chunk:") == 0
    assert len(standin.deliveries()) == sent < 20


@pytest.mark.parametrize("fails", [0, 1])
async def test_a_step_is_judged_by_what_failed_of_itself(
    engine: Engine, fcm: Phones, clock: Clock, fails: int
) -> None:
    """The step that does not fail is neither halted for the other one nor does it make up for it.

    As the canary fails, somebody resumes; after it, the campaign goes through to the end. As the
    second step fails, what the canary sent does not hide it.
    """
    _, sender = fcm
    await open_shop(engine)
    ids = [await enrol(engine, Person(f"m{n}")) for n in range(60)]
    wanted = replace(WANTED, ramp=Ramp((Step(30, 5), Step(60, 5)), 40))
    made, _ = await push.campaigns.create(engine, wanted, "key", "staff:eva")
    steps = [step_of(made, member_id) for member_id in ids]
    for place, (member_id, step) in enumerate(zip(ids, steps, strict=True)):
        is_bad = step == fails and place % 4
        await register(engine, member_id, f"{'badtoken' if is_bad else 'phone'}:{place}")
    launched = await push.campaigns.launch(engine, made.id, made.version, Schedule(), "staff:eva")
    await have_passed(engine, launched)
    await go_on(engine, sender, clock, 60)
    halted = await campaign(engine, made.id)
    assert (halted.status, halted.reason) == (CampaignStatus.PAUSED, "TOO_MUCH_FAILED")
    assert halted.counts.audience == sum(step <= fails for step in steps)
    await push.campaigns.resume(engine, made.id, "staff:eva")
    await go_on(engine, sender, clock, 60)
    assert (await campaign(engine, made.id)).status is CampaignStatus.SENT


async def test_a_chunk_that_ends_while_they_are_counted_does_not_end_the_campaign(
    engine: Engine, fcm: Phones, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    handlers = push.work.handlers(fcm[1])
    clock.present = datetime(2026, 3, 9, 23)
    await open_shop(engine, NIGHT)
    await enrol(engine, Person("anna", tokens=["anna"]))
    launched = (await launch(engine, replace(WANTED, ramp=None))).id
    await push.run_once(engine, fcm[1])

    async def do(kind: str) -> None:
        [held] = await jobs.take(engine, [kind], jobs.Lease(engine.new_id()), 1)
        await jobs.run(engine, held, handlers[kind])

    async def count(mongo: Mongo, campaign_id: str) -> Counts:
        found = await counted(mongo, campaign_id)
        if found.audience == 0:
            await do("campaign.chunk")
        return found

    await do("campaign.audience")
    counted = store.outcomes.count
    monkeypatch.setattr(store.outcomes, "count", count)
    await do("campaign.watch")
    assert (await campaign(engine, launched)).status is CampaignStatus.SENDING
    clock.advance(seconds=5)
    await do("campaign.watch")
    seen = await campaign(engine, launched)
    assert (seen.status, seen.counts.held) == (CampaignStatus.SENDING, 1)


@pytest.mark.parametrize("why", ["Lunch", "TOO_MUCH_FAILED", "AUDIENCE_GREW"])
async def test_a_canary_is_judged_after_a_pause_for_whatever_else(
    engine: Engine, fcm: Phones, clock: Clock, why: str
) -> None:
    """The second reason is what somebody wrote who paused it by hand."""
    _, sender = fcm
    await open_shop(engine, "messaging: {four_eyes_above: 30}\n")
    in_an_hour = Schedule(ScheduleKind.AT, at=clock() + timedelta(hours=1))
    launched = await launch_at(engine, in_an_hour)
    grows = why == "AUDIENCE_GREW"
    ids = await crowd(engine, "badtoken", 40 if grows else 30)
    clock.advance(minutes=61)
    await push.run_once(engine, sender)
    if not grows:
        await push.campaigns.pause(engine, launched, "staff:eva", why)
    await go_on(engine, sender, clock, 10)
    paused = await campaign(engine, launched)
    assert (paused.status, paused.reason) == (CampaignStatus.PAUSED, why)
    assert paused.counts.failed == 0
    await push.campaigns.resume(engine, launched, "staff:bo", may_approve=grows)
    await go_on(engine, sender, clock, 30)
    halted = await campaign(engine, launched)
    assert (halted.status, halted.reason) == (CampaignStatus.PAUSED, "TOO_MUCH_FAILED")
    assert halted.counts.failed == [step_of(halted, member_id) for member_id in ids].count(0) > 0


async def test_who_resumes_a_halted_step_forgives_what_had_failed_and_not_the_rest(
    engine: Engine, fcm: Phones, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, sender = fcm
    monkeypatch.setattr("loyalty.push.rules.campaigns.ENOUGH_TO_TELL", 4)
    clock.present = datetime(2026, 3, 10, 16)
    await open_shop(engine)
    ids = await crowd(engine, "badtoken", 10)
    for member_id in ids[5:]:
        await members.update_profile(engine, member_id, ProfileInput(time_zone="Atlantic/Azores"))
    launched = await launch_at(engine, AT_SIX, replace(WANTED, ramp=Ramp((Step(99, 15),))))
    failed = []
    for _ in range(2):
        await go_on(engine, sender, clock, 125)
        halted = await campaign(engine, launched)
        assert (halted.status, halted.reason) == (CampaignStatus.PAUSED, "TOO_MUCH_FAILED")
        failed.append(halted.counts.failed)
        await push.campaigns.resume(engine, launched, "staff:eva")
        await go_on(engine, sender, clock, 5)
        assert (await campaign(engine, launched)).status is CampaignStatus.SENDING
    assert failed == [5, 10]
    await go_on(engine, sender, clock, 30)
    assert (await campaign(engine, launched)).status is CampaignStatus.SENT
