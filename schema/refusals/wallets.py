"""What is said no to about value and its moves."""

import strawberry

from loyalty import wallets
from schema.enums import AdjustmentStatus
from schema.refusals.kinds import UserError
from schema.scalars import CurrencyCode, Points

IN_MONEY = "The money whose smallest unit the numbers are in; null where they are points."
NAME = "Its name, in the reader's language."


@strawberry.type(description="The account holds fewer available points than are needed.")
class InsufficientPoints(UserError):
    """Too few points."""

    of = wallets.InsufficientPoints
    at = ("input", "points")
    currency: strawberry.ID = strawberry.field(description="The currency of points.")
    needed: Points = strawberry.field(description="Points that were asked for.")
    available: Points = strawberry.field(description="Points that can be spent now.")
    short: Points = strawberry.field(description="Points that are missing: needed - available.")
    money: CurrencyCode | None = strawberry.field(description=IN_MONEY)
    name: str | None = strawberry.field(description=NAME)


@strawberry.type(description="The active program declares no such currency of points.")
class CurrencyUnknown(UserError):
    """No such currency."""

    of = wallets.refusals.CurrencyUnknown
    at = ("input", "currency")
    currency: strawberry.ID = strawberry.field(description="The id that was sent.")


@strawberry.type(description="The currency cannot be spent: it counts for tiers, or fills a card.")
class CurrencyNotRedeemable(UserError):
    """Not for spending."""

    of = wallets.refusals.CurrencyNotRedeemable
    at = ("input", "currency")
    currency: strawberry.ID = strawberry.field(description="The currency of points.")
    name: str = strawberry.field(description=NAME)


@strawberry.type(description="No points are set aside under this id: they are spent or let go.")
class HoldUnknown(UserError):
    """No such hold."""

    of = wallets.refusals.HoldUnknown
    at = ("input", "holdId")
    hold: strawberry.ID = strawberry.field(description="The id that was sent.")


@strawberry.type(description="The member has as many holds open as there may be.")
class TooManyHolds(UserError):
    """Too many holds."""

    of = wallets.refusals.TooManyHolds
    limit: int = strawberry.field(description="How many there may be.")


@strawberry.type(description="A correction by hand is larger than the caller may make.")
class AdjustmentTooLarge(UserError):
    """Too large."""

    of = wallets.refusals.AdjustmentTooLarge
    at = ("input", "points")
    currency: strawberry.ID = strawberry.field(description="The currency of points.")
    points: Points = strawberry.field(description="How many were to be added or taken.")
    limit: Points = strawberry.field(description="How many may be.")
    money: CurrencyCode | None = strawberry.field(description=IN_MONEY)


@strawberry.type(description="There is no such correction.")
class AdjustmentUnknown(UserError):
    """No such correction."""

    of = wallets.refusals.AdjustmentUnknown
    at = ("input", "adjustmentId")
    adjustment: strawberry.ID = strawberry.field(description="The id that was sent.")


@strawberry.type(description="Somebody decided on the correction already, the other way.")
class AdjustmentDecided(UserError):
    """Decided already."""

    of = wallets.refusals.AdjustmentDecided
    at = ("input", "adjustmentId")
    adjustment: strawberry.ID = strawberry.field(description="The correction.")
    status: AdjustmentStatus = strawberry.field(description="What was decided.")


@strawberry.type(description="The caller asked for the correction: somebody else has to decide.")
class AdjustmentOwn(UserError):
    """The caller's own."""

    of = wallets.refusals.AdjustmentOwn
    at = ("input", "adjustmentId")
    adjustment: strawberry.ID = strawberry.field(description="The correction.")


@strawberry.type(description="The currency sells no such top-up.")
class TopUpUnknown(UserError):
    """No such top-up."""

    of = wallets.refusals.TopUpUnknown
    at = ("input", "topUp")
    currency: strawberry.ID = strawberry.field(description="The currency.")
    top_up: strawberry.ID = strawberry.field(description="The id that was sent.")


@strawberry.type(description="Nothing that was paid is left of this top-up.")
class NothingToPayBack(UserError):
    """Nothing is left."""

    of = wallets.refusals.NothingToPayBack
    at = ("input", "topUpId")
    top_up: strawberry.ID = strawberry.field(description="The top-up.")


@strawberry.type(description="Members cannot give of this currency to each other.")
class TransferNotOffered(UserError):
    """Not to be given."""

    of = wallets.refusals.TransferNotOffered
    at = ("input", "currency")
    currency: strawberry.ID = strawberry.field(description="The currency.")
    name: str = strawberry.field(description=NAME)


@strawberry.type(description="Less than the least that can be given at a time.")
class TransferTooSmall(UserError):
    """Too few."""

    of = wallets.refusals.TransferTooSmall
    at = ("input", "points")
    currency: strawberry.ID = strawberry.field(description="The currency.")
    points: Points = strawberry.field(description="How many were to be given.")
    minimum: Points = strawberry.field(description="The least.")
    money: CurrencyCode | None = strawberry.field(description=IN_MONEY)


@strawberry.type(description="More than may be given at a time, or than is left for the month.")
class TransferTooLarge(UserError):
    """Too many."""

    of = wallets.refusals.TransferTooLarge
    at = ("input", "points")
    currency: strawberry.ID = strawberry.field(description="The currency.")
    points: Points = strawberry.field(description="How many were to be given.")
    limit: Points = strawberry.field(description="How many may be.")
    per: str = strawberry.field(
        description="What the limit is for: TRANSFER (one gift) or MONTH (what is left of it)."
    )
    money: CurrencyCode | None = strawberry.field(description=IN_MONEY)


@strawberry.type(description="Nobody who can receive has this id.")
class ReceiverUnknown(UserError):
    """No receiver."""

    of = wallets.refusals.ReceiverUnknown
    at = ("input", "receiverId")
    receiver: strawberry.ID = strawberry.field(description="The id that was sent.")


APP: list[type[UserError]] = [
    CurrencyNotRedeemable,
    CurrencyUnknown,
    InsufficientPoints,
    ReceiverUnknown,
    TooManyHolds,
    TransferNotOffered,
    TransferTooLarge,
    TransferTooSmall,
]
STAFF: list[type[UserError]] = [
    *APP,
    AdjustmentDecided,
    AdjustmentOwn,
    AdjustmentTooLarge,
    AdjustmentUnknown,
    HoldUnknown,
    NothingToPayBack,
    TopUpUnknown,
]
