"""Jobs in MongoDB: one document each; whoever holds one writes only under its fencing number."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from loyalty.jobs import rules
from loyalty.jobs.rules import Job, Lease, Status, Tally
from loyalty.mongo import BY_ID, Document, Index, Mongo
from loyalty.walks import Walk, keyset

JOBS = "jobs"
KEPT_DAYS = 7
ERROR_LIMIT = 500
DUE_FIRST = [("due_at", 1), ("_id", 1)]
NEWEST_DEAD_FIRST = [("died_at", -1), ("_id", -1)]
DEAD: Document = {"died_at": {"$exists": True}}
INDEXES = [
    Index(
        [("kind", 1), ("due_at", 1)],
        name="jobs_to_take_next",
        partialFilterExpression={"due_at": {"$exists": True}},
    ),
    Index(NEWEST_DEAD_FIRST, name="dead_jobs", partialFilterExpression=DEAD),
    Index("done_at", name="done_jobs_are_forgotten", expireAfterSeconds=KEPT_DAYS * 86_400),
]
_OF_ONE_HOLD = dict.fromkeys(("holder", "error"), "")


def to_document(job: Job) -> Document:
    """Write a job that nobody has taken yet."""
    return {
        "_id": job.id,
        "kind": job.kind,
        "status": Status.WAITING.value,
        "due_at": job.due_at,
        "data": dict(job.data),
        "recurs": job.recurs,
        "attempts": 0,
        "fence": 0,
    }


def from_document(document: Document) -> Job:
    """Read a job."""
    return Job(
        document["_id"],
        document["kind"],
        document.get("due_at"),
        document.get("data", {}),
        document["recurs"],
        Status(document["status"]),
        document["attempts"],
        document["fence"],
        document.get("holder"),
        document.get("error"),
        document.get("died_at"),
    )


async def prepare(mongo: Mongo) -> None:
    """Create the indexes."""
    await mongo.create_indexes(JOBS, INDEXES)


async def enqueue(mongo: Mongo, jobs: Sequence[Job]) -> int:
    """Add jobs; return how many are new. An id that is there, or was within a week, is left."""
    return len(jobs) - len(await mongo.insert_new(JOBS, [to_document(job) for job in jobs]))


async def begin_recurring(mongo: Mongo, jobs: Sequence[Job]) -> int:
    """Add the recurring jobs that are not there yet, and count them."""
    there = await mongo.find(JOBS, {"_id": {"$in": [job.id for job in jobs]}}, {"_id": 1})
    known = {document["_id"] for document in there}
    return await enqueue(mongo, [job for job in jobs if job.id not in known])


async def take(
    mongo: Mongo, kinds: Collection[str], now: datetime, lease: Lease, limit: int
) -> list[Job]:
    """Lease up to `limit` jobs that are due, the oldest first; those not renewed go to others."""
    due = {"due_at": {"$lte": now}}
    of_kinds = {"kind": {"$in": sorted(kinds)}, **due}
    found = await mongo.find(JOBS, of_kinds, {"_id": 1}, sort=[("due_at", 1)], limit=limit)
    if not found:
        return []
    ids = {"$in": [job["_id"] for job in found]}
    hold = {
        "status": Status.RUNNING.value,
        "holder": lease.holder,
        "due_at": now + timedelta(seconds=lease.seconds),
    }
    taking = {"$set": hold, "$inc": {"attempts": 1, "fence": 1}}
    await mongo.update_many(JOBS, {"_id": ids, **due}, taking, BY_ID)
    mine = await mongo.find(JOBS, {"_id": ids, "holder": lease.holder})
    return [from_document(document) for document in mine]


async def renew(mongo: Mongo, job: Job, until: datetime) -> bool:
    """Keep a job for longer; False when it is another's."""
    return await _settle(mongo, job, {"$set": {"due_at": until}})


async def progress(mongo: Mongo, job: Job, data: Document) -> bool:
    """Keep how far a job has come, which starts its attempts anew; False when it is another's."""
    return await _settle(mongo, job, {"$set": {"data": data, "attempts": 1}})


async def finish(mongo: Mongo, job: Job, now: datetime) -> bool:
    """Note that a job is done; what it was about is forgotten. False when it is another's."""
    gone = {"due_at": "", "data": "", **_OF_ONE_HOLD}
    return await _settle(
        mongo, job, {"$set": {"status": Status.DONE.value, "done_at": now}, "$unset": gone}
    )


async def again(mongo: Mongo, job: Job, due_at: datetime) -> bool:
    """Let a job go on later, as if it had never been tried; False when it is another's."""
    waits = {"status": Status.WAITING.value, "due_at": due_at, "attempts": 0}
    return await _settle(mongo, job, {"$set": waits, "$unset": _OF_ONE_HOLD})


async def fail(mongo: Mongo, job: Job, error: str, now: datetime) -> Status | None:
    """Let a job that failed be tried again later, or be dead; None when it is another's."""
    due_at = rules.retry_at(job, now)
    if due_at is None:
        return Status.DEAD if await _settle(mongo, job, _dead(error, now)) else None
    waits = {"status": Status.WAITING.value, "due_at": due_at, "error": _kept(error)}
    failed = await _settle(mongo, job, {"$set": waits, "$unset": {"holder": ""}})
    return Status.WAITING if failed else None


