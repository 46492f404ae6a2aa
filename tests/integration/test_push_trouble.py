"""What goes wrong with one member, one job or one change of the programme ends nothing else."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from api.fcm_standin import FcmStandin
from api.identity import Caller
from loyalty import jobs, members, program, push, segments
from loyalty.engine import Engine
from loyalty.errors import Refused
from loyalty.members import ProfileInput, contact
from loyalty.push import Brief, Campaign, CampaignStatus, Schedule, refusals, rules
from loyalty.push.fcm import Sender
from loyalty.push.rules.briefs import ScheduleKind, Variant
from loyalty.push.rules.campaigns import JOBS_DEAD
from loyalty.push.rules.inbox import Deed, Told
from loyalty.push.service import planning, rounds
from loyalty.walks import Walk
from schema import staff_schema
from schema.context import Context
from tests.engines import Clock
from tests.phones import PROGRAM, Person, enrol, launch, open_shop, phones, work

S = CampaignStatus
EVA, BO = "staff:eva", "staff:bo"
MARKETING = frozenset({"MARKETING"})
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


UNREADABLE = {
    "a phone": ("devices", "member", {"$set": {"platform": "TOASTER"}}),
    "a member": ("member_states", "_id", {"$unset": {"seq": ""}}),
}


@pytest.mark.parametrize("what", UNREADABLE)
@pytest.mark.parametrize("is_held", [False, True])
async def test_a_document_that_cannot_be_read_ends_nobody_elses_message(
    engine: Engine, fcm: Phones, clock: Clock, what: str, is_held: bool
) -> None:
    standin, sender = fcm
    clock.present = datetime(2026, 3, 10, 22 if is_held else 12)
    await open_shop(engine, NIGHT)
    anna, bo, cy = await crowd(engine, "anna", "bo", "cy")
    launched = await launch(engine, WANTED)
    if is_held:
        await work(engine, sender)
        clock.advance(hours=11)
    collection, by, damaging = UNREADABLE[what]
    assert await engine.mongo.update_one(collection, {by: bo}, damaging)
    [unread] = await engine.mongo.find(collection, {by: bo})
    with capture_logs() as logs:
        await work(engine, sender)
    sent = ("SENT", None)
    expected = {anna: sent, bo: ("FAILED", "NOT_PLANNED"), cy: sent}
    assert await became(engine, launched) == expected
    assert {one.token for one in standin.deliveries()} == {"anna", "cy"}
    told = [(line["collection"], line["id"]) for line in logs if "collection" in line]
    assert set(told) == {(collection, unread["_id"])}


DAMAGES: list[dict[str, dict[str, object]]] = [
    {"$unset": {"seq": ""}},
    {"$set": {"profile.status": "AWAY"}},
]


@pytest.mark.parametrize("damaging", DAMAGES, ids=["state", "profile"])
async def test_a_member_who_cannot_be_read_keeps_a_days_occasions_from_nobody_else(
    engine: Engine, fcm: Phones, clock: Clock, damaging: dict[str, dict[str, object]]
) -> None:
    await open_shop(engine, "nudges: [{on: BIRTHDAY}]\n")
    clock.present = datetime(2026, 3, 5, 0, 5)
    anna, bo, cy = await crowd(engine, "anna", "bo", "cy")
    for one in (anna, bo, cy):
        await members.update_profile(engine, one, ProfileInput(birth_date=date(1990, 3, 5)))
    assert await engine.mongo.update_one("member_states", {"_id": bo}, damaging)
    await rounds.begin(engine)
    handlers = push.work.handlers(fcm[1])
    await jobs.work_off(engine, handlers)
    waiting = await engine.mongo.find("deliveries", {})
    assert sorted(row["member"] for row in waiting) == sorted([anna, cy])


async def test_a_phone_that_cannot_be_read_leaves_the_members_others(
    engine: Engine, fcm: Phones
) -> None:
    standin, sender = fcm
    await open_shop(engine)
    anna = await enrol(engine, Person("anna", tokens=["old", "new"]))
    damaging = {"$unset": {"registered_at": ""}}
    await engine.mongo.update_one("devices", {"token": "old"}, damaging)
    launched = await launch(engine, WANTED)
    await work(engine, sender)
    assert await became(engine, launched) == {anna: ("SENT", None)}
    assert [one.token for one in standin.deliveries()] == ["new"]


async def test_a_delivery_that_cannot_be_read_is_let_lie_and_others_go(
    engine: Engine, fcm: Phones, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    standin, sender = fcm
    monkeypatch.setattr("loyalty.push.service.dispatch.BATCH", 1)
    clock.present = datetime(2026, 3, 10, 22)
    await open_shop(engine, NIGHT)
    anna, bo = await crowd(engine, "anna", "bo")
    launched = await launch(engine, WANTED)
    await work(engine, sender)
    clock.advance(hours=11)
    row = {"_id": rules.delivery_id(launched.id, anna)}
    await engine.mongo.update_one("deliveries", row, {"$set": {"category": "GREETINGS"}})
    for _ in range(2):
        await push.run_once(engine, sender)
    assert [one.token for one in standin.deliveries()] == ["bo"]
    await engine.mongo.update_one("deliveries", row, {"$set": {"category": "campaign"}})
    clock.advance(hours=1)
    await work(engine, sender)
    assert await became(engine, launched) == dict.fromkeys([anna, bo], ("SENT", None))


async def test_a_campaign_that_cannot_be_read_waits_and_others_go(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    clock.present = datetime(2026, 3, 10, 22)
    await open_shop(engine, NIGHT)
    [anna] = await crowd(engine, "anna")
    held, other = [await launch(engine, WANTED, key) for key in ("held", "other")]
    await work(engine, fcm[1])
    unread = [held, await scheduled(engine, {"everyone": True})]
    ids: dict[str, object] = {"_id": {"$in": [one.id for one in unread]}}
    newer = {"history": {"at": clock.present, "who": "worker", "act": "FROM_TOMORROW"}}
    assert await engine.mongo.update_many("campaigns", ids, {"$push": newer})
    clock.advance(hours=11)
    late = await launch(engine, WANTED, "late")
    with capture_logs() as logs:
        await work(engine, fcm[1])
    found = [await became(engine, one) for one in (other, late, *unread)]
    sent = {anna: ("SENT", None)}
    assert found == [sent, sent, {anna: ("HELD", None)}, {}]
    told = Counter(line["id"] for line in logs if line["event"] == "document_not_read")
    assert (set(told), told[unread[1].id]) == ({one.id for one in unread}, 1)
    assert await push.campaigns.newest(engine, Walk(2)) == [
        await push.campaigns.require(engine, one.id) for one in (late, other)
    ]
    newest = {"history": {"act": "FROM_TOMORROW"}}
    await engine.mongo.update_many("campaigns", ids, {"$pull": newest})
    clock.advance(hours=1)
    await work(engine, fcm[1])
    assert [await became(engine, one) for one in unread] == [sent, sent]


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


async def breaks(*_: object) -> None:
    raise ArithmeticError


async def until_dead(engine: Engine, sender: Sender, clock: Clock) -> str:
    """Work until a job is dead; give its id."""
    for _ in range(12):
        await work(engine, sender)
        clock.advance(minutes=61)
    await work(engine, sender)
    (dead,) = await jobs.dead(engine.mongo, Walk(9))
    return dead.id


@pytest.mark.parametrize(
    "what",
    ["loyalty.push.service.dispatch.send_new", "loyalty.segments.page"],
    ids=["chunk", "audience"],
)
async def test_a_campaign_with_a_dead_job_is_paused_and_goes_on_with_it(
    engine: Engine, fcm: Phones, clock: Clock, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    standin, sender = fcm
    await open_shop(engine)
    ids = await crowd(engine, "anna", "bo")
    launched = await launch(engine, WANTED)
    with monkeypatch.context() as patched:
        patched.setattr(what, breaks)
        dead = await until_dead(engine, sender, clock)
    halted = await push.campaigns.require(engine, launched.id)
    assert (halted.status, halted.reason) == (S.PAUSED, JOBS_DEAD)
    await push.campaigns.resume(engine, launched.id, EVA)  # which alone does nothing
    clock.advance(seconds=3)
    await work(engine, sender)
    assert (await push.campaigns.require(engine, launched.id)).status is S.PAUSED
    await jobs.retry(engine, dead, EVA)
    await push.campaigns.resume(engine, launched.id, EVA)
    for _ in range(3):
        clock.advance(seconds=3)
        await work(engine, sender)
    assert await became(engine, launched) == dict.fromkeys(ids, ("SENT", None))
    assert len(standin.deliveries()) == 2
    assert (await push.campaigns.require(engine, launched.id)).status is S.SENT


async def test_what_was_left_of_a_campaign_that_ended_is_sent_by_a_retry(
    engine: Engine, fcm: Phones, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, sender = fcm
    await open_shop(engine)
    ids = await crowd(engine, "anna")
    launched = await launch(engine, WANTED)
    with monkeypatch.context() as patched:
        patched.setattr("loyalty.push.service.dispatch.send_new", breaks)
        dead = await until_dead(engine, sender, clock)
    over = {"$set": {"status": "SENT", "finished_at": clock.present}}
    await engine.mongo.update_one("campaigns", {"_id": launched.id}, over)
    await jobs.retry(engine, dead, EVA)
    await work(engine, sender)
    assert await became(engine, launched) == {ids[0]: ("SENT", None)}


async def scheduled(engine: Engine, audience: dict[str, object]) -> Campaign:
    """Launch a campaign that begins in an hour."""
    brief = replace(WANTED, audience=segments.parse(audience))
    made, _ = await push.campaigns.create(engine, brief, "key", EVA)
    at = Schedule(ScheduleKind.AT, at=engine.clock() + timedelta(hours=1))
    return await push.campaigns.launch(engine, made.id, made.version, at, EVA)


async def test_a_name_that_the_program_knows_no_more_does_not_make_nobody_everybody(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    await open_shop(engine)
    await crowd(engine, "anna", "bo")
    launched = await scheduled(engine, {"not": {"tier": {"at_least": "basic"}}})
    assert launched.audience_size == 0
    await program.publish(engine, PROGRAM[: PROGRAM.index("ladders:")])
    clock.advance(hours=2)
    await work(engine, sender)
    halted = await push.campaigns.require(engine, launched.id)
    assert (halted.status, halted.reason) == (S.PAUSED, "SegmentNamesUnknown")
    await program.publish(engine, PROGRAM)
    await push.campaigns.resume(engine, launched.id, EVA)
    for _ in range(3):
        clock.advance(minutes=1)
        await work(engine, sender)
    assert (await push.campaigns.require(engine, launched.id)).status is S.SENT
    assert (await became(engine, launched), standin.deliveries()) == ({}, [])


async def resumed_by(engine: Engine, caller: Caller, campaign_id: str) -> list[str]:
    """Resume a campaign at the staff door; give the codes of what was refused."""
    resume = "mutation ($id: ID!) { campaignResume(input: {id: $id}) { userErrors { code } } }"
    context = Context(engine, caller, engine.clock(), "req_1")
    found = await staff_schema.execute(resume, {"id": campaign_id}, context_value=context)
    assert found.data is not None, found.errors
    return [error["code"] for error in found.data["campaignResume"]["userErrors"]]


async def test_an_audience_that_grew_is_looked_at_by_a_second_person(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    await open_shop(engine, "messaging: {four_eyes_above: 2}\n")
    ids = await crowd(engine, "anna", "bo")
    launched = await scheduled(engine, {"everyone": True})
    assert (launched.status, launched.audience_size) == (S.SCHEDULED, 2)
    ids += await crowd(engine, "cy")  # who joined on the day of the launch is meant
    clock.advance(hours=2)
    await work(engine, sender)
    halted = await push.campaigns.require(engine, launched.id)
    assert (halted.status, halted.reason) == (S.PAUSED, "AUDIENCE_GREW")
    assert (halted.audience_size, await became(engine, launched)) == (3, {})
    with pytest.raises(Refused) as caught:
        await push.campaigns.resume(engine, launched.id, EVA, may_approve=True)
    assert caught.value.refusal == refusals.ApproverIsAuthor(launched.id)
    key = Caller("integration", "stk_1", scopes=frozenset({"campaigns:send"}))
    assert await resumed_by(engine, key, launched.id) == ["CAMPAIGN_NEEDS_APPROVAL"]
    assert await resumed_by(engine, Caller("staff", "bo", roles=MARKETING), launched.id) == []
    assert (await push.campaigns.require(engine, launched.id)).approved_by == BO
    clock.advance(minutes=1)
    await work(engine, sender)
    assert await became(engine, launched) == dict.fromkeys(ids, ("SENT", None))
    assert len(standin.deliveries()) == 3


async def test_what_is_opened_after_the_end_is_counted_as_long_as_purchases_are(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    await open_shop(engine)
    (anna,) = await crowd(engine, "anna")
    launched = await launch(engine, WANTED)
    for _ in range(3):
        await work(engine, sender)
        clock.advance(seconds=3)
    clock.advance(hours=5)
    await work(engine, sender)
    (shown,) = standin.deliveries()
    told = [Told(shown.message["data"]["messageId"])]
    await push.inbox.note(engine, await members.require(engine, anna), Deed.CLICKED, told)
    clock.advance(hours=1)
    await work(engine, sender)
    ended = await push.campaigns.require(engine, launched.id)
    assert (ended.status, ended.counts.opened, ended.counts.clicked) == (S.SENT, 1, 1)
    clock.advance(days=8)
    await work(engine, sender)
    assert await jobs.left(engine.mongo, f"{launched.id}:watch") == 0
