"""What members bought, as far as personal offers count it, in their own documents."""

from datetime import date, datetime

from loyalty.mongo import Document, Index, Mongo
from loyalty.offers.rules.history import History
from loyalty.states import STATES, Section

SECTION = "history"
INDEXES = [Index("history.due_at", name="members_to_win_back", sparse=True)]


def to_document(history: History) -> Document:
    """Write a history; what is empty is left out."""
    document: Document = {
        "counted": {
            rule: [[subject, *(day.isoformat() for day in days)] for subject, days in found.items()]
            for rule, found in history.counted.items()
            if found
        }
    }
    for name in ("cycles", "owed"):
        numbers = {rule: list(n.items()) for rule, n in getattr(history, name).items() if n}
        if numbers:
            document[name] = numbers
    if history.last_at is not None:
        document["last_at"] = history.last_at
    if history.won_back:
        document["won_back"] = sorted(history.won_back)
    if history.due_at is not None:
        document["due_at"] = history.due_at
    return document


def from_document(document: Document) -> History:
    """Read a history; nothing where nothing was ever counted."""
    counted = {
        rule: {subject: tuple(date.fromisoformat(day) for day in days) for subject, *days in found}
        for rule, found in document.get("counted", {}).items()
    }
    cycles, owed = (
        {rule: dict(found) for rule, found in document.get(name, {}).items()}
        for name in ("cycles", "owed")
    )
    called = frozenset(document.get("won_back", ()))
    return History(counted, cycles, owed, document.get("last_at"), called, document.get("due_at"))


HISTORY = Section(SECTION, from_document, to_document)


async def prepare(mongo: Mongo) -> None:
    """Create the indexes."""
    await mongo.create_indexes(STATES, INDEXES)


async def due_members(mongo: Mongo, now: datetime, limit: int) -> list[str]:
    """Find members who have not bought for so long that they are to be won back."""
    found = await mongo.find(STATES, {"history.due_at": {"$lte": now}}, {"_id": 1}, limit=limit)
    return [document["_id"] for document in found]
