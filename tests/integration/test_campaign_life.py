"""A campaign's life: written, launched, approved by another, paused, stopped; and the switch."""

import asyncio
from dataclasses import replace
from datetime import time, timedelta

import pytest

from loyalty import members, push, segments
from loyalty.engine import Engine
from loyalty.errors import BadInput, KeyReused, Refusal, Refused
from loyalty.members import Purpose
from loyalty.push import Brief, Campaign, CampaignStatus, Schedule, refusals
from loyalty.push.fcm import Sender
from loyalty.push.rules.briefs import Ramp, ScheduleKind, Step, Targets, Variant
from loyalty.push.rules.caps import Cap
from loyalty.push.rules.switches import SwitchScope
from loyalty.push.service import sending
from loyalty.walks import Walk
from tests.engines import Clock
from tests.phones import Person, enrol, launch, open_shop, phones, work

EVERYONE = segments.EVERYONE
TEXT = Variant("a", {"en": "Hi"}, {"en": "Come"})
PLAIN = Brief("Spring", EVERYONE, (TEXT,))
RICH = Brief(
    "Rich",
    EVERYONE,
    (TEXT, Variant("b", {"en": "Hello", "da": "Hej"}, {"en": "Come", "da": "Kom"}, 3)),
    deep_link="myapp://spring",
    holdout_percent=10,
    ramp=Ramp((Step(1, 60), Step(10, 30)), 3),
    cap=Cap(2, 7),
    budget=1_000,
    targets=Targets(20, 5, None),
    attribution_days=14,
)
EVA, BO = "staff:eva", "staff:bo"
S = CampaignStatus
AT, LOCAL = ScheduleKind.AT, ScheduleKind.LOCAL


@pytest.fixture(autouse=True)
async def _shop(engine: Engine) -> None:
    await open_shop(engine, "messaging: {four_eyes_above: 2}\n")


async def draft(engine: Engine, brief: Brief = PLAIN, key: str = "k") -> Campaign:
    return (await push.campaigns.create(engine, brief, key, EVA))[0]


async def waiting(engine: Engine) -> Campaign:
    """Launch to three members, where one person may write to two."""
    for name in ("a", "b", "c"):
        await enrol(engine, Person(name))
    made = await draft(engine)
    return await push.campaigns.launch(engine, made.id, 1, Schedule(), EVA)


async def finish(engine: Engine, sender: Sender, clock: Clock) -> None:
    """Work, with time passing, until a campaign is over and counted."""
    for _ in range(3):
        await work(engine, sender)
        clock.advance(seconds=2)


async def refused(work: object) -> Refusal:
    with pytest.raises(Refused) as caught:
        await work  # type: ignore[misc]
    return caught.value.refusal


def acts(campaign: Campaign) -> list[str]:
    return [f"{event.act.value} {event.who.removeprefix('staff:')}" for event in campaign.history]


async def test_a_brief_is_kept_whole(engine: Engine) -> None:
    made = await draft(engine, RICH)
    assert await push.campaigns.require(engine, made.id) == made
    assert made.brief == RICH
    assert (made.status, made.version, made.schedule) == (S.DRAFT, 1, None)


async def test_a_draft_is_changed_by_who_read_its_last_version(engine: Engine) -> None:
    made = await draft(engine)
    done = await push.campaigns.update(engine, made.id, 1, RICH, BO)
    assert (done.brief, done.version) == (RICH, 2)
    assert await push.campaigns.update(engine, made.id, 1, RICH, BO) == done
    stale = push.campaigns.update(engine, made.id, 1, PLAIN, EVA)
    assert await refused(stale) == refusals.CampaignChanged(made.id, 2)
    launched = await push.campaigns.launch(engine, made.id, 2, Schedule(), EVA)
    late = push.campaigns.update(engine, made.id, 2, PLAIN, EVA)
    assert await refused(late) == refusals.CampaignNotDraft(made.id, "SCHEDULED")
    assert await push.campaigns.require(engine, made.id) == launched


async def test_of_two_who_change_a_draft_at_once_one_is_told(engine: Engine) -> None:
    made = await draft(engine)
    names = ("one", "two")
    changes = [
        push.campaigns.update(engine, made.id, 1, replace(PLAIN, name=name), EVA) for name in names
    ]
    done = await asyncio.gather(*changes, return_exceptions=True)
    (lost,) = [each for each in done if isinstance(each, Refused)]
    assert lost.refusal == refusals.CampaignChanged(made.id, 2)
    assert (await push.campaigns.require(engine, made.id)).version == 2


async def test_a_draft_is_deleted_and_nothing_else_is(engine: Engine) -> None:
    made = await draft(engine)
    stale = push.campaigns.delete(engine, made.id, 2)
    assert await refused(stale) == refusals.CampaignChanged(made.id, 1)
    assert await push.campaigns.delete(engine, made.id, 1)
    assert not await push.campaigns.delete(engine, made.id, 1)
    launched = await launch(engine, PLAIN, "other")
    late = push.campaigns.delete(engine, launched.id, 1)
    assert await refused(late) == refusals.CampaignNotDraft(launched.id, "SCHEDULED")
    assert await push.campaigns.newest(engine, Walk(9)) == [launched]


