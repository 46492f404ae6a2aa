"""Leases of facts and deliveries: what one worker holds no other takes or settles."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from loyalty import jobs, outbox
from loyalty.engine import Engine
from loyalty.jobs import Job
from loyalty.jobs import store as job_store
from loyalty.members import Purpose
from loyalty.mongo import Document, Mongo
from loyalty.outbox import Lease
from loyalty.push import Delivery, DeliveryStatus, contract
from loyalty.push.fcm import Outcome
from loyalty.push.rules import Settlement
from loyalty.push.store import deliveries
from loyalty.states import STATES
from tests.engines import START, Steppable, steppable

NOW = START
SOON = NOW + timedelta(seconds=60)
LATER = NOW + timedelta(seconds=61)
AFTER = NOW + timedelta(seconds=200)
SENT = Settlement(DeliveryStatus.SENT, None, {"d": Outcome.SENT})


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


async def test_of_all_that_waits_no_more_is_read_than_is_taken(mongo: Steppable) -> None:
    """Half of a shop's history, brought over in one night, waits at once."""
    waiting = [{"_id": f"mbr_{n}", "outbox": [told(f"{n}")]} for n in range(300)]
    await mongo.insert_new(STATES, waiting)
    await add_facts(mongo, *(f"f{n}" for n in range(300)))
    many = [Job(f"j{n}", "k", NOW) for n in range(300)]
    await jobs.enqueue(mongo, many)
    await mongo.database.command("profile", 2)
    await outbox.relay(mongo, NOW, limit=10)
    assert len(await take_facts(mongo, NOW, "first", limit=10)) == 10
    assert len(await job_store.take(mongo, ["k"], NOW, jobs.Lease("first", 60), 10)) == 10
    await mongo.database.command("profile", 0)
    read = {"docsExamined": {"$gt": 10}, "op": {"$in": ["query", "update", "command"]}}
    assert await mongo.find("system.profile", read, {"ns": 1, "op": 1, "planSummary": 1}) == []
    assert await mongo.count("system.profile", {"docsExamined": 10}) >= 5
    await mongo.database.drop_collection("system.profile")


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


async def claim(mongo: Mongo, holder: str, *wanted: Delivery) -> list[Delivery]:
    rows = [(one, None) for one in wanted]
    return await deliveries.insert_claimed(mongo, rows, (holder, SOON))


async def take_due(mongo: Mongo, now: datetime, holder: str, limit: int = 200) -> list[Delivery]:
    lease = (holder, now + timedelta(seconds=60))
    return await deliveries.take(mongo, await deliveries.due(mongo, now, limit), lease, now)


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
    await claim(mongo, "second", delivery("held"))
    await deliveries.insert_waiting(mongo, [delivery("due")], NOW)
    assert names_of(await take_due(mongo, NOW, "third", limit=1)) == ["due"]
    assert await take_due(mongo, NOW, "third") == []


async def test_who_lost_a_delivery_neither_renews_nor_settles_it(mongo: Steppable) -> None:
    await claim(mongo, "slow", delivery())
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
    mine = await claim(mongo, "first", delivery())
    await deliveries.settle(mongo, [(mine[0], SENT)], "first", NOW)
    await deliveries.renew(mongo, mine, ("first", AFTER))
    assert "due_at" not in await one(mongo, "deliveries")


async def test_a_delivery_that_is_there_is_not_given_to_a_second_sender(mongo: Steppable) -> None:
    assert await claim(mongo, "first", delivery()) != []
    found = await claim(mongo, "second", delivery("a"), delivery("b"))
    assert names_of(found) == ["b"]
    assert (await one(mongo, "deliveries"))["holder"] == "first"


async def test_marketing_that_somebody_claimed_is_given_up_and_they_may_still_note_the_truth(
    mongo: Steppable,
) -> None:
    offer = replace(delivery(), purpose=Purpose.MARKETING, attempts=1)
    await claim(mongo, "sleeper", offer)
    assert await take_due(mongo, SOON, "second") == []
    given_up = await one(mongo, "deliveries")
    assert (given_up["status"], given_up["reason"]) == ("UNKNOWN", "INTERRUPTED")
    assert given_up["sent_at"] == SOON
    await deliveries.renew(mongo, [offer], ("sleeper", AFTER))
    assert await take_due(mongo, AFTER, "third") == []
    await deliveries.settle(mongo, [(offer, SENT)], "sleeper", AFTER)
    noted = await one(mongo, "deliveries")
    assert (noted["status"], noted.get("reason")) == ("SENT", None)


async def test_who_sent_to_no_phone_after_all_takes_back_that_it_may_be_on_one(
    mongo: Steppable,
) -> None:
    offer = replace(delivery(), purpose=Purpose.MARKETING, attempts=1)
    await claim(mongo, "sleeper", offer)
    await take_due(mongo, SOON, "second")
    refused = Settlement(DeliveryStatus.PENDING, None, {"d": Outcome.TRANSIENT}, AFTER)
    await deliveries.settle(mongo, [(offer, refused)], "sleeper", LATER)
    assert (await one(mongo, "deliveries")).keys().isdisjoint({"sent_at", "reason"})


async def test_what_was_surely_not_sent_is_handed_back_and_sent_by_another(
    mongo: Steppable,
) -> None:
    offer = replace(delivery(), purpose=Purpose.MARKETING, attempts=1)
    await claim(mongo, "sleeper", offer)
    await take_due(mongo, SOON, "second")
    await deliveries.hand_back(mongo, [offer], "sleeper", LATER)
    [taken] = await take_due(mongo, LATER, "third")
    assert (taken.status, taken.attempts, taken.sent_at) == (DeliveryStatus.PENDING, 2, None)
    await deliveries.hand_back(mongo, [taken], "third", AFTER)
    assert (await one(mongo, "deliveries"))["attempts"] == 1
    [taken] = await take_due(mongo, AFTER, "fourth")
    assert taken.attempts == 2
    await deliveries.hand_back(mongo, [offer], "sleeper", AFTER)
    await deliveries.settle(mongo, [(offer, SENT)], "sleeper", AFTER)
    assert (await one(mongo, "deliveries"))["status"] == "SENDING"
