"""The versions of the program in MongoDB, and the one pointer that says which is active."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from loyalty.mongo import Mongo
from loyalty.program.rules import Program, VersionStatus

VERSIONS = "program_versions"
POINTER = "program_active"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the program; `number` counts from 1, `source` is the text it was made from."""

    number: int
    status: VersionStatus
    program: Program
    source: str
    created_at: datetime
    published_at: datetime | None


def to_document(version: Version) -> dict[str, Any]:
    """Write a version as a document; which one is active is not its own to say."""
    return {
        "_id": version.number,
        "program": version.program.model_dump(mode="json"),
        "source": version.source,
        "created_at": version.created_at,
        "published_at": version.published_at,
    }


def from_document(document: Mapping[str, Any], active: int | None) -> Version:
    """Read a version from its document, knowing which one is active."""
    if document["_id"] == active:
        status = VersionStatus.ACTIVE
    else:
        status = VersionStatus.ARCHIVED if document["published_at"] else VersionStatus.DRAFT
    return Version(
        number=document["_id"],
        status=status,
        program=Program.model_validate(document["program"]),
        source=document["source"],
        created_at=document["created_at"],
        published_at=document["published_at"],
    )


async def active_number(mongo: Mongo) -> int | None:
    """Read the number of the active version."""
    found = await mongo.find_one(POINTER, {"_id": POINTER})
    return found["number"] if found else None


async def read(mongo: Mongo, number: int) -> Version | None:
    """Read one version."""
    found = await mongo.find_one(VERSIONS, {"_id": number})
    return from_document(found, await active_number(mongo)) if found else None


async def read_all(mongo: Mongo) -> list[Version]:
    """Read every version, newest first."""
    active = await active_number(mongo)
    found = await mongo.find(VERSIONS, {}, sort=[("_id", -1)])
    return [from_document(document, active) for document in found]


async def insert(mongo: Mongo, version: Version) -> bool:
    """Add a version; False when another took its number first."""
    return not await mongo.insert_new(VERSIONS, [to_document(version)])


async def set_active(mongo: Mongo, number: int, at: datetime) -> None:
    """Make a version the active one, in one write; the one before is archived by that alone."""
    await mongo.update_one(VERSIONS, {"_id": number}, {"$set": {"published_at": at}})
    await mongo.update_one(POINTER, {"_id": POINTER}, {"$set": {"number": number}}, upsert=True)
