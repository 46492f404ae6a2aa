"""Nudges: what happens to members reaches their phones, once, in their language, while news."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from api.fcm_standin import FcmStandin
from loyalty import activities, members, outbox, program, push, reactions
from loyalty.activities import Event
from loyalty.engine import Engine
from loyalty.members import Channel, Consent, Purpose
from loyalty.push import Delivery, DeliveryStatus
from loyalty.push.fcm import Sender
from tests.engines import Clock, Steppable, purchase
from tests.integration.conftest import OpenEngine
from tests.phones import Killed, Mortal, Person, enrol, open_shop, phones, shown, work

Phones = tuple[FcmStandin, Sender]


@pytest.fixture(autouse=True)
async def _shop(engine: Engine) -> None:
    await open_shop(engine)


@pytest.fixture
async def fcm() -> AsyncIterator[Phones]:
    async with phones() as opened:
        yield opened


async def buy(engine: Engine, member_id: str, total: int, id: str = "p1") -> None:
    now = engine.clock()
    await activities.record_purchase(engine, purchase(member_id, id, total, occurred_at=now))


async def all_deliveries(engine: Engine) -> list[Delivery]:
    found = await engine.mongo.find("deliveries", {}, sort=[("_id", 1)])
    read = [await push.campaigns.find_delivery(engine, document["_id"]) for document in found]
    return [delivery for delivery in read if delivery is not None]


async def the_delivery(engine: Engine) -> Delivery:
    [delivery] = await all_deliveries(engine)
    return delivery


async def test_a_purchase_that_earns_and_reaches_a_tier_is_told_twice(
    engine: Engine, fcm: Phones
) -> None:
    standin, sender = fcm
    anna = await enrol(engine, Person("Anna", tokens=["phone"]))
    await buy(engine, anna, 12_000)
    await work(engine, sender)
    assert shown(standin) == [
        ("phone", "120 points from your purchase", "You now have 120 points."),
        ("phone", "You reached Silver", "Yours from today: Free shipping."),
    ]
    earned, reached = await all_deliveries(engine)
    assert (earned.status, earned.category) == (DeliveryStatus.SENT, push.contract.Category.POINTS)
    assert (reached.status, reached.category) == (
        DeliveryStatus.SENT,
        push.contract.Category.PROGRESS,
    )
    data = {d.message["data"]["type"]: d.message["data"] for d in standin.deliveries()}
    assert data["points_earned"]["messageId"] == earned.id
    assert data["points_earned"]["entryId"] == f"ent_{anna.removeprefix('mbr_')}_3_0"
    assert data["tier_reached"]["tierId"] == "silver"


@pytest.mark.parametrize(
    ("locale", "title", "body"),
    [
        ("en-GB", "1,200 points from your purchase", "You now have 1,200 points."),
        ("da-DK", "1.200 point for dit køb", "Du har nu 1.200 point."),
        ("sv-SE", "1\u00a0200 poäng för ditt köp", "Du har nu 1\u00a0200 poäng."),
        ("nb-NO", "1\u00a0200 poeng for kjøpet ditt", "Du har nå 1\u00a0200 poeng."),
        ("fi-FI", "1\u00a0200 pistettä ostoksestasi", "Sinulla on nyt 1\u00a0200 pistettä."),
        ("de-DE", "1,200 points from your purchase", "You now have 1,200 points."),
    ],
)
async def test_a_nudge_is_in_the_members_language(
    engine: Engine, fcm: Phones, locale: str, title: str, body: str
) -> None:
    standin, sender = fcm
    member = await enrol(engine, Person("Anna", locale, ["phone"]))
    await buy(engine, member, 120_000)
    await work(engine, sender)
    assert ("phone", title, body) in shown(standin)


async def test_names_of_the_program_are_in_the_members_language_too(
    engine: Engine, fcm: Phones
) -> None:
    standin, sender = fcm
    await buy(engine, await enrol(engine, Person("Bo", "da-DK", ["phone"])), 10_000)
    await work(engine, sender)
    assert ("phone", "Du har nået Sølv", "Fra i dag får du: Fri fragt.") in shown(standin)


async def test_an_event_is_told_and_one_point_is_one_point(engine: Engine, fcm: Phones) -> None:
    standin, sender = fcm
    anna = await enrol(engine, Person("Anna", tokens=["phone"]))
    await activities.record_event(engine, Event("app", "e1", anna, engine.clock(), "review"))
    await work(engine, sender)
    assert shown(standin) == [("phone", "1 point for you", "You now have 1 point.")]


async def test_work_done_twice_tells_once(engine: Engine, fcm: Phones) -> None:
    standin, sender = fcm
    anna = await enrol(engine, Person("Anna", tokens=["phone"]))
    await buy(engine, anna, 4_270)
    await work(engine, sender)
    assert await work(engine, sender) == 0
    # A worker that died between making the delivery and finishing its fact.
    again = {"$set": {"due_at": engine.clock()}, "$unset": {"done_at": ""}}
    await engine.mongo.update_many("facts", {}, again)
    await work(engine, sender)
    assert shown(standin) == [("phone", "42 points from your purchase", "You now have 42 points.")]


async def test_ten_workers_at_once_tell_each_of_a_hundred_once(
    engine: Engine, open_process: OpenEngine, fcm: Phones
) -> None:
    standin, sender = fcm
    for n in range(100):
        await buy(engine, await enrol(engine, Person(f"m{n}", tokens=[f"t{n:02}"])), 100, f"p{n}")
    workers = [engine, *[await open_process() for _ in range(4)]]
    await asyncio.gather(*(work(worker, sender) for worker in workers * 2))
    assert [token for token, _, _ in shown(standin)] == [f"t{n:02}" for n in range(100)]


@pytest.mark.parametrize("before", [True, False], ids=["before sending", "after sending"])
async def test_a_worker_that_dies_while_it_sends_is_followed_under_the_same_message_id(
    engine: Engine, fcm: Phones, clock: Clock, before: bool
) -> None:
    standin, sender = fcm
    anna = await enrol(engine, Person("Anna", tokens=["phone"]))
    await buy(engine, anna, 4_270)
    with pytest.raises(Killed):
        await work(engine, Mortal(sender, before))
    assert await work(engine, sender) == 0  # its lease still runs
    clock.advance(seconds=61)
    await work(engine, sender)
    ids = [d.message["data"]["messageId"] for d in standin.deliveries()]
    assert ids == [f"{anna}:3:0"] * (1 if before else 2)
    assert (await the_delivery(engine)).status is DeliveryStatus.SENT


async def test_an_unknown_answer_is_followed_at_most_three_times(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    anna = await enrol(engine, Person("Anna", tokens=["reset-after:1"]))
    await buy(engine, anna, 4_270)
    for _ in range(8):
        await work(engine, sender)
        clock.advance(hours=1)
    ids = [d.message["data"]["messageId"] for d in standin.deliveries()]
    assert ids == [f"{anna}:3:0"] * 4
    assert (await the_delivery(engine)).status is DeliveryStatus.UNKNOWN
    assert await push.inbox.unread(engine, anna) == 1  # the phone may have shown it


@pytest.mark.parametrize("token", ["flaky503-2:1", "flaky429-2:1", "flaky500-2:1"])
async def test_what_fcm_did_not_take_is_tried_again_later(
    engine: Engine, fcm: Phones, clock: Clock, token: str
) -> None:
    standin, sender = fcm
    await buy(engine, await enrol(engine, Person("Anna", tokens=[token])), 4_270)
    await work(engine, sender)
    waiting = await the_delivery(engine)
    assert (waiting.status, waiting.attempts) == (DeliveryStatus.PENDING, 1)
    assert await work(engine, sender) == 0
    for _ in range(2):
        clock.advance(minutes=2)
        await work(engine, sender)
    assert [d.token for d in standin.deliveries()] == [token]
    assert (await the_delivery(engine)).status is DeliveryStatus.SENT


async def test_trying_again_comes_to_an_end(engine: Engine, fcm: Phones, clock: Clock) -> None:
    _, sender = fcm
    await buy(engine, await enrol(engine, Person("Anna", tokens=["e503:1"])), 4_270)
    for _ in range(12):
        await work(engine, sender)
        clock.advance(hours=1)
    delivery = await the_delivery(engine)
    assert (delivery.status, delivery.reason) == (DeliveryStatus.FAILED, "UNAVAILABLE")
    assert delivery.attempts == 8


@pytest.mark.parametrize(
    ("person", "reason"),
    [
        (Person("Anna"), "NO_DEVICE"),
        (Person("Anna", tokens=["phone"], service=False), "NO_CONSENT"),
    ],
)
async def test_what_is_not_sent_has_its_reason(
    engine: Engine, fcm: Phones, person: Person, reason: str
) -> None:
    standin, sender = fcm
    await buy(engine, await enrol(engine, person), 4_270)
    await work(engine, sender)
    delivery = await the_delivery(engine)
    assert (delivery.status, delivery.reason) == (DeliveryStatus.SUPPRESSED, reason)
    assert standin.deliveries() == []


async def test_consent_withdrawn_after_the_fact_is_respected(engine: Engine, fcm: Phones) -> None:
    standin, sender = fcm
    anna = await enrol(engine, Person("Anna", tokens=["phone"]))
    await buy(engine, anna, 4_270)
    no = Consent(Purpose.SERVICE, Channel.PUSH, False, engine.clock(), "app")
    await members.set_consents(engine, anna, [no])
    await work(engine, sender)
    assert (await the_delivery(engine)).reason == "NO_CONSENT"
    assert standin.deliveries() == []


async def test_history_is_not_told(engine: Engine, fcm: Phones) -> None:
    standin, sender = fcm
    anna = await enrol(engine, Person("Anna", tokens=["phone"]))
    long_ago = engine.clock() - timedelta(days=30)
    old = purchase(anna, "p1", 12_000, occurred_at=long_ago)
    await activities.record_purchase(engine, old)
    await work(engine, sender)
    assert (standin.deliveries(), await all_deliveries(engine)) == ([], [])


async def test_what_waited_for_more_than_a_day_is_not_told(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    await buy(engine, await enrol(engine, Person("Anna", tokens=["phone"])), 4_270)
    clock.advance(hours=25)
    await work(engine, sender)
    assert (await the_delivery(engine)).reason == "STALE"
    assert standin.deliveries() == []


async def test_without_a_sender_facts_are_done_with_and_never_told(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    anna = await enrol(engine, Person("Anna", tokens=["phone"]))
    await buy(engine, anna, 12_000)
    clock.advance(seconds=1)
    assert await reactions.react(engine, can_send=False) > 0
    assert await reactions.react(engine, can_send=False) == 0
    told = [(d.status, d.reason) for d in await all_deliveries(engine)]
    assert told == [(DeliveryStatus.SUPPRESSED, "NOT_CONFIGURED")] * 2
    assert await engine.mongo.count("member_states", {"outbox.0": {"$exists": True}}) == 0
    assert await outbox.oldest_waiting(engine.mongo) is None
    await work(engine, sender)
    assert standin.deliveries() == []


async def test_without_a_sender_what_is_not_told_anyway_keeps_its_reason(
    engine: Engine, clock: Clock
) -> None:
    await buy(engine, await enrol(engine, Person("Anna", tokens=["phone"])), 4_270)
    clock.advance(hours=25)
    await reactions.react(engine, can_send=False)
    assert (await the_delivery(engine)).reason == "STALE"


@pytest.mark.parametrize(("hours", "told"), [(23, 1), (25, 0)])
async def test_what_was_on_its_way_when_the_sender_went_is_told_while_it_is_news(
    engine: Engine, fcm: Phones, clock: Clock, hours: int, told: int
) -> None:
    standin, sender = fcm
    await buy(engine, await enrol(engine, Person("Anna", tokens=["flaky503-1:1"])), 4_270)
    await work(engine, sender)
    clock.advance(hours=hours)
    assert await reactions.react(engine, can_send=False) == 0
    assert (await the_delivery(engine)).status is DeliveryStatus.PENDING
    await work(engine, sender)
    assert len(standin.deliveries()) == told
    assert (await the_delivery(engine)).reason == (None if told else "STALE")


async def test_a_tier_that_was_passed_meanwhile_is_not_told(engine: Engine, fcm: Phones) -> None:
    standin, sender = fcm
    anna = await enrol(engine, Person("Anna", tokens=["phone"]))
    await buy(engine, anna, 10_000, "p1")
    await buy(engine, anna, 50_000, "p2")
    await work(engine, sender)
    titles = [title for _, title, _ in shown(standin)]
    assert [title for title in titles if "reached" in title] == ["You reached Gold"]
    assert [d.reason for d in await all_deliveries(engine)].count("STALE") == 1


async def test_points_that_only_count_for_tiers_are_no_news(engine: Engine, fcm: Phones) -> None:
    _, sender = fcm
    await buy(engine, await enrol(engine, Person("Anna", tokens=["phone"])), 4_270)
    await work(engine, sender)
    assert (await the_delivery(engine)).data["currency"] == "points"


async def test_the_program_chooses_its_nudges_and_their_texts(engine: Engine, fcm: Phones) -> None:
    standin, sender = fcm
    nudges = """
