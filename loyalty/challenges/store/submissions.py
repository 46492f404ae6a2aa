"""Submissions as staff see them: a copy of what is in the members' states, to be listed."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime

from loyalty.challenges.rules import Submission, SubmissionStatus
from loyalty.challenges.store import efforts
from loyalty.mongo import Document, Index, Mongo
from loyalty.walks import Walk, keyset

SUBMISSIONS = "submissions"

OLDEST_FIRST = [("at", 1), ("_id", 1)]
INDEXES = [
    Index([("status", 1), *OLDEST_FIRST], name="submissions_waiting_longest_first"),
]

_OWN = tuple(field.name for field in fields(Submission))

Listed = tuple[str, Submission]
"""Whose, and what."""


async def prepare(mongo: Mongo) -> None:
    """Create the indexes."""
    await mongo.create_indexes(SUBMISSIONS, INDEXES)


async def copy(mongo: Mongo, member_id: str, told: Document) -> None:
    """Copy a submission; one that was decided is never made to wait again."""
    document = {**told, "_id": told["id"], "member": member_id}
    if told["status"] == SubmissionStatus.WAITING.value:
        await mongo.insert_new(SUBMISSIONS, [document])
    else:
        await mongo.update_one(SUBMISSIONS, {"_id": told["id"]}, {"$set": document}, upsert=True)


async def find(mongo: Mongo, submission_id: str) -> Submission | None:
    """Read one, or None."""
    found = await mongo.find_one(SUBMISSIONS, {"_id": submission_id})
    return _read(found) if found else None


async def walk(
    mongo: Mongo, status: SubmissionStatus, asked: Walk[tuple[datetime, str]]
) -> Sequence[Listed]:
    """List submissions of a status, oldest first."""
    where, order = keyset(asked, OLDEST_FIRST)
    wanted = {"status": status.value, **where}
    found = await mongo.find(SUBMISSIONS, wanted, sort=order, limit=asked.limit)
    return [(document["member"], _read(document)) for document in found]


def _read(document: Document) -> Submission:
    """Read the submission in a row, which also says whose it is and who decided."""
    return efforts.submission({name: document[name] for name in _OWN if name in document})
