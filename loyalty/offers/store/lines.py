"""Who waits for limited offers, in the order they came: one document for each that waits."""

from dataclasses import dataclass
from datetime import datetime

from loyalty.mongo import Document, Index, Mongo

LINES = "offer_lines"
INDEXES = [Index([("offer", 1), ("since", 1), ("_id", 1)], name="first_in_line")]
_IN_ORDER = [("since", 1), ("_id", 1)]


@dataclass(frozen=True, slots=True)
class Waiter:
    """Somebody in line: the held offer that waits, whose it is, since when."""

    held: str
    offer: str
    member: str
    since: datetime


async def prepare(mongo: Mongo) -> None:
    """Create the index."""
    await mongo.create_indexes(LINES, INDEXES)


async def join(mongo: Mongo, waiter: Waiter) -> None:
    """Stand in line, once."""
    document = {"offer": waiter.offer, "member": waiter.member, "since": waiter.since}
    await mongo.insert_new(LINES, [{"_id": waiter.held, **document}])


async def first(mongo: Mongo, offer: str) -> Waiter | None:
    """Find who is first in line."""
    found = await mongo.find_one(LINES, {"offer": offer}, sort=_IN_ORDER)
    return _waiter(found) if found else None


async def leave(mongo: Mongo, held: str) -> None:
    """Leave the line."""
    await mongo.delete_many(LINES, {"_id": held})


async def position(mongo: Mongo, waiter: Waiter) -> int:
    """Give the place in line, from 1."""
    before = {
        "offer": waiter.offer,
        "$or": [
            {"since": {"$lt": waiter.since}},
            {"since": waiter.since, "_id": {"$lt": waiter.held}},
        ],
    }
    return await mongo.count(LINES, before) + 1


async def lengths(mongo: Mongo) -> dict[str, int]:
    """Count who waits, by offer."""
    found = await mongo.aggregate(LINES, [{"$group": {"_id": "$offer", "count": {"$sum": 1}}}])
    return {group["_id"]: group["count"] for group in found}


def _waiter(document: Document) -> Waiter:
    return Waiter(document["_id"], document["offer"], document["member"], document["since"])
