"""The inbox in MongoDB: deliveries again, as members and those who help them read them."""

from collections.abc import Sequence
from datetime import datetime

from loyalty.mongo import Document, Index, Mongo
from loyalty.push.rules import Deed, Delivery, Tally
from loyalty.push.store.deliveries import DELIVERIES, from_document
from loyalty.walks import Walk, keyset

NEWEST_SENT = [("sent_at", -1), ("_id", -1)]
NEWEST_MADE = [("created_at", -1), ("_id", -1)]
TEXTS = ("title", "body", "deep_link")
MARKS = {Deed.OPENED: ("opened_at",), Deed.CLICKED: ("opened_at", "clicked_at")}

INDEXES = [
    Index(
        [("member", 1), *NEWEST_SENT],
        name="messages_of_a_member",
        partialFilterExpression={"sent_at": {"$exists": True}},
    ),
    Index([("member", 1), *NEWEST_MADE], name="deliveries_of_a_member"),
    Index("created_at", name="deliveries_to_be_forgotten"),
    Index("offer", name="deliveries_with_an_offer", sparse=True),
]

Place = tuple[datetime, str]


def _sent(member_id: str, since: datetime) -> Document:
    return {"member": member_id, "sent_at": {"$gte": since}, "title": {"$exists": True}}


async def sent_to(
    mongo: Mongo, member_id: str, since: datetime, walk: Walk[Place]
) -> list[Delivery]:
    """Read what was sent to a member since an instant, newest first."""
    further, order = keyset(walk, NEWEST_SENT)
    where = {"$and": [_sent(member_id, since), further]}
    found = await mongo.find(DELIVERIES, where, sort=order, limit=walk.limit)
    return [from_document(document) for document in found]


async def all_of(mongo: Mongo, member_id: str, walk: Walk[Place]) -> list[Delivery]:
    """Read what was or was not sent to a member, newest first."""
    further, order = keyset(walk, NEWEST_MADE)
    where = {"member": member_id, **further}
    found = await mongo.find(DELIVERIES, where, sort=order, limit=walk.limit)
    return [from_document(document) for document in found]


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
    return [from_document(document) for document in await mongo.find(DELIVERIES, where)]


async def mark(mongo: Mongo, deed: Deed, done: Sequence[tuple[str, datetime]]) -> None:
    """Note when messages were opened or followed, by their ids; what was noted first stands."""
    statements = [
        {"q": {"_id": key, field: {"$exists": False}}, "u": {"$set": {field: at}}}
        for key, at in done
        for field in MARKS[deed]
    ]
    await mongo.update_batch(DELIVERIES, statements)


async def mark_redeemed(mongo: Mongo, member_id: str, offer: str, at: datetime) -> None:
    """Note that the offer which came with a message was used."""
    where = {"offer": offer, "member": member_id, "redeemed_at": {"$exists": False}}
    await mongo.update_one(DELIVERIES, where, {"$set": {"redeemed_at": at}})


async def tally(mongo: Mongo, campaign_id: str) -> dict[str | None, Tally]:
    """Count what members did about a campaign, by variant (None for one without)."""
    marks = {"sent": "sent_at", "opened": "opened_at", "clicked": "clicked_at"}
    marks["redeemed"] = "redeemed_at"
    groups = await mongo.aggregate(
        DELIVERIES,
        [
            {"$match": {"_id": {"$gt": f"{campaign_id}:", "$lt": f"{campaign_id};"}}},
            {
                "$group": {
                    "_id": "$variant",
                    **{name: {"$sum": _is_there(field)} for name, field in marks.items()},
                }
            },
        ],
    )
    return {group.pop("_id"): Tally(**group) for group in groups}


def _is_there(field: str) -> Document:
    return {"$cond": [{"$gt": [f"${field}", None]}, 1, 0]}


async def forget_texts(mongo: Mongo, member_id: str, until: datetime) -> None:
    """Delete what was written to a member up to an instant; that it was sent stays."""
    where = {"member": member_id, "created_at": {"$lte": until}}
    await mongo.update_many(DELIVERIES, where, {"$unset": dict.fromkeys(TEXTS, "")})


async def forget_older(mongo: Mongo, at: datetime, limit: int) -> int:
    """Delete deliveries that were made before an instant, the oldest first; return how many."""
    where = {"created_at": {"$lt": at}}
    found = await mongo.find(DELIVERIES, where, {"_id": 1}, sort=[("created_at", 1)], limit=limit)
    if not found:
        return 0
    return await mongo.delete_many(DELIVERIES, {"_id": {"$in": [d["_id"] for d in found]}})
