"""The inbox: what members did about what was sent to them, and when that can have been; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from loyalty.errors import BadInput
from loyalty.push.rules.deliveries import DeliveryStatus

TOLD_AT_ONCE = 100
UNREAD_COUNTED = 100
LONGEST_KEPT_DAYS = 730
COUNTED_FOR = timedelta(days=400)
"""That something was sent, or not, is kept for so long at least: campaigns are compared by it."""
ON_PHONES = (
    DeliveryStatus.SENT,
    DeliveryStatus.UNKNOWN,  # no answer is no sign that it did not arrive
    DeliveryStatus.SENDING,
    DeliveryStatus.PENDING,
    DeliveryStatus.HELD,
)
"""Where a message stands that a phone may show: another one of the member's may be waited for."""


class Deed(StrEnum):
    """Say what a member did about a message; who followed one has opened it."""

    OPENED = "OPENED"
    CLICKED = "CLICKED"


@dataclass(frozen=True, slots=True)
class Told:
    """What the app tells of one message: which, and when it was; None for just now."""

    message_id: str
    at: datetime | None = None


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
