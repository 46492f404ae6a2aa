"""Segments kept by name: one document each with its last versions; deleted, it has no name."""

from datetime import datetime
from typing import Any

from loyalty.mongo import Document, Index, Mongo
from loyalty.segments.rules import Segment, Version, dump, parse
from loyalty.segments.rules.saved import VERSIONS_KEPT
from loyalty.walks import Walk, keyset

SEGMENTS = "segments"
NEWEST_FIRST = [("changed_at", -1), ("_id", -1)]
INDEXES = [
    Index("named", name="one_segment_of_a_name", unique=True, sparse=True),
    Index(NEWEST_FIRST, name="segments_newest_first"),
]
THERE: Document = {"named": {"$exists": True}}


async def prepare(mongo: Mongo) -> None:
    """Create the indexes."""
    await mongo.create_indexes(SEGMENTS, INDEXES)


def _version(version: Version) -> Document:
    return {
        "number": version.number,
        "name": version.name,
        "definition": dump(version.definition),
        "written_at": version.written_at,
        "written_by": version.written_by,
    }


def _read(document: Document) -> Segment:
    versions = tuple(
        Version(**{**one, "definition": parse(one["definition"])}) for one in document["versions"]
    )
    return Segment(document["_id"], versions, document["created_at"])


def _named(version: Version) -> dict[str, Any]:
    """Give what tells names apart: their letters, not their capitals."""
    return {"named": version.name.casefold(), "changed_at": version.written_at}


async def insert(mongo: Mongo, segment: Segment) -> bool:
    """Keep a new segment; False where another has its name."""
    document = {
        "_id": segment.id,
        **_named(segment.now),
        "number": segment.now.number,
        "versions": [_version(segment.now)],
        "created_at": segment.created_at,
    }
    return not await mongo.insert_new(SEGMENTS, [document])


async def add(mongo: Mongo, segment_id: str, version: Version) -> bool:
    """Write a segment's next version, where the one before is its last; False for a taken name."""
    update = {
        "$set": {**_named(version), "number": version.number},
        "$push": {"versions": {"$each": [_version(version)], "$slice": -VERSIONS_KEPT}},
    }
    where = {"_id": segment_id, "number": version.number - 1, **THERE}
    return not await mongo.update_batch(SEGMENTS, [{"q": where, "u": update}])


async def delete(mongo: Mongo, segment_id: str, number: int, at: datetime) -> None:
    """Delete a segment that is of this version."""
    where = {"_id": segment_id, "number": number, **THERE}
    change = {"$unset": {"named": ""}, "$set": {"deleted_at": at}}
    await mongo.update_one(SEGMENTS, where, change)


async def find(mongo: Mongo, segment_id: str) -> Segment | None:
    """Read a segment, or None."""
    found = await mongo.find_one(SEGMENTS, {"_id": segment_id, **THERE})
    return _read(found) if found else None


async def newest(mongo: Mongo, walk: Walk[tuple[datetime, str]]) -> list[Segment]:
    """Read segments, the last changed first."""
    where, order = keyset(walk, NEWEST_FIRST)
    found = await mongo.find(SEGMENTS, {**THERE, **where}, sort=order, limit=walk.limit)
    return [_read(document) for document in found]
