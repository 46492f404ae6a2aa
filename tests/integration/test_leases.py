"""Leases of facts, deliveries and campaigns: what one worker holds no other takes or settles."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from loyalty import outbox, push
from loyalty.engine import Engine
from loyalty.mongo import Document, Mongo
from loyalty.outbox import Lease
from loyalty.push import (
    Audience,
    AudienceKind,
    Brief,
    Campaign,
    CampaignStatus,
    Delivery,
    DeliveryStatus,
    contract,
)
from loyalty.push.rules import Counts, Settlement
from loyalty.push.store import campaigns, deliveries
from loyalty.push.store.campaigns import Turn
from loyalty.states import STATES
from tests.engines import START, Steppable, steppable

NOW = START
SOON = NOW + timedelta(seconds=60)
LATER = NOW + timedelta(seconds=61)
AFTER = NOW + timedelta(seconds=200)
SENT = Settlement(DeliveryStatus.SENT, None, {})
COUNTED = Counts(audience=1, sent=1)


@pytest.fixture
def mongo(engine: Engine) -> Steppable:
    return steppable(engine)


def told(name: str, at: datetime = NOW) -> Document:
    return {"id": name, "kind": "PointsEarned", "at": at, "data": {}}


async def add_facts(mongo: Mongo, *names: str) -> None:
    await mongo.insert_new("facts", [outbox.fact_document("mbr_a", told(name)) for name in names])


async def take_facts(mongo: Mongo, now: datetime, holder: str, limit: int = 200) -> list[Document]:
    return await outbox.take(mongo, now, Lease(holder, 60), limit)


def names_of(found: list[Any]) -> list[str]:
    return [each["_id"] if isinstance(each, dict) else each.id for each in found]


async def one(mongo: Mongo, collection: str, key: str = "a") -> Document:
    found = await mongo.find_one(collection, {"_id": key})
    assert found is not None
    return found


# Facts


async def test_a_fact_of_later_is_left_with_its_member(mongo: Steppable) -> None:
    ahead = {"_id": "mbr_a", "outbox": [told("a", SOON)]}
    await mongo.insert_new(STATES, [ahead, {"_id": "mbr_b"}])
    assert await outbox.relay(mongo, NOW) == 0
    assert (await one(mongo, STATES, "mbr_a"))["outbox"] == ahead["outbox"]
    assert await outbox.relay(mongo, SOON) == 1


async def test_a_fact_that_comes_while_others_are_moved_is_left_for_the_next_time(
    mongo: Steppable,
) -> None:
    await mongo.insert_new(STATES, [{"_id": "mbr_a", "outbox": [told("a")]}])

    async def come() -> None:
        await mongo.update_one(STATES, {"_id": "mbr_a"}, {"$push": {"outbox": told("b")}})

    mongo.before["update_batch", STATES] = come
    assert await outbox.relay(mongo, NOW) == 1
    assert (await one(mongo, STATES, "mbr_a"))["outbox"] == [told("b")]


async def test_a_fact_is_held_until_its_lease_ends(mongo: Steppable) -> None:
    await add_facts(mongo, "a")
    assert names_of(await take_facts(mongo, NOW, "first")) == ["a"]
    assert await take_facts(mongo, SOON - timedelta(milliseconds=1), "second") == []
    [again] = await take_facts(mongo, SOON, "second")
    assert (again["holder"], again["attempts"]) == ("second", 2)


async def test_facts_taken_by_another_in_between_are_left_to_it(mongo: Steppable) -> None:
    await add_facts(mongo, "a", "b")

    async def overtake() -> None:
        assert names_of(await take_facts(mongo, NOW, "second", limit=1)) == ["a"]

    mongo.before["update_many", "facts"] = overtake
    assert names_of(await take_facts(mongo, NOW, "first")) == ["b"]
    assert [(await one(mongo, "facts", name))["holder"] for name in "ab"] == ["second", "first"]


async def test_facts_done_or_held_do_not_stand_before_one_that_is_due(mongo: Steppable) -> None:
    await add_facts(mongo, "done")
    await outbox.finish(mongo, await take_facts(mongo, NOW, "first"), NOW)
    await add_facts(mongo, "held")
    await take_facts(mongo, NOW, "second")
    await add_facts(mongo, "due")
    assert names_of(await take_facts(mongo, NOW, "third", limit=1)) == ["due"]
    assert await outbox.oldest_waiting(mongo) == NOW


async def test_a_fact_that_passed_to_another_is_not_done_by_the_one_before(
    mongo: Steppable,
) -> None:
    await add_facts(mongo, "a")
    slow = await take_facts(mongo, NOW, "slow")
    quick = await take_facts(mongo, LATER, "quick")
    await outbox.finish(mongo, slow, LATER)
    assert "done_at" not in await one(mongo, "facts")
    await outbox.finish(mongo, quick, LATER)
    assert (await one(mongo, "facts"))["done_at"] == LATER
    assert await outbox.oldest_waiting(mongo) is None


# Deliveries


def delivery(name: str = "a", status: DeliveryStatus = DeliveryStatus.PENDING) -> Delivery:
    return Delivery(
        id=name,
        campaign_id=None,
        member_id="mbr_a",
        category=contract.Category.POINTS,
        status=status,
        reason=None,
        title=None,
        body=None,
        created_at=NOW,
    )


async def take_due(mongo: Mongo, now: datetime, holder: str, limit: int = 200) -> list[Delivery]:
    lease = (holder, now + timedelta(seconds=60))
    return await deliveries.take_due(mongo, now, lease, limit)


async def test_a_delivery_is_held_until_its_lease_ends(mongo: Steppable) -> None:
    await deliveries.insert_waiting(mongo, [delivery()], NOW)
    assert names_of(await take_due(mongo, NOW, "first")) == ["a"]
    assert await take_due(mongo, SOON - timedelta(milliseconds=1), "second") == []
    [again] = await take_due(mongo, SOON, "second")
    assert (again.status, again.attempts) == (DeliveryStatus.SENDING, 2)


async def test_deliveries_taken_by_another_in_between_are_left_to_it(mongo: Steppable) -> None:
    await deliveries.insert_waiting(mongo, [delivery("a"), delivery("b")], NOW)

    async def overtake() -> None:
        assert names_of(await take_due(mongo, NOW, "second", limit=1)) == ["a"]

    mongo.before["update_batch", "deliveries"] = overtake
    assert names_of(await take_due(mongo, NOW, "first")) == ["b"]
    found = [await one(mongo, "deliveries", name) for name in "ab"]
    assert [(d["holder"], d["attempts"]) for d in found] == [("second", 1), ("first", 1)]


async def test_deliveries_settled_or_never_sent_do_not_stand_before_one_that_is_due(
    mongo: Steppable,
) -> None:
    unsent = delivery("unsent", DeliveryStatus.SUPPRESSED)
    await deliveries.insert_waiting(mongo, [unsent, delivery("settled")], NOW)
    [settled] = await take_due(mongo, NOW, "first")
    await deliveries.settle(mongo, [(settled, SENT)], "first", NOW)
    await deliveries.insert_leased(mongo, [delivery("held")], ("second", SOON))
    await deliveries.insert_waiting(mongo, [delivery("due")], NOW)
    assert names_of(await take_due(mongo, NOW, "third", limit=1)) == ["due"]
    assert await take_due(mongo, NOW, "third") == []


async def test_who_lost_a_delivery_neither_renews_nor_settles_it(mongo: Steppable) -> None:
    await deliveries.insert_leased(mongo, [delivery()], ("slow", SOON))
    [taken] = await take_due(mongo, LATER, "quick")
    held = await one(mongo, "deliveries")
    await deliveries.renew(mongo, [taken], ("slow", AFTER))
    await deliveries.settle(mongo, [(taken, SENT)], "slow", LATER)
    assert await one(mongo, "deliveries") == held
    await deliveries.renew(mongo, [taken], ("quick", AFTER))
    assert (await one(mongo, "deliveries"))["due_at"] == AFTER
    await deliveries.settle(mongo, [(taken, SENT)], "quick", LATER)
    settled = await one(mongo, "deliveries")
    assert (settled["status"], settled["sent_at"]) == ("SENT", LATER)
    assert not {"holder", "due_at"} & settled.keys()


async def test_a_settled_delivery_is_not_made_due_by_a_late_heartbeat(mongo: Steppable) -> None:
    mine = await deliveries.insert_leased(mongo, [delivery()], ("first", SOON))
    await deliveries.settle(mongo, [(mine[0], SENT)], "first", NOW)
    await deliveries.renew(mongo, mine, ("first", AFTER))
    assert "due_at" not in await one(mongo, "deliveries")


async def test_a_delivery_that_is_there_is_not_given_to_a_second_sender(mongo: Steppable) -> None:
    assert await deliveries.insert_leased(mongo, [delivery("a")], ("first", SOON)) != []
    both = [delivery("a"), delivery("b")]
    assert names_of(await deliveries.insert_leased(mongo, both, ("second", SOON))) == ["b"]
    assert (await one(mongo, "deliveries"))["holder"] == "first"


# Campaigns


async def launch(mongo: Mongo, name: str = "a", at: datetime = NOW) -> Campaign:
    brief = Brief(name, Audience(AudienceKind.EVERYONE), ())
    campaign = Campaign(name, brief, CampaignStatus.SCHEDULED, at, "eva")
    document = campaigns.to_document(campaign, name, "input")
    await campaigns.insert(mongo, {**document, "due_at": at})
    return campaign


async def take(mongo: Mongo, now: datetime) -> Turn:
    turn = await campaigns.take(mongo, now, now + timedelta(seconds=60))
    assert turn is not None
    return turn


async def test_a_campaign_is_held_until_its_lease_ends_and_each_turn_has_its_fence(
    mongo: Steppable,
) -> None:
    await launch(mongo)
    first = await take(mongo, NOW)
    assert await campaigns.take(mongo, SOON - timedelta(milliseconds=1), AFTER) is None
    second = await take(mongo, SOON)
    assert (first.fence, second.fence) == (1, 2)


async def test_a_campaign_that_is_over_or_held_does_not_stand_before_one_that_is_due(
    mongo: Steppable,
) -> None:
    await launch(mongo, "over", NOW - timedelta(seconds=2))
    await campaigns.finish(mongo, await take(mongo, NOW), COUNTED, NOW)
    await launch(mongo, "held", NOW - timedelta(seconds=1))
    await take(mongo, NOW)
    await launch(mongo, "due")
    assert (await take(mongo, NOW)).campaign.id == "due"
    assert await campaigns.take(mongo, NOW, SOON) is None


async def test_who_lost_its_turn_changes_nothing(mongo: Steppable) -> None:
    await launch(mongo)
    slow = await take(mongo, NOW)
    await take(mongo, LATER)
    held = await one(mongo, "campaigns")
    await campaigns.renew(mongo, slow, AFTER)
    await campaigns.step(mongo, slow, {"cursor": "z", "gone_through": True}, AFTER)
    await campaigns.count(mongo, slow, COUNTED, LATER, AFTER)
    await campaigns.finish(mongo, slow, COUNTED, LATER)
    assert await one(mongo, "campaigns") == held


async def test_who_lost_a_stopped_campaign_does_not_end_its_counting(mongo: Steppable) -> None:
    await launch(mongo)
    await campaigns.stop(mongo, "a", "STOPPED_BY_STAFF", NOW)
    slow = await take(mongo, NOW)
    await take(mongo, LATER)
    held = await one(mongo, "campaigns")
    await campaigns.finish(mongo, slow, COUNTED, LATER)
    assert await one(mongo, "campaigns") == held


async def test_a_campaign_stopped_in_somebodys_turn_stays_stopped_and_is_counted_at_once(
    mongo: Steppable,
) -> None:
    await launch(mongo)
    turn = await take(mongo, NOW)
    await campaigns.stop(mongo, "a", "STOPPED_BY_STAFF", NOW)
    stopped = await one(mongo, "campaigns")
    await campaigns.renew(mongo, turn, AFTER)
    await campaigns.step(mongo, turn, {"cursor": "z"}, AFTER)
    await campaigns.finish(mongo, turn, COUNTED, LATER)
    assert await one(mongo, "campaigns") == stopped
    counting = await take(mongo, NOW)
    await campaigns.finish(mongo, counting, COUNTED, LATER)
    over = campaigns.from_document(await one(mongo, "campaigns"))
    assert (over.status, over.reason) == (CampaignStatus.STOPPED, "STOPPED_BY_STAFF")
    assert (over.counts, over.finished_at) == (COUNTED, NOW)
    assert await campaigns.take(mongo, AFTER, AFTER) is None


async def test_a_turn_is_done_by_its_holder(engine: Engine, mongo: Steppable) -> None:
    await launch(mongo)
    await campaigns.start(mongo, "a", NOW)
    turn = await take(mongo, NOW)
    await campaigns.renew(mongo, turn, LATER)
    assert await campaigns.take(mongo, SOON, AFTER) is None
    await campaigns.step(mongo, turn, {"cursor": "z", "gone_through": True}, NOW)
    turn = await take(mongo, NOW)
    assert (turn.cursor, turn.gone_through) == ("z", True)
    assert turn.campaign.status is CampaignStatus.SENDING
    await campaigns.count(mongo, turn, COUNTED, NOW, NOW)
    await campaigns.finish(mongo, await take(mongo, NOW), COUNTED, LATER)
    await campaigns.stop(mongo, "a", "STOPPED_BY_STAFF", AFTER)
    over = await push.campaigns.find(engine, "a")
    assert over is not None
    assert (over.status, over.counts) == (CampaignStatus.SENT, COUNTED)
    assert (over.finished_at, over.reason) == (LATER, None)