nudges:
  - on: POINTS_EARNED
    title: {en: "Well done, {firstName}", da: "Flot, {firstName}"}
    body: {en: "{points} more, {tier}", da: "{points} mere"}
  - {on: TIER_REACHED, enabled: false}
"""
    await open_shop(engine, nudges)
    stored = await program.active(engine)
    oops = {"program.nudges.0.body.by_language.en": "{oops}"}  # from before texts were checked
    await engine.mongo.update_one("program_versions", {"_id": stored.number}, {"$set": oops})
    engine.cache.clear()
    for name, locale in (("Anna", "en"), ("Bo", "da")):
        await buy(engine, await enrol(engine, Person(name, locale, [name])), 12_000, name)
    await work(engine, sender)
    assert shown(standin) == [
        ("Anna", "Well done, Anna", "You now have 120 points."),  # the catalogue's for a bad text
        ("Bo", "Flot, Bo", "120 mere"),
    ]
    reasons = [d.reason for d in await all_deliveries(engine) if d.kind == "TIER_REACHED"]
    assert reasons == ["DISABLED", "DISABLED"]


async def test_the_entry_is_found_also_when_it_left_the_ring(engine: Engine, fcm: Phones) -> None:
    standin, sender = fcm
    anna = await enrol(engine, Person("Anna", tokens=["phone"]))
    await buy(engine, anna, 4_270)
    for n in range(60):
        await buy(engine, anna, 50, f"small-{n}")
    await work(engine, sender)
    entries = [d.message["data"].get("entryId") for d in standin.deliveries()]
    assert entries == [f"ent_{anna.removeprefix('mbr_')}_3_0"]


async def test_an_outage_in_the_middle_leaves_nothing_behind(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    await buy(engine, await enrol(engine, Person("Anna", tokens=["phone"])), 4_270)
    assert isinstance(engine.mongo, Steppable)

    async def die() -> None:
        raise Killed

    for step in (("insert_new", "facts"), ("insert_new", "deliveries"), ("update_many", "facts")):
        engine.mongo.after[step] = die
        with pytest.raises(Killed):
            await work(engine, sender)
        clock.advance(seconds=61)
    await work(engine, sender)
    assert len(standin.deliveries()) == 1
    assert (await the_delivery(engine)).status is DeliveryStatus.SENT
