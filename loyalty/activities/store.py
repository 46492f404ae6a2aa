"""Activities in MongoDB: one document for each purchase or event ever reported, unique for ever."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from loyalty.activities.rules import Event, Line, Purchase
from loyalty.group_commit import Claim
from loyalty.mongo import Document, Index, Mongo
from loyalty.states import State

ACTIVITIES = "activities"
SECTION = "activity"

INDEXES = [
    Index("open_since", name="activities_to_finish", sparse=True),
    Index([("member", 1), ("occurred_at", -1)], name="activities_of_a_member"),
]


def activity_id(kind: str, source: str, id: str) -> str:
    """Give the `_id` of an activity."""
    return f"{kind}:{source}:{id}"


def to_document(activity: Purchase | Event) -> Document:
    """Write an activity; what is empty is left out."""
    body = {name: value for name, value in asdict(activity).items() if value not in (None, ())}
    kind = "purchase" if isinstance(activity, Purchase) else "event"
    if isinstance(activity, Event):
        body["event"] = body.pop("kind")
    else:
        body["lines"] = [_line_document(line) for line in activity.lines]
    body["activity_id"] = body.pop("id")
    body["member"] = body.pop("member_id")
    return {"_id": activity_id(kind, activity.source, activity.id), "kind": kind, **body}


def _line_document(line: Line) -> Document:
    return {name: value for name, value in asdict(line).items() if value is not None}


def from_document(document: Document) -> Purchase | Event:
    """Read an activity."""
    names = ("source", "occurred_at", "store", "channel")
    body = {name: document[name] for name in names if name in document}
    body |= {"id": document["activity_id"], "member_id": document["member"]}
    if document["kind"] == "event":
        return Event(kind=document["event"], **body)
    more = ("money", "total", "shipping", "points_payment", "payment_method")
    body |= {name: document[name] for name in more if name in document}
    return Purchase(lines=tuple(Line(**line) for line in document["lines"]), **body)


def claim(activity: Purchase | Event, input_hash: str, key: str, now: datetime) -> Claim:
    """Claim an activity's id for its member and input; open until its record is noted on it."""
    document = to_document(activity) | {"input": input_hash, "key": key, "open_since": now}
    return Claim(ACTIVITIES, document)


def counters_after(state: State, purchase: Purchase, spent: int) -> Document:
    """Count a purchase: how many, how much (minor units), first and last."""
    before = state.section(SECTION) or {}
    at = purchase.occurred_at
    return {
        "purchases": before.get("purchases", 0) + 1,
        "spend": before.get("spend", 0) + spent,
        "first_at": min(before.get("first_at", at), at),
        "last_at": max(before.get("last_at", at), at),
    }


async def prepare(mongo: Mongo) -> None:
    """Create the indexes."""
    await mongo.create_indexes(ACTIVITIES, INDEXES)


async def left_open(mongo: Mongo, before: datetime, limit: int) -> list[Document]:
    """Find activities whose commit was not noted since before an instant."""
    filter = {"open_since": {"$lt": before}}
    return await mongo.find(ACTIVITIES, filter, sort=[("open_since", 1)], limit=limit)


async def set_aside(mongo: Mongo, ids: Sequence[str], code: str) -> None:
    """Note that the rules refused activities when they were finished, and stop trying."""
    change = {"$set": {"refused": code}, "$unset": {"open_since": ""}}
    await mongo.update_many(ACTIVITIES, {"_id": {"$in": list(ids)}}, change)