async def test_a_copy_is_a_draft_of_its_own(engine: Engine) -> None:
    launched = await launch(engine, RICH)
    copy, replayed = await push.campaigns.duplicate(engine, launched.id, "copy", BO)
    assert (copy.brief, replayed) == (replace(RICH, name="Rich (2)"), False)
    assert (copy.status, copy.created_by, copy.launched_at) == (S.DRAFT, BO, None)
    assert await push.campaigns.duplicate(engine, launched.id, "copy", BO) == (copy, True)
    other = push.campaigns.duplicate(engine, copy.id, "copy", BO)
    assert await refused(other) == KeyReused("copy")


async def test_a_campaign_is_launched_once(engine: Engine) -> None:
    first = await launch(engine, PLAIN)
    again = await push.campaigns.launch(engine, first.id, 1, Schedule(), EVA)
    assert (first, acts(again)) == (again, ["CREATE eva", "LAUNCH eva"])
    later = Schedule(ScheduleKind.AT, at=engine.clock() + timedelta(hours=1))
    other = push.campaigns.launch(engine, first.id, 1, later, EVA)
    assert await refused(other) == refusals.CampaignNotDraft(first.id, "SCHEDULED")


async def test_what_is_scheduled_waits_for_its_instant(engine: Engine, clock: Clock) -> None:
    await enrol(engine, Person("Anna", tokens=["anna"]))
    made = await draft(engine)
    at = Schedule(ScheduleKind.AT, at=engine.clock() + timedelta(hours=1))
    await push.campaigns.launch(engine, made.id, 1, at, EVA)
    async with phones() as (standin, sender):
        await work(engine, sender)
        assert standin.deliveries() == []
        clock.advance(hours=1)
        started_at = engine.clock()
        await finish(engine, sender, clock)
        assert [each.token for each in standin.deliveries()] == ["anna"]
    done = await push.campaigns.require(engine, made.id)
    assert (done.status, done.started_at) == (S.SENT, started_at)
    assert acts(done) == ["CREATE eva", "LAUNCH eva", "START worker", "FINISH worker"]


@pytest.mark.parametrize("kind", [AT, LOCAL])
async def test_what_is_over_for_everybody_is_neither_launched_nor_approved(
    engine: Engine, clock: Clock, kind: ScheduleKind
) -> None:
    for name in ("a", "b", "c"):
        await enrol(engine, Person(name))
    made, now = await draft(engine), engine.clock()
    wanted = Schedule(kind, at=now)
    if kind is LOCAL:
        wanted = Schedule(kind, on=now.date(), local_time=time(18))
    asked = await push.campaigns.launch(engine, made.id, 1, wanted, EVA)
    assert asked.status is S.AWAITING_APPROVAL
    clock.advance(days=3)
    assert (await push.campaigns.launch(engine, made.id, 1, wanted, EVA)).schedule == wanted
    with pytest.raises(BadInput, match="reject it"):
        await push.campaigns.approve(engine, made.id, 1, BO)
    back = await push.campaigns.reject(engine, made.id, BO, "Too late")
    with pytest.raises(BadInput, match="over by now") as caught:
        await push.campaigns.launch(engine, made.id, back.version, wanted, EVA)
    assert caught.value.path == ("schedule",)


@pytest.mark.parametrize(
    ("kind", "has_begun", "goes_on"),
    [(LOCAL, False, False), (LOCAL, True, False), (AT, False, False), (AT, True, True)],
)
async def test_what_is_over_for_everybody_is_not_resumed(
    engine: Engine, clock: Clock, kind: ScheduleKind, has_begun: bool, goes_on: bool
) -> None:
    made, soon = await draft(engine), engine.clock() + timedelta(hours=1)
    wanted = Schedule(kind, at=soon)
    if kind is LOCAL:
        wanted = Schedule(kind, on=soon.date(), local_time=soon.time())
    await push.campaigns.launch(engine, made.id, 1, wanted, EVA)
    if has_begun:
        clock.advance(hours=2)
        await sending.begin(engine)
    await push.campaigns.pause(engine, made.id, EVA)
    clock.advance(days=3)
    if goes_on:
        resumed = await push.campaigns.resume(engine, made.id, EVA)
        assert resumed.status is S.SENDING
        return
    with pytest.raises(BadInput, match="over by now: stop it"):
        await push.campaigns.resume(engine, made.id, EVA)
    await push.campaigns.stop(engine, made.id, EVA)
    again = push.campaigns.resume(engine, made.id, EVA)
    assert await refused(again) == refusals.CampaignNotPaused(made.id, "STOPPED")


