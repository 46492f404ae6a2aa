"""The inbox in MongoDB: deliveries again, as members and those who help them read them."""

from collections.abc import Sequence
from datetime import datetime

from loyalty.mongo import Document, Index, Mongo, all_read, page_read
from loyalty.push.rules import Delivery, DeliveryStatus
from loyalty.push.rules.inbox import ON_PHONES, Deed
from loyalty.push.store.deliveries import DELIVERIES, FORGOTTEN, TEXTS, from_document
from loyalty.walks import Walk, keyset

NEWEST_SENT = [("sent_at", -1), ("_id", -1)]
NEWEST_MADE = [("created_at", -1), ("_id", -1)]
HAS_TEXT = {"title": {"$exists": True}}
MAY_BE_SHOWN = {"status": {"$in": [status.value for status in ON_PHONES]}}
REACHED_NONE = {"status": DeliveryStatus.HELD.value, "sent_at": {"$exists": False}}
NO_TEXTS = {"$unset": dict.fromkeys(TEXTS, "")}
MARKS = {Deed.OPENED: ("opened_at",), Deed.CLICKED: ("opened_at", "clicked_at")}

INDEXES = [
    Index(
        [("member", 1), *NEWEST_SENT],
        name="messages_of_a_member",
        partialFilterExpression={"sent_at": {"$exists": True}},
    ),
    Index([("member", 1), *NEWEST_MADE], name="deliveries_of_a_member"),
    Index("created_at", name="texts_to_be_forgotten", partialFilterExpression=HAS_TEXT),
    Index("created_at", name="deliveries_to_be_forgotten"),
]

Place = tuple[datetime, str]


def _sent(member_id: str, since: datetime) -> Document:
    return {"member": member_id, "sent_at": {"$gte": since}, **MAY_BE_SHOWN, **HAS_TEXT}


async def sent_to(
    mongo: Mongo, member_id: str, since: datetime, walk: Walk[Place]
) -> list[Delivery]:
    """Read what was sent to a member since an instant, newest first."""
    further, order = keyset(walk, NEWEST_SENT)
    where = {"$and": [_sent(member_id, since), further]}
    return await page_read(mongo, DELIVERIES, where, (order, walk.limit), from_document)


async def all_of(mongo: Mongo, member_id: str, walk: Walk[Place]) -> list[Delivery]:
    """Read what was or was not sent to a member, newest first."""
    further, order = keyset(walk, NEWEST_MADE)
    where = {"member": member_id, **further}
    return await page_read(mongo, DELIVERIES, where, (order, walk.limit), from_document)


async def count_all(mongo: Mongo, member_id: str) -> int:
    """Count what was or was not sent to a member."""
    return await mongo.count(DELIVERIES, {"member": member_id})


async def count_unread(mongo: Mongo, member_id: str, since: datetime, limit: int) -> int:
    """Count what a member has not opened of the newest `limit` messages since an instant."""
    newest: list[Document] = [
        {"$match": _sent(member_id, since)},
        {"$sort": dict(NEWEST_SENT)},
        {"$limit": limit},
        {"$match": {"opened_at": {"$exists": False}}},
        {"$count": "unread"},
    ]
    found = await mongo.aggregate(DELIVERIES, newest)
    return found[0]["unread"] if found else 0


async def of_ids(
    mongo: Mongo, member_id: str, ids: Sequence[str], since: datetime
) -> list[Delivery]:
    """Read those of some messages that were sent to a member since an instant."""
    where = {"_id": {"$in": list(ids)}, **_sent(member_id, since)}
    return all_read(DELIVERIES, await mongo.find(DELIVERIES, where), from_document)


async def on_phones(
    mongo: Mongo, member_id: str, ids: Sequence[str], since: datetime
) -> list[Delivery]:
    """Read those of some messages that may be on a phone of a member, made since an instant.

    A phone shows a message before its sender hears so: it can be opened while it is SENDING.
    """
    theirs = {"_id": {"$in": list(ids)}, "member": member_id, "created_at": {"$gte": since}}
    found = await mongo.find(DELIVERIES, {**theirs, **MAY_BE_SHOWN, "$nor": [REACHED_NONE]})
    return all_read(DELIVERIES, found, from_document)


async def mark(mongo: Mongo, deed: Deed, done: Sequence[tuple[str, datetime]]) -> None:
    """Note when messages were opened or followed, by their ids; what was noted first stands."""
    statements = [
        {"q": {"_id": key, field: {"$exists": False}}, "u": {"$set": {field: at}}}
        for key, at in done
        for field in MARKS[deed]
    ]
    await mongo.update_batch(DELIVERIES, statements)


async def mark_redeemed(mongo: Mongo, message: str, at: datetime) -> None:
    """Note that the offer which came with a message was used."""
    where = {"_id": message, "redeemed_at": {"$exists": False}}
    await mongo.update_one(DELIVERIES, where, {"$set": {"redeemed_at": at}})


async def forget_texts(mongo: Mongo, member_id: str, until: datetime) -> None:
    """Delete what was written to a member up to an instant; that it was sent stays.

    What is still open is marked, so that no text comes back with what becomes of it.
    """
    where = {"member": member_id, "created_at": {"$lte": until}}
    no_texts = {name: "" for name in TEXTS if name != "data"}  # by which it is judged once more
    marked = {"$set": {FORGOTTEN: True}, "$unset": no_texts}
    await mongo.update_many(DELIVERIES, {**where, "due_at": {"$exists": True}}, marked)
    await mongo.update_many(DELIVERIES, {**where, "due_at": {"$exists": False}}, NO_TEXTS)


async def forget_older_texts(mongo: Mongo, at: datetime, limit: int) -> int:
    """Delete what was written to members before an instant, the oldest first; return how many."""
    ids = await _older(mongo, {"created_at": {"$lt": at}, **HAS_TEXT}, limit)
    return await mongo.update_many(DELIVERIES, {"_id": {"$in": ids}}, NO_TEXTS) if ids else 0


async def forget_older(mongo: Mongo, at: datetime, limit: int) -> int:
    """Delete deliveries that were made before an instant, the oldest first; return how many."""
    ids = await _older(mongo, {"created_at": {"$lt": at}}, limit)
    return await mongo.delete_many(DELIVERIES, {"_id": {"$in": ids}}) if ids else 0


async def _older(mongo: Mongo, where: Document, limit: int) -> list[str]:
    oldest = [("created_at", 1)]
    found = await mongo.find(DELIVERIES, where, {"_id": 1}, sort=oldest, limit=limit)
    return [document["_id"] for document in found]
