"""The versions of the program in MongoDB, and the one list of activations that says which rules.

A version is written once and never changed. The list is one document: whose activation is its
last is active, whoever is in it otherwise is archived, and the rest are drafts; so what puts a
version in force is one write.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from loyalty.mongo import Document, Mongo
from loyalty.program.rules import Program, VersionStatus
from loyalty.walks import Walk

VERSIONS = "program_versions"
POINTER = "program_active"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the program; `number` counts from 1, `source` is the text it was made from.

    `published_at` is when it was first put in force, `activated_at` when it last was.
    """

    number: int
    status: VersionStatus
    program: Program
    source: str
    created_at: datetime
    published_at: datetime | None = None
    activated_at: datetime | None = None


def to_document(version: Version) -> Document:
    """Write a version as a document; where it stands in its life is not its own to say."""
    return {
        "_id": version.number,
        "program": version.program.model_dump(mode="json"),
        "source": version.source,
        "created_at": version.created_at,
    }


def from_document(document: Document, activations: Sequence[Mapping[str, Any]]) -> Version:
    """Read a version from its document, knowing every activation, oldest first."""
    number = document["_id"]
    mine = [activation["at"] for activation in activations if activation["number"] == number]
    status = VersionStatus.ARCHIVED if mine else VersionStatus.DRAFT
    if activations and activations[-1]["number"] == number:
        status = VersionStatus.ACTIVE
    return Version(
        number=number,
        status=status,
        program=Program.model_validate(document["program"]),
        source=document["source"],
        created_at=document["created_at"],
        published_at=mine[0] if mine else None,
        activated_at=mine[-1] if mine else None,
    )


async def active_number(mongo: Mongo) -> int | None:
    """Read the number of the active version."""
    newest = {"activations": {"$slice": -1}}
    found = await mongo.find_one(POINTER, {"_id": POINTER}, newest)
    return found["activations"][0]["number"] if found else None


async def read(mongo: Mongo, number: int) -> Version | None:
    """Read one version."""
    found = await mongo.find_one(VERSIONS, {"_id": number})
    return from_document(found, await _activations(mongo)) if found else None


async def read_all(mongo: Mongo, *, after: int = 0) -> list[Version]:
    """Read every version with a number above `after`, newest first."""
    activations = await _activations(mongo)
    found = await mongo.find(VERSIONS, {"_id": {"$gt": after}}, sort=[("_id", -1)])
    return [from_document(document, activations) for document in found]


async def read_some(mongo: Mongo, walk: Walk[int]) -> list[Version]:
    """Read versions, newest first."""
    activations = await _activations(mongo)
    beyond = {} if walk.place is None else {"_id": {"$gt" if walk.back else "$lt": walk.place}}
    order = [("_id", 1 if walk.back else -1)]
    found = await mongo.find(VERSIONS, beyond, sort=order, limit=walk.limit)
    return [from_document(document, activations) for document in found]


async def _activations(mongo: Mongo) -> list[Document]:
    found = await mongo.find_one(POINTER, {"_id": POINTER})
    return found["activations"] if found else []


async def insert(mongo: Mongo, version: Version) -> bool:
    """Add a version; False when another took its number first."""
    return not await mongo.insert_new(VERSIONS, [to_document(version)])


async def activate(mongo: Mongo, number: int, at: datetime) -> Version | None:
    """Make a version the active one, unless it is already; None when there is no such version.

    The version is as this write left it, whatever is put in force next.
    """
    document = await mongo.find_one(VERSIONS, {"_id": number})
    if document is None:
        return None
    before = {"$ifNull": ["$activations", []]}
    after = {"$concatArrays": [before, [{"number": number, "at": at}]]}
    is_active = {"$eq": [{"$last": "$activations.number"}, number]}
    change = {"$set": {"activations": {"$cond": [is_active, "$activations", after]}}}
    pointer = await mongo.find_one_and_update(POINTER, {"_id": POINTER}, [change], upsert=True)
    return from_document(document, pointer["activations"] if pointer else [])
