"""What members have of offers, in their own documents: the section, its indexes, its readers."""

from dataclasses import fields
from datetime import date, datetime

from loyalty.mongo import Document, Index, Mongo
from loyalty.offers.rules import Held, HeldEnd, HeldState, Holding
from loyalty.states import STATES, Section

SECTION = "offers"
INDEXES = [
    Index("offers.due_at", name="offers_running_out", sparse=True),
    Index("offers.helds.code", name="whose_code_it_is", sparse=True),
]
_NAMES = tuple(field.name for field in fields(Held))


def to_document(holding: Holding) -> Document:
    """Write what a member has; what is empty is left out."""
    document: Document = {
        "issued": holding.issued,
        "helds": [_held_document(held) for held in holding.helds],
        "taken": {offer: dict(days) for offer, days in holding.taken.items()},
    }
    if holding.due_at is not None:
        document["due_at"] = holding.due_at
    return document


def _held_document(held: Held) -> Document:
    values = {name: getattr(held, name) for name in _NAMES}
    document = {name: value for name, value in values.items() if value not in (None, {})}
    document["state"] = held.state.value
    if held.ended_by is not None:
        document["ended_by"] = held.ended_by.value
    if held.claimed_on is not None:
        document["claimed_on"] = held.claimed_on.isoformat()
    return document


def from_document(document: Document) -> Holding:
    """Read what a member has; nothing where nothing was ever issued."""
    helds = tuple(_held(held) for held in document.get("helds", ()))
    return Holding(helds, document.get("taken", {}), document.get("issued", 0))


def _held(document: Document) -> Held:
    known = {name: value for name, value in document.items() if name in _NAMES}
    claimed_on = known.get("claimed_on")
    known["claimed_on"] = date.fromisoformat(claimed_on) if claimed_on else None
    ended_by = known.get("ended_by")
    known["ended_by"] = HeldEnd(ended_by) if ended_by else None
    return Held(**{**known, "state": HeldState(document["state"])})


HOLDING = Section(SECTION, from_document, to_document)


async def prepare(mongo: Mongo) -> None:
    """Create the indexes."""
    await mongo.create_indexes(STATES, INDEXES)


async def due_members(mongo: Mongo, now: datetime, limit: int) -> list[str]:
    """Find members with something that has run out."""
    found = await mongo.find(STATES, {"offers.due_at": {"$lte": now}}, {"_id": 1}, limit=limit)
    return [document["_id"] for document in found]


async def owners_of(mongo: Mongo, code: str) -> list[str]:
    """Find the members who have something with this code."""
    found = await mongo.find(STATES, {"offers.helds.code": code}, {"_id": 1}, limit=2)
    return [document["_id"] for document in found]
