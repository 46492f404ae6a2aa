"""Deliveries in MongoDB: one document for each message to a member, and leases on open ones."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from loyalty.members import Purpose
from loyalty.mongo import Document, Index, Mongo, all_read, each_read, page_read
from loyalty.push.fcm import Outcome
from loyalty.push.payloads import Category
from loyalty.push.rules import (
    INTERRUPTED,
    REACHING,
    Delivery,
    DeliveryStatus,
    Settlement,
    delivery_id,
    is_lost,
)
from loyalty.walks import Walk, keyset

DELIVERIES = "deliveries"

SHOWN = ("title", "body", "deep_link", "type", "locale", "details", "variant", "offer")
TEXTS = ("title", "body", "deep_link", "details", "data")
OFFER_UNSENT = "offer_unsent"  # until the offer is taken back that came with what reached nobody
FORGOTTEN = "forgotten"  # whose member has left while it was open
UNREAD = timedelta(hours=1)  # until what cannot be read is looked at again
AT_ONCE = 2_000  # fit into the time that an operation has
HEARD = ("sent_at", "opened_at", "clicked_at", "redeemed_at")

INDEXES = [
    Index(
        [("due_at", 1), ("_id", 1)],
        name="deliveries_to_take_next",
        partialFilterExpression={"due_at": {"$exists": True}},
    ),
    Index(
        [("due_at", 1), ("kind", 1)],
        name="nudges_to_take_next",
        partialFilterExpression={"due_at": {"$exists": True}, "kind": {"$exists": True}},
    ),
    Index(
        "created_at",
        name="nudges_by_when_they_were_made",
        partialFilterExpression={"kind": {"$exists": True}},
    ),
    Index(OFFER_UNSENT, name="offers_to_take_back", sparse=True),
]

Lease = tuple[str, datetime]
Due = tuple[Delivery, datetime]


def to_document(delivery: Delivery) -> Document:
    """Write a delivery; what is empty is left out."""
    document: Document = {
        "_id": delivery.id,
        "member": delivery.member_id,
        "category": delivery.category.value,
        "status": delivery.status.value,
        "created_at": delivery.created_at,
        "attempts": delivery.attempts,
    }
    if delivery.is_marketing:
        document["purpose"] = delivery.purpose.value
    if delivery.campaign_id:
        document["campaign"] = delivery.campaign_id
    if delivery.data:
        document["data"] = dict(delivery.data)
    if delivery.is_paid:
        document["paid"] = True
    for name in ("reason", "kind", *SHOWN):
        if value := getattr(delivery, name):
            document[name] = value
    return document


def from_document(document: Document) -> Delivery:
    """Read a delivery."""
    outcomes = document.get("outcomes", {})
    return Delivery(
        id=document["_id"],
        campaign_id=document.get("campaign"),
        member_id=document["member"],
        category=Category(document["category"]),
        status=DeliveryStatus(document["status"]),
        reason=document.get("reason"),
        created_at=document["created_at"],
        attempts=document["attempts"],
        outcomes={device: Outcome(outcome) for device, outcome in outcomes.items()},
        kind=document.get("kind"),
        data=document.get("data", {}),
        purpose=Purpose(document.get("purpose", Purpose.SERVICE)),
        is_paid=document.get("paid", False),
        **{name: document.get(name) for name in (*SHOWN, *HEARD)},
    )


async def insert_waiting(mongo: Mongo, deliveries: Sequence[Delivery], now: datetime) -> None:
    """Add deliveries that are not there yet; those to be sent are due now, or as they are made."""
    documents = [to_document(delivery) for delivery in deliveries]
    for document in documents:
        if document["status"] == DeliveryStatus.PENDING.value:
            document["due_at"] = max(now, document["created_at"])
    await mongo.insert_new(DELIVERIES, documents)


async def insert_claimed(
    mongo: Mongo, rows: Sequence[tuple[Delivery, Settlement | None]], lease: Lease
) -> list[Delivery]:
    """Add deliveries: those without a settlement are being sent by the holder of the lease.

    The insert is the claim: of all workers that ever try, one adds a delivery and may send it.
    Gives those that are new and without a settlement.
    """
    there = await mongo.insert_new(DELIVERIES, [_claimed(*row, lease) for row in rows])
    return [d for n, (d, settled) in enumerate(rows) if settled is None and n not in there]


def _claimed(delivery: Delivery, settlement: Settlement | None, lease: Lease) -> Document:
    document = to_document(delivery)
    if settlement is None:
        holder, until = lease
        sending = DeliveryStatus.SENDING.value
        return {**document, "status": sending, "holder": holder, "due_at": until}
    return document | _assigned(delivery, settlement, delivery.created_at)


async def strangers(mongo: Mongo, campaign_id: str, member_ids: Sequence[str]) -> list[str]:
    """Give those of some members to whom a campaign has no delivery yet, in their order."""
    ids = {delivery_id(campaign_id, member_id): member_id for member_id in member_ids}
    found = await mongo.find(DELIVERIES, {"_id": {"$in": list(ids)}}, {"_id": 1})
    there = {document["_id"] for document in found}
    return [member_id for id, member_id in ids.items() if id not in there]


async def is_any_due(mongo: Mongo, now: datetime) -> bool:
    """Tell whether any delivery is due."""
    return await mongo.find_one(DELIVERIES, {"due_at": {"$lte": now}}, {"_id": 1}) is not None


async def due(mongo: Mongo, now: datetime, limit: int) -> list[Due]:
    """Read deliveries that are due: each as it is, with the attempt that comes counted, and when.

    What waits longest is first; where it is much, nudges have half of the places. Else what happens
    to members would be told after all that a campaign held for the same hour. What cannot be read
    is let lie for an hour.
    """
    where: Document = {"due_at": {"$lte": now}}
    order = [("due_at", 1)]
    found = await mongo.find(DELIVERIES, where, sort=order, limit=limit)
    if len(found) == limit:
        nudges = {**where, "kind": {"$exists": True}}
        first = await mongo.find(DELIVERIES, nudges, sort=order, limit=max(1, limit // 2))
        found = list({one["_id"]: one for one in (*first, *found)}.values())[:limit]
    read = list(each_read(DELIVERIES, found, from_document))
    if unread := [document["_id"] for document, one in read if one is None]:
        later: Document = {"$set": {"due_at": now + UNREAD}}
        await mongo.update_many(DELIVERIES, {"_id": {"$in": unread}, **where}, later)
    as_they_are = ((one, document["due_at"]) for document, one in read if one is not None)
    return [(replace(one, attempts=one.attempts + 1), due_at) for one, due_at in as_they_are]


async def take(mongo: Mongo, found: Sequence[Due], lease: Lease, now: datetime) -> list[Delivery]:
    """Lease deliveries that are still due as they were; give those that are ours now.

    What may not be sent again is given up: its sender died in the middle, or sleeps. It may still
    note the truth, so its name stays.
    """
    holder, until = lease
    hold = {"status": DeliveryStatus.SENDING.value, "holder": holder, "due_at": until}
    taking: Document = {"$set": hold, "$inc": {"attempts": 1}}
    given_up = {"status": DeliveryStatus.UNKNOWN.value, "reason": INTERRUPTED, "sent_at": now}
    giving_up: Document = {"$set": given_up, "$unset": {"due_at": ""}}
    claims = [
        {
            "q": {"_id": delivery.id, "due_at": due_at},
            "u": giving_up if is_lost(delivery) else taking,
        }
        for delivery, due_at in found
    ]
    await mongo.update_batch(DELIVERIES, claims)
    where = {"_id": {"$in": [delivery.id for delivery, _ in found]}, "holder": holder}
    mine = {document["_id"] for document in await mongo.find(DELIVERIES, where, {"_id": 1})}
    return [delivery for delivery, _ in found if delivery.id in mine]


async def put_off(mongo: Mongo, found: Sequence[Due], due_at: datetime) -> None:
    """Let deliveries that are still due as they were be due later: who asked before finds none."""
    later: Document = {"$set": {"due_at": due_at}}
    statements = [{"q": {"_id": one.id, "due_at": was}, "u": later} for one, was in found]
    await mongo.update_batch(DELIVERIES, statements)


async def hand_back(
    mongo: Mongo, deliveries: Sequence[Delivery], holder: str, due_at: datetime
) -> None:
    """Let others send deliveries that their holder surely has not sent, from an instant on.

    It was no attempt; only the first stays counted, by which it is known that there was one.
    """
    waiting: Document = {"status": DeliveryStatus.PENDING.value, "due_at": due_at}
    statements: list[Document] = []
    for d in deliveries:
        paid: Document = {"paid": True} if d.is_paid else {}
        update: Document = {"$set": {**waiting, **paid}, "$unset": {"holder": "", "reason": ""}}
        if d.sent_at is None:
            update["$unset"]["sent_at"] = ""  # of who gave it up
        if d.attempts > 1:
            update["$inc"] = {"attempts": -1}
        statements.append({"q": {"_id": d.id, "holder": holder}, "u": update})
    await mongo.update_batch(DELIVERIES, statements)


async def hasten(mongo: Mongo, campaign_id: str, now: datetime) -> None:
    """Let what waits of a campaign be looked at now, however much it is: a part at a time."""
    waiting = [DeliveryStatus.HELD.value, DeliveryStatus.PENDING.value]
    where = {**_of(campaign_id), "status": {"$in": waiting}, "due_at": {"$gt": now}}
    order = [("due_at", 1), ("_id", 1)]
    while found := await mongo.find(DELIVERIES, where, {"_id": 1}, sort=order, limit=AT_ONCE):
        part = {**where, "_id": {"$in": [document["_id"] for document in found]}}
        await mongo.update_many(DELIVERIES, part, {"$set": {"due_at": now}})


async def let_go(mongo: Mongo, ids: Sequence[str], now: datetime) -> None:
    """Let deliveries that are held be looked at now."""
    held = {"status": DeliveryStatus.HELD.value, "due_at": {"$gt": now}}
    if ids:
        where = {"_id": {"$in": list(ids)}, **held}
        await mongo.update_many(DELIVERIES, where, {"$set": {"due_at": now}})


async def look_again(mongo: Mongo, left_out: tuple[str, str], count: int, now: datetime) -> int:
    """Let members of a campaign who were left out for a reason be looked at now; count them.

    They are so many at the most, and a part where that is much. None of them is paid for: what
    reaches nobody has been put back.
    """
    campaign_id, reason = left_out
    suppressed = {"status": DeliveryStatus.SUPPRESSED.value, "reason": reason}
    where = {**_of(campaign_id), **suppressed}
    found = await mongo.find(DELIVERIES, where, {"_id": 1}, limit=min(count, AT_ONCE))
    waiting = {"status": DeliveryStatus.PENDING.value, "due_at": now}
    part = {**suppressed, "_id": {"$in": [document["_id"] for document in found]}}
    again = {"$set": waiting, "$unset": {"reason": "", "paid": ""}}
    await mongo.update_many(DELIVERIES, part, again)
    return len(found)


async def statuses(mongo: Mongo, ids: Sequence[str]) -> dict[str, DeliveryStatus]:
    """Read where some deliveries stand, by their ids."""
    found = await mongo.find(DELIVERIES, {"_id": {"$in": list(ids)}}, {"status": 1})
    return {document["_id"]: DeliveryStatus(document["status"]) for document in found}


async def renew(mongo: Mongo, deliveries: Sequence[Delivery], lease: Lease) -> None:
    """Keep the lease on deliveries for longer, where it is still ours."""
    holder, until = lease
    sending = {"holder": holder, "status": DeliveryStatus.SENDING.value}
    where = {"_id": {"$in": [d.id for d in deliveries]}, **sending}
    await mongo.update_many(DELIVERIES, where, {"$set": {"due_at": until}})


async def settle(
    mongo: Mongo, settled: Sequence[tuple[Delivery, Settlement]], holder: str, now: datetime
) -> None:
    """Write what became of deliveries; those whose lease passed to another are left to it.

    What was shown is written with a delivery that has waited; a new one has it already.
    """
    statements = [
        statement
        for delivery, settlement in settled
        for statement in _settling(delivery, _change(delivery, settlement, now), holder)
    ]
    await mongo.update_batch(DELIVERIES, statements)


def _settling(delivery: Delivery, change: Document, holder: str) -> list[Document]:
    """Write a change where a delivery is still held; without texts where its member has left."""
    mine = {"_id": delivery.id, "holder": holder}
    if delivery.is_new:
        return [{"q": mine, "u": change}]
    texts = dict.fromkeys(TEXTS, "")
    assign = {name: value for name, value in change["$set"].items() if name not in texts}
    bare = {"$set": assign, "$unset": {**change["$unset"], **texts}}
    return [
        {"q": {**mine, FORGOTTEN: True}, "u": bare},
        {"q": mine, "u": change},  # matches nothing where the first did: nobody holds it now
    ]


def _change(delivery: Delivery, settlement: Settlement, now: datetime) -> Document:
    """Build the update that settles a delivery; what was of who gave it up is taken away."""
    assign = _assigned(delivery, settlement, now)
    gone = ("holder", *(name for name in ("reason", "sent_at", "due_at") if name not in assign))
    return {"$set": assign, "$unset": dict.fromkeys(gone, "")}


def _assigned(delivery: Delivery, settlement: Settlement, now: datetime) -> Document:
    assign: Document = {"status": settlement.status.value}
    if settlement.outcomes:
        assign["outcomes"] = {device: o.value for device, o in settlement.outcomes.items()}
    if not delivery.is_new:
        assign |= {name: value for name in SHOWN if (value := getattr(delivery, name)) is not None}
    if delivery.is_paid:
        assign["paid"] = True
    if settlement.reason is not None:
        assign["reason"] = str(settlement.reason)
    if settlement.status is DeliveryStatus.HELD:
        assign["attempts"] = delivery.attempts - 1  # this was none
    if not REACHING.isdisjoint(settlement.outcomes.values()):
        assign["sent_at"] = delivery.sent_at or now  # since when it is on a phone, or may be
    elif delivery.offer and settlement.due_at is None:
        assign[OFFER_UNSENT] = True
    if settlement.due_at is not None:
        assign["due_at"] = settlement.due_at
    return assign


async def with_offers_unsent(
    mongo: Mongo, limit: int, campaign_id: str | None = None
) -> dict[str, str]:
    """Find deliveries that reached nobody and whose offer is to be taken back: ids and members."""
    where, shown = {OFFER_UNSENT: True, **(_of(campaign_id) if campaign_id else {})}, {"member": 1}
    found = await mongo.find(DELIVERIES, where, shown, limit=limit)
    return {document["_id"]: document["member"] for document in found}


async def took_offer_back(mongo: Mongo, key: str) -> None:
    """Note that the offer of a delivery that reached nobody is taken back."""
    await mongo.update_one(DELIVERIES, {"_id": key}, {"$unset": {OFFER_UNSENT: ""}})


async def nudges_due(
    mongo: Mongo, until: datetime, walk: Walk[tuple[datetime, str]]
) -> list[tuple[datetime, Delivery]]:
    """Walk nudges that wait and are due until an instant, by when they are."""
    where, order = keyset(walk, [("due_at", 1), ("_id", 1)])
    waits: Document = {"due_at": {"$lte": until}, "campaign": {"$exists": False}}
    both = {"$and": [waits, where]} if where else waits
    return await page_read(mongo, DELIVERIES, both, (order, walk.limit), _due)


async def nudges_due_of(
    mongo: Mongo, member_ids: Sequence[str], until: datetime, since: datetime
) -> list[tuple[datetime, Delivery]]:
    """Read nudges of some members that are due until an instant and were to be told since one."""
    told: Document = {"member": {"$in": list(member_ids)}, "created_at": {"$gte": since}}
    where = {**told, "due_at": {"$lte": until}, "campaign": {"$exists": False}}
    return all_read(DELIVERIES, await mongo.find(DELIVERIES, where), _due)


def _due(document: Document) -> tuple[datetime, Delivery]:
    return document["due_at"], from_document(document)


async def count_nudges(mongo: Mongo, since: datetime) -> dict[tuple[str, str, str | None], int]:
    """Count nudges made since an instant: by trigger, status and reason."""
    made = {"created_at": {"$gte": since}, "kind": {"$exists": True}}
    by = {"kind": "$kind", "status": "$status", "reason": "$reason"}
    stages = [{"$match": made}, {"$group": {"_id": by, "count": {"$sum": 1}}}]
    groups = [(group["_id"], group["count"]) for group in await mongo.aggregate(DELIVERIES, stages)]
    return {(of["kind"], of["status"], of.get("reason")): count for of, count in groups}


async def find(mongo: Mongo, key: str) -> Delivery | None:
    """Read one delivery."""
    found = await mongo.find_one(DELIVERIES, {"_id": key})
    return from_document(found) if found else None


async def of_campaign(mongo: Mongo, campaign_id: str, walk: Walk[str]) -> list[Delivery]:
    """Read a campaign's deliveries in order of the member."""
    bounds = {"$gt": delivery_id(campaign_id, ""), "$lt": f"{campaign_id};"}
    if walk.place is not None:
        bounds["$lt" if walk.back else "$gt"] = delivery_id(campaign_id, walk.place)
    order = [("_id", -1 if walk.back else 1)]
    page = (order, walk.limit)
    return await page_read(mongo, DELIVERIES, {"_id": bounds}, page, from_document)


def _of(campaign_id: str) -> Document:
    return {"_id": {"$gt": delivery_id(campaign_id, ""), "$lt": f"{campaign_id};"}}
