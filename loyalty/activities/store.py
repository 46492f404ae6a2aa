"""Activities in MongoDB: one document for each purchase or event ever reported, unique for ever."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime

from loyalty.claims import Claim
from loyalty.mongo import Document, Index, Mongo
from loyalty.program import Activity, Event, Line, Purchase, Visit
from loyalty.states import Section

ACTIVITIES = "activities"
COUNTERS: Section[Document] = Section("activity", dict, dict)
LINE_FIELDS = tuple(field.name for field in fields(Line) if field.name != "flags")

INDEXES = [
    Index("open_since", name="activities_to_finish", sparse=True),
    Index([("member", 1), ("_id", 1)], name="activities_of_a_member"),
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
                "payment_method": activity.payment_method,
            }
        case Event():
            quantity = activity.quantity if activity.quantity != 1 else None
            document |= {"event": activity.kind, "quantity": quantity}
    return {name: value for name, value in document.items() if value is not None}


def _line_document(line: Line) -> Document:
    values = {name: getattr(line, name) for name in LINE_FIELDS}
    if line.flags:
        values["flags"] = list(line.flags)
    return {name: value for name, value in values.items() if value is not None}


def from_document(document: Document) -> Activity:
    """Read an activity."""
    names = ("source", "occurred_at", "store", "channel")
    body = {name: document[name] for name in names if name in document}
    body |= {"id": document["activity_id"], "member_id": document["member"]}
    match document["kind"]:
        case "visit":
            return Visit(**body)
        case "event":
            return Event(kind=document["event"], quantity=document.get("quantity", 1), **body)
    more = ("money", "total", "shipping", "points_payment", "payment_method")
    body |= {name: document[name] for name in more if name in document}
    return Purchase(lines=tuple(_line(line) for line in document["lines"]), **body)


def _line(document: Document) -> Line:
    return Line(**{**document, "flags": tuple(document.get("flags", ()))})


def claim(document: Document, input_hash: str, key: str, now: datetime) -> Claim:
    """Claim an activity's id for its member and input; open until its record is noted on it."""
    return Claim(ACTIVITIES, document | {"input": input_hash, "key": key, "open_since": now})


def with_purchase(before: Document, purchase: Purchase, spent: int) -> Document:
    """Count a purchase: how many, how much (minor units), first and last."""
    at = purchase.occurred_at
    return {
        **before,
        "purchases": before.get("purchases", 0) + 1,
        "spend": before.get("spend", 0) + spent,
        "first_at": min(before.get("first_at", at), at),
        "last_at": max(before.get("last_at", at), at),
    }


def with_visit(before: Document, counted_at: Sequence[datetime]) -> Document:
    """Count a visit: how many, and when the last ones were."""
    return {**before, "visits": before.get("visits", 0) + 1, "visited_at": list(counted_at)}


async def prepare(mongo: Mongo) -> None:
    """Create the indexes."""
    await mongo.create_indexes(ACTIVITIES, INDEXES)


async def left_open(mongo: Mongo, before: datetime, limit: int) -> list[Document]:
    """Find activities whose commit was not noted since before an instant."""
    where = {"open_since": {"$lt": before}}
    return await mongo.find(ACTIVITIES, where, sort=[("open_since", 1)], limit=limit)


async def set_aside(mongo: Mongo, ids: Sequence[str], code: str) -> None:
    """Note that the rules refused activities when they were finished, and stop trying."""
    change = {"$set": {"refused": code}, "$unset": {"open_since": ""}}
    await mongo.update_many(ACTIVITIES, {"_id": {"$in": list(ids)}}, change)