async def test_a_second_person_lets_a_large_campaign_go(engine: Engine, clock: Clock) -> None:
    asked = await waiting(engine)
    assert (asked.status, asked.audience_size) == (S.AWAITING_APPROVAL, 3)
    assert await push.campaigns.launch(engine, asked.id, 1, Schedule(), EVA) == asked
    own = push.campaigns.approve(engine, asked.id, 1, EVA)
    assert await refused(own) == refusals.ApproverIsAuthor(asked.id)
    unseen = push.campaigns.approve(engine, asked.id, 2, BO)
    assert await refused(unseen) == refusals.CampaignChanged(asked.id, 1)
    async with phones() as (_, sender):
        await work(engine, sender)
        still = await push.campaigns.require(engine, asked.id)
        assert replace(still, validation=asked.validation) == asked
        approved = await push.campaigns.approve(engine, asked.id, 1, BO)
        assert (approved.status, approved.approved_by) == (S.SCHEDULED, BO)
        assert await push.campaigns.approve(engine, asked.id, 1, BO) == approved
        await finish(engine, sender, clock)
    done = await push.campaigns.require(engine, asked.id)
    assert (done.status, done.counts.suppressed) == (S.SENT, {"NO_DEVICE": 3})
    late = push.campaigns.reject(engine, asked.id, BO, "Too late")
    assert await refused(late) == refusals.CampaignNotWaiting(asked.id, "SENT")


async def test_what_is_sent_back_is_a_draft_of_another_version(engine: Engine) -> None:
    asked = await waiting(engine)
    with pytest.raises(BadInput):
        await push.campaigns.reject(engine, asked.id, BO, "")
    back = await push.campaigns.reject(engine, asked.id, BO, "Wrong price")
    assert (back.status, back.version, back.launched_by) == (S.DRAFT, 2, None)
    assert (back.schedule, back.history[-1].note) == (None, "Wrong price")
    assert await push.campaigns.reject(engine, asked.id, BO, "Wrong price") == back
    again = push.campaigns.launch(engine, asked.id, 1, Schedule(), EVA)
    assert await refused(again) == refusals.CampaignChanged(asked.id, 2)


async def test_nothing_is_sent_while_paused(engine: Engine, clock: Clock) -> None:
    await enrol(engine, Person("Anna", tokens=["anna"]))
    launched = await launch(engine, PLAIN)
    paused = await push.campaigns.pause(engine, launched.id, EVA, "Wait")
    assert (paused.status, paused.reason) == (S.PAUSED, "Wait")
    assert await push.campaigns.pause(engine, launched.id, EVA) == paused
    async with phones() as (standin, sender):
        clock.advance(hours=2)
        await work(engine, sender)
        assert standin.deliveries() == []
        resumed = await push.campaigns.resume(engine, launched.id, BO)
        assert (resumed.status, resumed.reason) == (S.SCHEDULED, None)
        assert await push.campaigns.resume(engine, launched.id, BO) == resumed
        await finish(engine, sender, clock)
        assert len(standin.deliveries()) == 1
    done = await push.campaigns.require(engine, launched.id)
    assert acts(done)[2:] == ["PAUSE eva", "RESCHEDULE bo", "START worker", "FINISH worker"]


async def test_a_switch_is_turned_off_and_on_with_who_and_why(engine: Engine, clock: Clock) -> None:
    assert await push.switches.find(engine) is None
    off = await push.switches.off(engine, SwitchScope.MARKETING, "Wrong price", EVA)
    assert (off.keeps(Purpose.MARKETING), off.keeps(Purpose.SERVICE)) == (True, False)
    clock.advance(seconds=1)
    assert await push.switches.off(engine, SwitchScope.MARKETING, "Wrong price", BO) == off
    wider = await push.switches.off(engine, SwitchScope.ALL, "Wrong price", BO)
    assert wider.keeps(Purpose.SERVICE)
    on = await push.switches.on(engine, "Price is right", BO)
    assert not on.keeps(Purpose.MARKETING)
    assert await push.switches.turns(engine) == [on, wider, off]
    with pytest.raises(BadInput):
        await push.switches.off(engine, SwitchScope.ALL, " ", EVA)


async def test_a_launch_notes_names_of_its_audience_that_nobody_has(engine: Engine) -> None:
    """Misspelt under NOT they mean everyone; but somebody may have them by the time it goes."""
    anna = await enrol(engine, Person("Anna"))
    await members.labels.put(engine, anna, ["vip"])
    wrong = {"not": {"label": {"any_of": ["vip", "complaintt"]}}}
    made = await draft(engine, replace(PLAIN, audience=segments.parse(wrong)))
    launched = await push.campaigns.launch(engine, made.id, 1, Schedule(), EVA)
    assert launched.status is S.SCHEDULED
    assert [event.note for event in launched.history] == [None, "UNHEARD: complaintt"]
