"""Challenges in a member's state: the section and how it is written."""

from datetime import date
from typing import Any

from loyalty.challenges.rules import (
    Achievement,
    Efforts,
    Participation,
    Progress,
    Submission,
    SubmissionStatus,
)
from loyalty.mongo import Document
from loyalty.states import Section


def to_document(efforts: Efforts) -> Document:
    """Write the section; what is empty is left out."""
    document: Document = {
        "parts": {name: _part_document(part) for name, part in efforts.parts.items()},
        "achievements": [
            {
                "challenge": one.challenge,
                "level": one.level,
                "times": one.times,
                "first_at": one.first_at,
                "last_at": one.last_at,
            }
            for one in efforts.achievements
        ],
        "submissions": [submission_document(one) for one in efforts.submissions],
    }
    return _filled(document)


def _part_document(part: Participation) -> Document:
    periods = {key: _progress_document(progress) for key, progress in part.periods.items()}
    return _filled({"joined_at": part.joined_at, "periods": periods, "alias": part.alias})


def _progress_document(progress: Progress) -> Document:
    """Write one period; names of things told apart may be any text, so they are no fields."""
    document: Document = {
        "count": progress.count,
        "seen": [[key, times] for key, times in progress.seen.items()],
        "given": dict(progress.given),
        "completed_at": progress.completed_at,
        "last": _day_text(progress.last),
    }
    return _filled(document)


def submission_document(one: Submission) -> Document:
    """Write a submission."""
    document: Document = {
        "id": one.id,
        "challenge": one.challenge,
        "period": one.period,
        "at": one.at,
        "url": one.url,
        "text": one.text,
        "status": one.status.value,
        "decided_at": one.decided_at,
        "reason": one.reason,
        "last": _day_text(one.last),
    }
    return _filled(document)


def _filled(document: Document) -> Document:
    return {name: value for name, value in document.items() if value or value == ""}


def _day_text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def from_document(document: Document) -> Efforts:
    """Read the section; empty where the member did nothing about challenges."""
    return Efforts(
        parts={name: _part(part) for name, part in document.get("parts", {}).items()},
        achievements=tuple(Achievement(**one) for one in document.get("achievements", ())),
        submissions=tuple(submission(one) for one in document.get("submissions", ())),
    )


def _part(document: Document) -> Participation:
    periods = {key: _progress(period) for key, period in document.get("periods", {}).items()}
    return Participation(document.get("joined_at"), periods, document.get("alias"))


def _progress(document: Document) -> Progress:
    return Progress(
        count=document.get("count", 0),
        seen=dict(document.get("seen", ())),
        given=document.get("given", {}),
        completed_at=document.get("completed_at"),
        last=_day(document.get("last")),
    )


def submission(document: Document) -> Submission:
    """Read a submission."""
    known: dict[str, Any] = dict(document)
    known |= {"status": SubmissionStatus(document["status"]), "last": _day(document.get("last"))}
    return Submission(**known)


EFFORTS = Section("challenges", from_document, to_document)
