"""What is said no to about activities, as plain facts."""

from dataclasses import dataclass
from datetime import date

from loyalty.errors import Refusal
from loyalty.messages import Money


@dataclass(frozen=True, slots=True)
class MoneyMismatch(Refusal):
    """The purchase is in another currency than the program's."""

    given: str
    expected: str


@dataclass(frozen=True, slots=True)
class PurchaseUnknown(Refusal):
    """No purchase was recorded under this source and id."""

    source: str
    purchase_id: str


@dataclass(frozen=True, slots=True)
class PurchaseOfAnother(Refusal):
    """The purchase is not one of the member that was named."""

    purchase_id: str
    member_id: str


@dataclass(frozen=True, slots=True)
class RefundTooHigh(Refusal):
    """More money is to be refunded than is left of the purchase, or of one of its lines."""

    asked: Money
    left: Money
    line: int | None = None


@dataclass(frozen=True, slots=True)
class RefundTooMany(Refusal):
    """More of a line is to be refunded than is left of it."""

    line: int
    asked: int
    left: int


@dataclass(frozen=True, slots=True)
class RefundedAlready(Refusal):
    """Nothing is left of the purchase."""

    purchase_id: str


@dataclass(frozen=True, slots=True)
class RedemptionUnknown(Refusal):
    """The member spent nothing under this entry that could have paid for a purchase."""

    redemption: str


@dataclass(frozen=True, slots=True)
class RedemptionUsed(Refusal):
    """The entry paid for another purchase already."""

    redemption: str
    source: str
    purchase_id: str


@dataclass(frozen=True, slots=True)
class ReceiptUnknown(Refusal):
    """No receipt has this number."""

    number: str


@dataclass(frozen=True, slots=True)
class ReceiptTaken(Refusal):
    """The purchase is another member's already."""

    number: str


@dataclass(frozen=True, slots=True)
class ReceiptExpired(Refusal):
    """The receipt could be claimed until the end of a local day, and that is over."""

    number: str
    claimable_until: date
