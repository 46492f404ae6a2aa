"""One document for each activity and refund ever reported, unique for ever; open until noted."""

import re
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime

from loyalty.activities.rules import Refund, RefundLine
from loyalty.claims import Claim
from loyalty.mongo import Document, Index, Mongo
from loyalty.program import Activity, Event, Line, Purchase, Visit
from loyalty.states import STATES, in_order_of
from loyalty.values import value
from loyalty.walks import Walk, keyset

ACTIVITIES = "activities"
LINE_FIELDS = tuple(part.name for part in fields(Line) if part.name != "flags")

_OF_ALL = ("source", "occurred_at", "store", "channel")
_OF_A_PURCHASE = ("money", "total", "shipping", "points_payment", "redemption", "payment_method")
_ENTRY_ID = re.compile(r"ent_(\w+)_(\d{1,10})_(\d{1,10})", re.ASCII)

STATE_INDEXES = [in_order_of("profile.birthday", "birthdays_of_a_day")]
NEWEST_FIRST = [("occurred_at", -1), ("_id", -1)]
INDEXES = [
    Index("open_since", name="activities_to_finish", sparse=True),
    Index("redemption", name="purchases_by_what_paid", sparse=True),
    Index("store", name="activities_by_store", sparse=True),
    Index([("member", 1), *NEWEST_FIRST], name="activities_of_a_member_newest_first"),
]


def activity_id(activity: Activity) -> str:
    """Give the `_id` of an activity: what it is, who reported it, and its id there."""
    return f"{kind_of(activity)}:{activity.source}:{activity.id}"


def kind_of(activity: Activity) -> str:
    """Name what an activity is."""
    match activity:
        case Purchase():
            return "purchase"
        case Visit():
            return "visit"
        case Event():
            return "event"


def to_document(activity: Activity) -> Document:
    """Write an activity; what is empty is left out.

    A field that came later is left out where it has its default, so that reports of before keep
    their fingerprints.
    """
    document: Document = {
        "_id": activity_id(activity),
        "kind": kind_of(activity),
        "source": activity.source,
        "activity_id": activity.id,
        "member": activity.member_id,
        "occurred_at": activity.occurred_at,
        "store": activity.store,
        "channel": activity.channel,
    }
    match activity:
        case Purchase():
            document |= {
                "money": activity.money,
                "total": activity.total,
                "lines": [_line_document(line) for line in activity.lines],
                "shipping": activity.shipping,
                "points_payment": activity.points_payment,
                "redemption": activity.redemption,
                "payment_method": activity.payment_method,
            }
        case Event():
            quantity = activity.quantity if activity.quantity != 1 else None
            document |= {"event": activity.kind, "quantity": quantity}
    return {name: value for name, value in document.items() if value is not None}


def _line_document(line: Line) -> Document:
    document: Document = {
        name: value for name in LINE_FIELDS if (value := getattr(line, name)) is not None
    }
    if line.flags:
        document["flags"] = list(line.flags)
    return document


def from_document(document: Document) -> Activity:
    """Read an activity."""
    body = {name: document[name] for name in _OF_ALL if name in document}
    body |= {"id": document["activity_id"], "member_id": document["member"]}
    match document["kind"]:
        case "visit":
            return Visit(**body)
        case "event":
            return Event(kind=document["event"], quantity=document.get("quantity", 1), **body)
    return purchase_from_document(document)


def purchase_from_document(document: Document) -> Purchase:
    """Read a purchase."""
    body = {name: document[name] for name in (*_OF_ALL, *_OF_A_PURCHASE) if name in document}
    body |= {"id": document["activity_id"], "member_id": document["member"]}
    return Purchase(lines=tuple(_line(line) for line in document["lines"]), **body)


def _line(document: Document) -> Line:
    return Line(**{**document, "flags": tuple(document.get("flags", ()))})


def claim(document: Document, input_hash: str, key: str, now: datetime) -> Claim:
    """Claim an activity's id for its member and input; open until its record is noted on it."""
    return Claim(ACTIVITIES, document | {"input": input_hash, "key": key, "open_since": now})


def refund_id(refund: Refund) -> str:
    """Give the `_id` of a refund."""
    return f"refund:{refund.source}:{refund.id}"


def refund_document(refund: Refund, member_id: str) -> Document:
    """Write a refund; what is empty is left out."""
    document: Document = {
        "_id": refund_id(refund),
        "kind": "refund",
        "source": refund.source,
        "activity_id": refund.id,
        "member": member_id,
        "occurred_at": refund.occurred_at,
        "purchase": purchase_id(refund.purchase_source, refund.purchase_id),
        "of": {"source": refund.purchase_source, "id": refund.purchase_id},
        "lines": [[line.index, line.quantity, line.amount] for line in refund.lines],
        "amount": refund.amount,
        "money": refund.money,
    }
    return {name: value for name, value in document.items() if value is not None}


def refund_from_document(document: Document) -> Refund:
    """Read a refund."""
    return Refund(
        source=document["source"],
        id=document["activity_id"],
        occurred_at=document["occurred_at"],
        purchase_source=document["of"]["source"],
        purchase_id=document["of"]["id"],
        money=document.get("money"),
        member_id=document["member"],
        lines=tuple(RefundLine(*line) for line in document["lines"]),
        amount=document.get("amount"),
    )


def purchase_id(source: str, order: str) -> str:
    """Give the `_id` of a purchase."""
    return f"purchase:{source}:{order}"


def entry_place(member_id: str, entry_id: str) -> tuple[int, int] | None:
    """Give the position just after an entry of a member; None for the id of anything else."""
    found = _ENTRY_ID.fullmatch(entry_id)
    if found is None or f"mbr_{found[1]}" != member_id:
        return None
    return int(found[2]), int(found[3]) + 1


async def find_claim(mongo: Mongo, claimed: str) -> Document | None:
    """Read an activity as it was claimed, by its `_id`."""
    return await mongo.find_one(ACTIVITIES, {"_id": claimed})


async def paid_with(mongo: Mongo, entry_id: str) -> list[Document]:
    """Read the claims of purchases that name an entry as what paid."""
    named = {"redemption": entry_id}
    return await mongo.find(ACTIVITIES, named, {"key": 1, "source": 1, "activity_id": 1})


async def prepare(mongo: Mongo) -> None:
    """Create the indexes."""
    await mongo.create_indexes(ACTIVITIES, INDEXES)
    await mongo.create_indexes(STATES, STATE_INDEXES)


@value
class Birthday:
    """A birthday: the days of birth it is of (`MM-DD`), its year, and the instant its day ends."""

    days: Sequence[str]
    year: int
    ends_at: datetime


async def unsung(mongo: Mongo, birthday: Birthday, limit: int) -> list[str]:
    """Find active members, enrolled before a birthday ends, for whom it is not recorded yet."""
    where = {
        "profile.birthday": {"$in": list(birthday.days)},
        "profile.status": "ACTIVE",
        "profile.enrolled_at": {"$lt": birthday.ends_at},
        "activity.birthday": {"$not": {"$gte": birthday.year}},
    }
    found = await mongo.find(STATES, where, {"_id": 1}, limit=limit)
    return [document["_id"] for document in found]


async def of_member(
    mongo: Mongo, member_id: str, walk: Walk[tuple[datetime, str]], where: Document
) -> list[Document]:
    """Read a member's activities, newest first, where they are as asked."""
    beyond, order = keyset(walk, NEWEST_FIRST)
    wanted = {"member": member_id, "refused": {"$exists": False}, **where, **beyond}
    return await mongo.find(ACTIVITIES, wanted, sort=order, limit=walk.limit)
