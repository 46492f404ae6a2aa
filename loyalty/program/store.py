"""The versions of the program in MongoDB."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from loyalty.mongo import Index, Mongo
from loyalty.program.rules import Program, VersionStatus

VERSIONS = "program_versions"

INDEXES = [
    Index(
        [("status", 1)],
        name="one_active_version",
        unique=True,
        partialFilterExpression={"status": VersionStatus.ACTIVE.value},
    )
]


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
    """Write a version as a document."""
    return {
        "_id": version.number,
        "status": version.status.value,
        "program": version.program.model_dump(mode="json"),
        "source": version.source,
        "created_at": version.created_at,
        "published_at": version.published_at,
    }


def from_document(document: Mapping[str, Any]) -> Version:
    """Read a version from its document."""
    return Version(
        number=document["_id"],
        status=VersionStatus(document["status"]),
        program=Program.model_validate(document["program"]),
        source=document["source"],
        created_at=document["created_at"],
        published_at=document["published_at"],
    )


async def prepare(mongo: Mongo) -> None:
    """Create the indexes."""
    await mongo.create_indexes(VERSIONS, INDEXES)


async def active_number(mongo: Mongo) -> int | None:
    """Read the number of the active version."""
    found = await mongo.find_one(VERSIONS, {"status": VersionStatus.ACTIVE.value}, {"_id": 1})
    return found["_id"] if found else None


async def read(mongo: Mongo, number: int) -> Version | None:
    """Read one version."""
    found = await mongo.find_one(VERSIONS, {"_id": number})
    return from_document(found) if found else None


async def read_all(mongo: Mongo) -> list[Version]:
    """Read every version, newest first."""
    return [from_document(d) for d in await mongo.find(VERSIONS, {}, sort=[("_id", -1)])]


async def insert(mongo: Mongo, version: Version) -> bool:
    """Add a version; False when another took its number first."""
    return not await mongo.insert_new(VERSIONS, [to_document(version)])


async def set_status(
    mongo: Mongo, number: int, status: VersionStatus, published_at: datetime | None = None
) -> bool:
    """Move a version to another status."""
    assign: dict[str, Any] = {"status": status.value}
    if published_at is not None:
        assign["published_at"] = published_at
    return bool(await mongo.update_one(VERSIONS, {"_id": number}, {"$set": assign}))