def _dead(error: str, now: datetime) -> Document:
    dead = {"status": Status.DEAD.value, "error": _kept(error), "died_at": now}
    return {"$set": dead, "$unset": {"due_at": "", "holder": ""}}


def _kept(error: str) -> str:
    """Shorten what went wrong, and leave out what is no text: the job has to be settled."""
    return error[:ERROR_LIMIT].encode(errors="replace").decode()


async def _settle(mongo: Mongo, job: Job, update: Document) -> bool:
    """Write what its holder says of a job, unless it was taken by another since."""
    held = {"_id": job.id, "fence": job.fence, "holder": job.holder}
    return await mongo.update_one(JOBS, held, update) == 1


async def find(mongo: Mongo, job_id: str) -> Job | None:
    """Read a job, or None."""
    found = await mongo.find_one(JOBS, {"_id": job_id})
    return from_document(found) if found else None


async def left(mongo: Mongo, prefix: str) -> int:
    """Count the jobs that are not done, the dead among them, and whose ids begin with `prefix`."""
    undone = {"status": {"$ne": Status.DONE.value}}
    return await mongo.count(JOBS, {**_begins_with(prefix), **undone})


async def release(mongo: Mongo, prefix: str, due_at: datetime) -> int:
    """Let the waiting jobs whose ids begin with `prefix` be due at an instant; count them."""
    waiting = {**_begins_with(prefix), "status": Status.WAITING.value}
    return await mongo.update_many(JOBS, waiting, {"$set": {"due_at": due_at}})


def _begins_with(prefix: str) -> Document:
    """Match ids, which are read by their index from the prefix up to the text after all of it."""
    return {"_id": {"$gte": prefix, "$lt": prefix + "\U0010ffff"}}


async def undone(
    mongo: Mongo, kinds: Collection[str], walk: Walk[tuple[datetime, str]]
) -> list[Job]:
    """List jobs of these kinds that wait or run, those due first, first."""
    further, order = keyset(walk, DUE_FIRST)
    where = {"kind": {"$in": sorted(kinds)}, "due_at": {"$exists": True}, **further}
    found = await mongo.find(JOBS, where, sort=order, limit=walk.limit)
    return [from_document(document) for document in found]


async def dead(
    mongo: Mongo, walk: Walk[tuple[datetime, str]], kind: str | None = None
) -> list[Job]:
    """List the dead jobs, or those of one kind, newest first."""
    further, order = keyset(walk, NEWEST_DEAD_FIRST)
    where = {**DEAD, **further, **({"kind": kind} if kind else {})}
    found = await mongo.find(JOBS, where, sort=order, limit=walk.limit)
    return [from_document(document) for document in found]


async def count_dead(mongo: Mongo, prefix: str = "") -> int:
    """Count the dead jobs, by their index; or those whose ids begin with `prefix`."""
    return await mongo.count(JOBS, {**DEAD, **_begins_with(prefix)} if prefix else DEAD)


async def bring_back(mongo: Mongo, job_id: str, by: str, now: datetime) -> Job | None:
    """Let a dead job be tried again, with all its attempts; None when there is no such one."""
    waits = {"status": Status.WAITING.value, "due_at": now, "attempts": 0, "retried_by": by}
    return await _revive(mongo, job_id, {"$set": waits, "$unset": {"died_at": ""}})


async def give_up(mongo: Mongo, job_id: str, by: str, now: datetime) -> Job | None:
    """Count a dead job as done, which forgets it in a week; None when there is no such one."""
    done = {"status": Status.DONE.value, "done_at": now, "given_up_by": by}
    return await _revive(mongo, job_id, {"$set": done, "$unset": {"died_at": "", "data": ""}})


async def _revive(mongo: Mongo, job_id: str, update: Document) -> Job | None:
    found = await mongo.find_one_and_update(JOBS, {"_id": job_id, **DEAD}, update)
    return from_document(found) if found else None


async def tallies(mongo: Mongo, kinds: Collection[str]) -> list[Tally]:
    """Count the jobs of these kinds that are not done, by kind and where they stand."""
    is_failing = {"$cond": [{"$gt": ["$error", None]}, 1, 0]}
    counted: dict[str, Any] = {
        "_id": {"kind": "$kind", "status": "$status"},
        "count": {"$sum": 1},
        "failing": {"$sum": is_failing},
        "oldest": {"$min": "$due_at"},
    }
    of_kinds = {"kind": {"$in": sorted(kinds)}}
    undone = {"$or": [{**of_kinds, "due_at": {"$exists": True}}, {**of_kinds, **DEAD}]}
    found = await mongo.aggregate(JOBS, [{"$match": undone}, {"$group": counted}])
    return [
        Tally(
            one["_id"]["kind"],
            Status(one["_id"]["status"]),
            one["count"],
            one["failing"],
            one["oldest"],
        )
        for one in found
    ]
