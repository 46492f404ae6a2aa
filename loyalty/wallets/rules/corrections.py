"""Corrections by hand: how far one person may go, and those that wait for a second one."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from loyalty.errors import Refused
from loyalty.money import exponent
from loyalty.program import terms
from loyalty.wallets.rules.refusals import AdjustmentTooLarge


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A correction by staff, positive or negative; `reason` is required, `actor` is who asks."""

    member_id: str
    currency: str
    points: int
    key: str
    reason: str
    actor: str


class AdjustmentStatus(StrEnum):
    """Say where a correction stands that one person alone may not make."""

    WAITING = "WAITING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True)
class Request:
    """A correction that waits, or waited, for a second person; `adjustment.actor` asked for it."""

    id: str
    adjustment: Adjustment
    asked_at: datetime
    status: AdjustmentStatus = AdjustmentStatus.WAITING
    decided_by: str | None = None
    decided_at: datetime | None = None
    note: str | None = None


def needs_second(
    points: int, currency: terms.PointsCurrency, limits: terms.Limits, money: str | None
) -> bool:
    """Tell whether a correction waits for somebody else. Raises Refused(AdjustmentTooLarge)."""
    most = _in_units(limits.limit, money)
    if most is not None and abs(points) > most:
        raise Refused(AdjustmentTooLarge(currency.id, abs(points), most, money))
    alone = _in_units(limits.four_eyes_above, money)
    return alone is not None and abs(points) > alone


def _in_units(amount: Decimal | None, money: str | None) -> int | None:
    """Give a limit in the smallest unit of what is corrected: points, or money."""
    if amount is None:
        return None
    return int(amount if money is None else amount.scaleb(exponent(money)))
