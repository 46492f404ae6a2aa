"""The inbox: what members did about what was sent to them, and when that can have been; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from loyalty.errors import BadInput

TOLD_AT_ONCE = 100
UNREAD_COUNTED = 100
LONGEST_KEPT_DAYS = 730


class Deed(StrEnum):
    """Say what a member did about a message; who followed one has opened it."""

    OPENED = "OPENED"
    CLICKED = "CLICKED"


@dataclass(frozen=True, slots=True)
class Told:
    """What the app tells of one message: which, and when it was; None for just now."""

    message_id: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many members were sent a message, opened it, followed it, and used its offer."""

    sent: int = 0
    opened: int = 0
    clicked: int = 0
    redeemed: int = 0


def check_told(told: Sequence[Told]) -> None:
    """Refuse nothing at all, or too much at once. Raises BadInput."""
    if not 1 <= len(told) <= TOLD_AT_ONCE:
        raise BadInput(f"tell of 1 to {TOLD_AT_ONCE} messages", ("messages",))


def plausible(told_at: datetime | None, sent_at: datetime, now: datetime) -> datetime:
    """Give when something was done: not before it was sent, nor after now, by whatever clock."""
    return now if told_at is None else max(sent_at, min(told_at, now))


def kept_since(now: datetime, inbox_days: int) -> datetime:
    """Give the instant since which messages are kept to be read."""
    return now - timedelta(days=inbox_days)
