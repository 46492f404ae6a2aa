"""A message that is tried again: what one phone has already is not undone by what came after."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime

import pytest

from api.fcm_standin import FcmStandin
from loyalty import activities, members, push, segments
from loyalty.engine import Engine
from loyalty.push import Brief, Campaign, CampaignStatus
from loyalty.push.fcm import Sender
from loyalty.push.rules import NO_ANSWER, Cap
from loyalty.push.rules.briefs import Variant
from loyalty.push.rules.inbox import Deed, Told
from loyalty.walks import Walk
from tests.engines import Clock, purchase
from tests.phones import Person, campaign, do_jobs, enrol, launch, open_shop, phones, register, work

Phones = tuple[FcmStandin, Sender]

TEXT = Variant("a", {"en": "Hi {firstName}"}, {"en": "{balance} points"})
WANTED = Brief("Spring", segments.EVERYONE, (TEXT,), cap=Cap(1, 7))
EARNED = "nudges: [{on: POINTS_EARNED, cap: {count: 1, days: 1}}]\n"
NIGHT = 'messaging: {quiet_hours: {since: "21:00", until: "08:00"}}\n'
OFFER = "offers: [{id: tea, kind: FREE_SHIPPING, name: Tea, personal: true, valid_days: 3}]\n"


@pytest.fixture
async def fcm() -> AsyncIterator[Phones]:
    async with phones() as opened:
        yield opened


async def half_sent(engine: Engine, sender: Sender, brief: Brief, more: str = "") -> Campaign:
    """Send a campaign to a member of whose two phones one takes it and one is to be tried again."""
    await open_shop(engine, OFFER + more)
    await enrol(engine, Person("Anna", tokens=["anna", "flaky503-1:1"]))
    launched = await launch(engine, brief)
    await work(engine, sender)
    [row] = await engine.mongo.find("deliveries", {})
    assert (row["status"], set(row["outcomes"].values())) == ("PENDING", {"sent", "transient"})
    return launched


async def watched(engine: Engine, sender: Sender, clock: Clock) -> None:
    """Let a worker count."""
    clock.advance(seconds=3)
    await do_jobs(engine, sender)


async def test_what_a_phone_shows_is_sent_though_the_campaign_is_stopped(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    launched = await half_sent(engine, sender, WANTED)
    await push.campaigns.stop(engine, launched.id, "staff:eva")
    clock.advance(seconds=61)
    await work(engine, sender)
    [row] = await engine.mongo.find("deliveries", {})
    assert (row["status"], row.get("reason"), "sent_at" in row) == ("SENT", None, True)
    counts = (await campaign(engine, launched.id)).counts
    assert (counts.sent, counts.suppressed) == (1, {})
    assert [d.token for d in standin.deliveries()] == ["anna"]


async def test_what_may_be_on_a_phone_is_unknown_though_the_campaign_is_stopped(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    launched = await half_sent(engine, fcm[1], WANTED)
    await engine.mongo.update_many(
        "deliveries", {}, {"$set": {"outcomes": {"a": "unknown", "b": "transient"}}}
    )
    await push.campaigns.stop(engine, launched.id, "staff:eva")
    clock.advance(seconds=61)
    await work(engine, fcm[1])
    [row] = await engine.mongo.find("deliveries", {})
    assert (row["status"], row["reason"]) == ("UNKNOWN", "NO_ANSWER")


async def test_what_a_phone_shows_counts_for_the_cap_though_its_offer_is_used(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    await half_sent(engine, sender, replace(WANTED, offer="tea"))
    used = {"$set": {"offers.helds.0.state": "REDEEMED"}}
    await engine.mongo.update_many("member_states", {}, used)
    clock.advance(seconds=61)
    await work(engine, sender)
    [row] = await engine.mongo.find("deliveries", {})
    assert (row["status"], row.get("reason")) == ("SENT", None)
    second = await launch(engine, WANTED, "spring-2")
    await work(engine, sender)
    [row] = await engine.mongo.find("deliveries", {"campaign": second.id})
    assert (row["status"], row.get("reason")) == ("SUPPRESSED", "FREQUENCY_CAP")
    assert [d.token for d in standin.deliveries()] == ["anna"]


@pytest.mark.parametrize(
    ("outcome", "status", "reason"),
    [("sent", "SENT", None), ("unknown", "UNKNOWN", NO_ANSWER), ("rejected", "FAILED", NO_ANSWER)],
)
async def test_a_phone_that_is_gone_since_keeps_no_message_open(
    engine: Engine, fcm: Phones, clock: Clock, outcome: str, status: str, reason: str | None
) -> None:
    await open_shop(engine)
    anna = await enrol(engine, Person("Anna"))
    one = await register(engine, anna, "anna")
    other = await register(engine, anna, "flaky503-9:1")
    launched = await launch(engine, WANTED)
    await work(engine, fcm[1])
    answered = {"$set": {f"outcomes.{one.id}": outcome}}
    assert await engine.mongo.update_many("deliveries", {"status": "PENDING"}, answered)
    await push.devices.forget(engine, anna, other.id)
    clock.advance(seconds=61)
    await work(engine, fcm[1])
    [row] = await engine.mongo.find("deliveries", {})
    assert (row["status"], row.get("reason"), "due_at" in row) == (status, reason, False)
    clock.advance(seconds=3)
    await work(engine, fcm[1])
    assert (await campaign(engine, launched.id)).status is CampaignStatus.SENT


async def test_a_phone_that_has_a_campaign_gets_it_no_second_time_as_it_signs_in_anew(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    await half_sent(engine, sender, WANTED)
    before = await push.devices.holding(engine, "anna")
    assert before is not None
    await push.devices.forget(engine, before.member_id, before.id)
    again = await register(engine, before.member_id, "anna")
    assert again.id != before.id
    clock.advance(seconds=61)
    await work(engine, sender)
    assert sorted(d.token for d in standin.deliveries()) == ["anna", "flaky503-1:1"]


async def test_a_phone_that_signs_in_anew_gets_what_no_phone_has(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    await open_shop(engine)
    anna = await enrol(engine, Person("Anna"))
    phone = await register(engine, anna, "flaky503-1:1")
    await launch(engine, WANTED)
    await work(engine, sender)
    await push.devices.forget(engine, anna, phone.id)
    await register(engine, anna, "flaky503-1:1")
    clock.advance(seconds=61)
    await work(engine, sender)
    assert [d.token for d in standin.deliveries()] == ["flaky503-1:1"]


@pytest.mark.parametrize("waits", ["for an answer", "for staff", "for the morning"])
async def test_what_one_phone_shows_is_read_and_opened_while_the_other_is_waited_for(
    engine: Engine, fcm: Phones, clock: Clock, waits: str
) -> None:
    clock.present = shown_at = datetime(2026, 3, 2, 20, 59)
    launched = await half_sent(engine, fcm[1], WANTED, NIGHT)
    if waits == "for staff":
        await push.campaigns.pause(engine, launched.id, "staff:eva")
    if waits != "for an answer":
        clock.advance(seconds=61)
        await work(engine, fcm[1])
    [row] = await engine.mongo.find("deliveries", {})
    assert row["status"] == ("PENDING" if waits == "for an answer" else "HELD")
    anna = await members.require(engine, row["member"])
    [read] = await push.inbox.sent_to(engine, anna.member_id, Walk(9))
    assert (read.title, read.sent_at) == ("Hi Anna", shown_at)
    [opened] = await push.inbox.note(engine, anna, Deed.OPENED, [Told(read.id)])
    assert opened.opened_at == clock.present
    await watched(engine, fcm[1], clock)
    assert (await campaign(engine, launched.id)).counts.opened == 1
    if waits == "for staff":
        await push.campaigns.resume(engine, launched.id, "staff:eva")
    clock.advance(hours=12)
    await work(engine, fcm[1])
    [row] = await engine.mongo.find("deliveries", {})
    assert (row["status"], row["sent_at"], row["opened_at"]) == ("SENT", shown_at, opened.opened_at)


async def test_what_is_held_for_the_night_and_reached_no_phone_is_not_read(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    clock.present = datetime(2026, 3, 2, 22)
    await open_shop(engine, NIGHT)
    anna = await members.require(engine, await enrol(engine, Person("Anna", tokens=["anna"])))
    launched = await launch(engine, WANTED)
    await work(engine, fcm[1])
    [row] = await engine.mongo.find("deliveries", {"campaign": launched.id})
    assert row["status"] == "HELD"
    assert await push.inbox.sent_to(engine, anna.member_id, Walk(9)) == []
    assert await push.inbox.note(engine, anna, Deed.OPENED, [Told(row["_id"])]) == []
    [row] = await engine.mongo.find("deliveries", {"campaign": launched.id})
    assert "opened_at" not in row


async def test_what_is_not_tried_again_counts_for_no_cap(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    await open_shop(engine)
    await enrol(engine, Person("Anna", tokens=["flaky503-1:1"]))
    launched = await launch(engine, WANTED)
    await work(engine, sender)
    await push.campaigns.stop(engine, launched.id, "staff:eva")
    clock.advance(seconds=61)
    await work(engine, sender)
    [row] = await engine.mongo.find("deliveries", {})
    assert (row["status"], row["reason"]) == ("SUPPRESSED", "STOPPED")
    await launch(engine, WANTED, "spring-2")
    await work(engine, sender)
    assert [d.token for d in standin.deliveries()] == ["flaky503-1:1"]


@pytest.mark.parametrize("token", ["unregistered:1", "flaky503-1:1"])
async def test_a_nudge_that_reached_nobody_does_not_count_for_its_own_cap(
    engine: Engine, fcm: Phones, clock: Clock, token: str
) -> None:
    standin, sender = fcm
    await open_shop(engine, EARNED)
    anna = await enrol(engine, Person("Anna", tokens=[token]))
    await activities.record_purchase(engine, purchase(anna, "p1", 1_000))
    await work(engine, sender)
    await engine.mongo.delete_many("devices", {})
    clock.advance(seconds=61)
    await work(engine, sender)
    await register(engine, anna, "phone")
    await activities.record_purchase(engine, purchase(anna, "p2", 2_000))
    await work(engine, sender)
    assert [d.message["notification"]["title"] for d in standin.deliveries()] == [
        "20 points from your purchase"
    ]
