"""Corrections that wait for a second person: one document each, its id made of member and key."""

from collections.abc import Sequence
from datetime import datetime

from loyalty.mongo import Document, Index, Mongo
from loyalty.walks import Walk, keyset
from loyalty.wallets.rules import Adjustment, AdjustmentStatus, Request

ADJUSTMENTS = "adjustments"
OLDEST_FIRST = [("waiting_since", 1), ("_id", 1)]
WAITING: Document = {"waiting_since": {"$exists": True}}
INDEXES = [
    Index(
        OLDEST_FIRST,
        name="adjustments_to_decide_on",
        partialFilterExpression=WAITING,
    ),
    Index("open_since", name="adjustments_to_finish", sparse=True),
]


def to_document(request: Request, input_hash: str) -> Document:
    """Write a correction that begins to wait."""
    wanted = request.adjustment
    return {
        "_id": request.id,
        "member": wanted.member_id,
        "currency": wanted.currency,
        "points": wanted.points,
        "key": wanted.key,
        "reason": wanted.reason,
        "asked_by": wanted.actor,
        "asked_at": request.asked_at,
        "status": request.status.value,
        "input": input_hash,
        "waiting_since": request.asked_at,
    }


def from_document(document: Document) -> Request:
    """Read a correction that waits, or waited."""
    wanted = Adjustment(
        document["member"],
        document["currency"],
        int(document["points"]),
        document["key"],
        document["reason"],
        document["asked_by"],
    )
    decided = {name: document.get(name) for name in ("decided_by", "decided_at", "note")}
    status = AdjustmentStatus(document["status"])
    return Request(document["_id"], wanted, document["asked_at"], status, **decided)


async def prepare(mongo: Mongo) -> None:
    """Create the indexes."""
    await mongo.create_indexes(ADJUSTMENTS, INDEXES)


async def insert(mongo: Mongo, document: Document) -> tuple[Request, str, bool]:
    """Insert a request; give the one that is there, the fingerprint it came with, if it is new."""
    taken = await mongo.insert_new(ADJUSTMENTS, [document])
    found = await mongo.find_one(ADJUSTMENTS, {"_id": document["_id"]}) if taken else document
    assert found is not None, "requests are never deleted"
    return from_document(found), found["input"], not taken


async def find(mongo: Mongo, request_id: str) -> Request | None:
    """Read one, or None."""
    found = await mongo.find_one(ADJUSTMENTS, {"_id": request_id})
    return from_document(found) if found else None


async def waiting(mongo: Mongo, walk: Walk[tuple[datetime, str]]) -> Sequence[Request]:
    """List those that wait, oldest first."""
    where, order = keyset(walk, OLDEST_FIRST)
    found = await mongo.find(ADJUSTMENTS, {**WAITING, **where}, sort=order, limit=walk.limit)
    return [from_document(document) for document in found]


async def count_waiting(mongo: Mongo) -> int:
    """Count those that wait, by their index."""
    return await mongo.count(ADJUSTMENTS, WAITING)


async def decide(mongo: Mongo, decided: Request) -> Request:
    """Write a decision on one that still waits; give it as it is then, decided by whomever.

    One that is approved stays open until `finish` notes that it was booked.
    """
    values: Document = {
        "status": decided.status.value,
        "decided_by": decided.decided_by,
        "decided_at": decided.decided_at,
        "note": decided.note,
    }
    if decided.status is AdjustmentStatus.APPROVED:
        values["open_since"] = decided.decided_at
    where = {"_id": decided.id, "status": AdjustmentStatus.WAITING.value}
    update = {"$set": values, "$unset": {"waiting_since": ""}}
    await mongo.update_one(ADJUSTMENTS, where, update)
    found = await find(mongo, decided.id)
    assert found is not None, "requests are never deleted"
    return found


async def finish(mongo: Mongo, request_id: str) -> None:
    """Note that an approved correction was booked."""
    await mongo.update_one(ADJUSTMENTS, {"_id": request_id}, {"$unset": {"open_since": ""}})


async def reopen(mongo: Mongo, request: Request) -> None:
    """Let one wait again that was approved and could not be booked."""
    where = {"_id": request.id, "open_since": {"$exists": True}}
    values = {"status": AdjustmentStatus.WAITING.value, "waiting_since": request.asked_at}
    gone = dict.fromkeys(("open_since", "decided_by", "decided_at", "note"), "")
    await mongo.update_one(ADJUSTMENTS, where, {"$set": values, "$unset": gone})


async def left_open(mongo: Mongo, before: datetime, limit: int) -> Sequence[Request]:
    """Find those that were approved before an instant and not noted as booked."""
    where = {"open_since": {"$lt": before}}
    found = await mongo.find(ADJUSTMENTS, where, sort=[("open_since", 1)], limit=limit)
    return [from_document(document) for document in found]
