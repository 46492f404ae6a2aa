"""What members have of offers, in their own documents: the section, its indexes, its readers."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import date, datetime

from loyalty.mongo import Document, Index, Mongo
from loyalty.offers.rules import Held, HeldEnd, HeldState, Holding
from loyalty.states import STATES, Section, in_order_of

SECTION = "offers"
INDEXES = [
    in_order_of("offers.due_at", "offers_running_out"),
    Index("offers.helds.code", name="whose_code_it_is", sparse=True),
    Index("offers.helds.receipt", name="what_was_used_on_a_receipt", sparse=True),
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


async def owners_of(mongo: Mongo, codes: Sequence[str]) -> list[str]:
    """Find the members who have something with one of these codes."""
    found = await mongo.find(STATES, {"offers.helds.code": {"$in": list(codes)}}, {"_id": 1})
    return [document["_id"] for document in found]


async def own_codes(mongo: Mongo, codes: Sequence[str]) -> dict[str, str]:
    """Find which of these codes members have, with the offer of each."""
    where = {"offers.helds.code": {"$in": list(codes)}}
    found = await mongo.find(STATES, where, {"offers.helds.code": 1, "offers.helds.offer": 1})
    helds = [held for document in found for held in document["offers"]["helds"]]
    wanted = set(codes)
    return {held["code"]: held["offer"] for held in helds if held.get("code") in wanted}


async def used_on(mongo: Mongo, receipt: str) -> list[Held]:
    """Find what members used on a receipt."""
    found = await mongo.find(STATES, {"offers.helds.receipt": receipt}, {"offers.helds": 1})
    helds = [_held(held) for document in found for held in document["offers"]["helds"]]
    return [held for held in helds if held.receipt == receipt]
