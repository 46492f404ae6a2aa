"""Facts on their way from a member's document to those who react: moved, leased, done once.

A fact is written in the same commit as the change it tells of; its id makes every later step
idempotent. What a fact means is not known here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from loyalty.mongo import BY_ID, Document, Index, Mongo
from loyalty.states import STATES

FACTS = "facts"
KEPT_DAYS = 7

FACT_INDEXES = [
    Index("due_at", name="facts_to_take_next", sparse=True),
    Index("done_at", name="done_facts_are_forgotten", expireAfterSeconds=KEPT_DAYS * 86_400),
]


@dataclass(frozen=True, slots=True)
class Lease:
    """Who holds what is taken (an id used once), and for how long."""

    holder: str
    seconds: int


async def prepare(mongo: Mongo) -> None:
    """Create the indexes of the facts."""
    await mongo.create_indexes(FACTS, FACT_INDEXES)


def fact_document(member_id: str, fact: Document) -> Document:
    """Build the stored form of a fact that waits to be taken."""
    return {
        "_id": fact["id"],
        "member": member_id,
        "kind": fact["kind"],
        "at": fact["at"],
        "data": fact["data"],
        "due_at": fact["at"],
        "attempts": 0,
    }


async def relay(mongo: Mongo, now: datetime, limit: int = 200) -> int:
    """Move waiting facts out of member documents; return how many were moved.

    Inserted before they are pulled, so a crash between the two moves them again under the same id.
    """
    # By their index, in whose order they come: to sort them, all that wait would be read.
    waiting = await mongo.find(STATES, {"outbox.at": {"$lte": now}}, {"outbox": 1}, limit=limit)
    facts = [fact_document(member["_id"], fact) for member in waiting for fact in member["outbox"]]
    await mongo.insert_new(FACTS, facts)
    pulls = [
        {
            "q": {"_id": member["_id"]},
            "u": {"$pull": {"outbox": {"id": {"$in": [fact["id"] for fact in member["outbox"]]}}}},
        }
        for member in waiting
    ]
    await mongo.update_batch(STATES, pulls)
    return len(facts)


async def take(mongo: Mongo, now: datetime, lease: Lease, limit: int = 200) -> list[Document]:
    """Lease up to `limit` facts that are due; a fact not finished in time is taken again."""
    due = await mongo.find(
        FACTS, {"due_at": {"$lte": now}}, {"_id": 1}, sort=[("due_at", 1)], limit=limit
    )
    if not due:
        return []
    ids = {"$in": [fact["_id"] for fact in due]}
    until = now + timedelta(seconds=lease.seconds)
    await mongo.update_many(
        FACTS,
        {"_id": ids, "due_at": {"$lte": now}},
        {"$set": {"due_at": until, "holder": lease.holder}, "$inc": {"attempts": 1}},
        BY_ID,
    )
    return await mongo.find(FACTS, {"_id": ids, "holder": lease.holder}, sort=[("due_at", 1)])


async def finish(mongo: Mongo, facts: Sequence[Document], now: datetime) -> None:
    """Mark facts as done; those whose lease passed to another are left to it."""
    for holder in {fact["holder"] for fact in facts}:
        ids = [fact["_id"] for fact in facts if fact["holder"] == holder]
        done = {"$set": {"done_at": now}, "$unset": {"due_at": ""}}
        await mongo.update_many(FACTS, {"_id": {"$in": ids}, "holder": holder}, done)


async def oldest_waiting(mongo: Mongo) -> datetime | None:
    """Tell since when the oldest fact waits, or None when nothing does."""
    found = await mongo.find_one(FACTS, {"due_at": {"$exists": True}}, sort=[("due_at", 1)])
    return found["at"] if found else None
