"""What members tell of having done, and what staff say to it; a yes counts as the event."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from loyalty.challenges.rules.counting import Span
from loyalty.errors import BadInput, Refusal
from loyalty.values import value

TEXT_LIMIT = 500
REJECTED_SHOWN = 10


class SubmissionStatus(StrEnum):
    """Say where a submission stands."""

    WAITING = "WAITING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True)
class SubmissionsNotTaken(Refusal):
    """The challenge counts what the shop reports, and takes no submissions."""

    challenge: str


@dataclass(frozen=True, slots=True)
class SubmissionLimit(Refusal):
    """As many were submitted in this period as may be."""

    challenge: str
    limit: int


@dataclass(frozen=True, slots=True)
class SubmissionUnknown(Refusal):
    """There is no such submission, or it is long gone."""

    submission: str


@dataclass(frozen=True, slots=True)
class SubmissionDecided(Refusal):
    """Somebody approved or rejected it before."""

    submission: str
    status: str


@value
class Submission:
    """One thing a member tells of: a link, a text or both; `last` is its period's last local day.

    `reason` is what staff said to it.
    """

    id: str
    challenge: str
    period: str
    at: datetime
    url: str | None = None
    text: str | None = None
    status: SubmissionStatus = SubmissionStatus.WAITING
    decided_at: datetime | None = None
    reason: str | None = None
    last: date | None = None


def check(url: str | None, text: str | None) -> None:
    """Refuse what tells of nothing or is too long. Raises BadInput."""
    if not (url or "").strip() and not (text or "").strip():
        raise BadInput("a link, a text, or both", ("text",))
    for name, given in (("url", url), ("text", text)):
        if given is not None and len(given) > TEXT_LIMIT:
            raise BadInput(f"at most {TEXT_LIMIT} characters", (name,))
    if url is not None and not url.startswith(("https://", "http://")):
        raise BadInput("a link begins with https://", ("url",))


def taken(submissions: Iterable[Submission], challenge: str, period: str) -> int:
    """Count what takes a place in a period: everything that was not rejected."""
    return sum(
        (one.challenge, one.period) == (challenge, period)
        and one.status is not SubmissionStatus.REJECTED
        for one in submissions
    )


def still_shown(submissions: Iterable[Submission], today: date) -> tuple[Submission, ...]:
    """Forget those of periods long over, and all but the last of those rejected."""
    kept = [one for one in submissions if not Span(one.period, last=one.last).is_forgotten(today)]
    rejected = [one.id for one in kept if one.status is SubmissionStatus.REJECTED]
    gone = set(rejected[:-REJECTED_SHOWN])
    return tuple(one for one in kept if one.id not in gone)
