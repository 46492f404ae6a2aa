"""What is said no to about what members did."""

from datetime import date

import strawberry

from loyalty import activities
from schema.refusals.kinds import UserError
from schema.scalars import CurrencyCode, Money


@strawberry.type(description="The purchase is in another money than the program's.")
class MoneyMismatch(UserError):
    """Another money."""

    of = activities.refusals.MoneyMismatch
    at = ("input", "total", "currencyCode")
    given: CurrencyCode = strawberry.field(description="The money that was sent.")
    expected: CurrencyCode = strawberry.field(description="The money of the program.")


@strawberry.type(description="No purchase was recorded under this source and id.")
class PurchaseUnknown(UserError):
    """No such purchase."""

    of = activities.refusals.PurchaseUnknown
    at = ("input", "purchaseId")
    source: str = strawberry.field(description="The source that was sent.")
    purchase_id: strawberry.ID = strawberry.field(description="The id that was sent.")


@strawberry.type(description="The purchase is not one of the member that was named.")
class PurchaseOfAnother(UserError):
    """Another's purchase."""

    of = activities.refusals.PurchaseOfAnother
    at = ("input", "memberId")
    purchase_id: strawberry.ID = strawberry.field(description="The purchase that was sent.")
    member_id: strawberry.ID = strawberry.field(description="The member that was sent.")


@strawberry.type(description="More is to be refunded than is left of the purchase or the line.")
class RefundTooHigh(UserError):
    """Too much money."""

    of = activities.refusals.RefundTooHigh
    at = ("input", "amount")
    asked: Money = strawberry.field(description="The amount that was sent.")
    left: Money = strawberry.field(description="What is left to be refunded.")
    line: int | None = strawberry.field(
        description="The line, from 0; null for the purchase as a whole."
    )


@strawberry.type(description="More of a line is to be refunded than is left of it.")
class RefundTooMany(UserError):
    """Too many."""

    of = activities.refusals.RefundTooMany
    at = ("input", "lines")
    line: int = strawberry.field(description="The line, from 0.")
    asked: int = strawberry.field(description="The quantity that was sent.")
    left: int = strawberry.field(description="The quantity that is left to be refunded.")


@strawberry.type(description="Nothing is left of the purchase: all of it was refunded.")
class RefundedAlready(UserError):
    """Nothing left."""

    of = activities.refusals.RefundedAlready
    at = ("input", "purchaseId")
    purchase_id: strawberry.ID = strawberry.field(description="The purchase that was sent.")


@strawberry.type(
    description="The entry is not one that may pay for this member's purchases: points spent, or "
    "held and then spent; not the price of an offer, not a transfer."
)
class RedemptionUnknown(UserError):
    """Not what paid."""

    of = activities.refusals.RedemptionUnknown
    at = ("input", "redemption")
    redemption: strawberry.ID = strawberry.field(description="The entry that was sent.")


@strawberry.type(description="The entry paid for another purchase: each pays for one.")
class RedemptionUsed(UserError):
    """Paid for another."""

    of = activities.refusals.RedemptionUsed
    at = ("input", "redemption")
    redemption: strawberry.ID = strawberry.field(description="The entry that was sent.")
    source: str = strawberry.field(description="Who reported the purchase that it paid for.")
    purchase_id: strawberry.ID = strawberry.field(description="The id of that purchase there.")


@strawberry.type(description="No receipt has this number.")
class ReceiptUnknown(UserError):
    """No such receipt."""

    of = activities.refusals.ReceiptUnknown
    at = ("input", "number")
    number: str = strawberry.field(description="The number that was sent.")


@strawberry.type(description="The purchase of the receipt is another member's already.")
class ReceiptTaken(UserError):
    """Another's receipt."""

    of = activities.refusals.ReceiptTaken
    at = ("input", "number")
    number: str = strawberry.field(description="The number that was sent.")


@strawberry.type(description="The receipt is too old to be claimed.")
class ReceiptExpired(UserError):
    """Too late."""

    of = activities.refusals.ReceiptExpired
    at = ("input", "number")
    number: str = strawberry.field(description="The number that was sent.")
    claimable_until: date = strawberry.field(
        description="The last day on which it could be claimed, in the program's time zone."
    )


APP: list[type[UserError]] = [
    ReceiptExpired,
    ReceiptTaken,
    ReceiptUnknown,
    RedemptionUnknown,
    RedemptionUsed,
]
STAFF: list[type[UserError]] = [
    *APP,
    MoneyMismatch,
    PurchaseOfAnother,
    PurchaseUnknown,
    RefundTooHigh,
    RefundTooMany,
    RefundedAlready,
]
