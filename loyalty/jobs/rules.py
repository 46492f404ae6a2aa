"""When a job is due, due again, or given up; decides from values and writes nothing."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from loyalty.errors import Refusal
from loyalty.values import value

ATTEMPTS = 8  # in a row, over one hour and a half
FIRST_RETRY_SECONDS = 5
GROWTH = 3
LONGEST_RETRY_SECONDS = 3_600
LONGEST_RECURRING_RETRY_SECONDS = 60
JITTER_PERCENT = 25


class Status(StrEnum):
    """Where a job stands."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    DEAD = "DEAD"


@dataclass(frozen=True, slots=True)
class JobNotDead(Refusal):
    """Only a dead job is brought back or given up, and no dead one has this id."""

    job_id: str


@value
class Lease:
    """Who holds what is taken (an id used once), and for how long."""

    holder: str
    seconds: float = 60


@value
class Job:
    """Work that one worker at a time does, to its end.

    `due_at` is when it may be taken; of a job that runs, when its lease is over. `attempts` counts
    how often it was taken since it last came further, `fence` how often ever. One that `recurs` is
    never done and never dead.
    """

    id: str
    kind: str
    due_at: datetime | None
    data: Mapping[str, Any] = field(default_factory=dict)
    recurs: bool = False
    status: Status = Status.WAITING
    attempts: int = 0
    fence: int = 0
    holder: str | None = None
    error: str | None = None
    died_at: datetime | None = None


@value
class Tally:
    """How many jobs of a kind stand somewhere, how many of them failed last, and the oldest."""

    kind: str
    status: Status
    count: int
    failing: int
    oldest_due_at: datetime | None


@value
class Every:
    """Due again so many seconds after it was done."""

    seconds: int


@value
class Daily:
    """Due once on each local day, at a local time."""

    at: time


Schedule = Every | Daily


def next_run(schedule: Schedule, after: datetime, zone: ZoneInfo) -> datetime:
    """Give the first instant after `after` at which a schedule is due; runs missed are left out."""
    if isinstance(schedule, Every):
        return after + timedelta(seconds=schedule.seconds)
    today = after.replace(tzinfo=UTC).astimezone(zone).date()
    days = (today + timedelta(days=ahead) for ahead in range(4))
    runs = (_within(day, schedule.at, zone) for day in days)
    return next(at for at in runs if at is not None and at > after)


def _within(day: date, at: time, zone: ZoneInfo) -> datetime | None:
    """Give the instant of a local time; of a day that ends before it the last; of no day None."""
    begin, end = (at_local(day + timedelta(days=ahead), time(), zone) for ahead in (0, 1))
    if begin == end:  # as 30 December 2011 was in Samoa
        return None
    return min(at_local(day, at, zone), end - timedelta(milliseconds=1))


def at_local(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Give the instant (naive UTC) of a local time on a local day.

    A time that the day has twice is the first of them; one that it lacks is as long after the
    clocks went forward as it would have been: 02:30 is 03:30.
    """
    local = datetime.combine(day, at.replace(fold=0), zone)
    return local.astimezone(UTC).replace(tzinfo=None)


def is_spent(job: Job) -> bool:
    """Tell whether a job that was taken has no attempt left: its workers died of it."""
    return job.attempts > ATTEMPTS and not job.recurs


def retry_at(job: Job, now: datetime) -> datetime | None:
    """Give when a job that failed is tried again, later each time; None when it is given up."""
    if job.attempts >= ATTEMPTS and not job.recurs:
        return None
    longest = LONGEST_RECURRING_RETRY_SECONDS if job.recurs else LONGEST_RETRY_SECONDS
    waits = FIRST_RETRY_SECONDS * GROWTH ** min(max(job.attempts - 1, 0), ATTEMPTS)
    milliseconds = min(waits, longest) * (1_000 + _jitter(job))
    return now + timedelta(milliseconds=milliseconds)


def _jitter(job: Job) -> int:
    """Give 0 to 250 thousandths, so that what failed together is not tried together."""
    digest = hashlib.sha256(f"{job.id}:{job.attempts}".encode()).digest()
    return int.from_bytes(digest[:4]) % (10 * JITTER_PERCENT + 1)
