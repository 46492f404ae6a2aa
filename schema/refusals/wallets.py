"""What is said no to about value and its moves."""

import strawberry

from loyalty import wallets
from schema.refusals.kinds import UserError
from schema.scalars import CurrencyCode, Points


@strawberry.type(description="The account holds fewer available points than are needed.")
class InsufficientPoints(UserError):
    """Too few points."""

    of = wallets.InsufficientPoints
    at = ("input", "points")
    currency: strawberry.ID = strawberry.field(description="The currency of points.")
    needed: Points = strawberry.field(description="Points that were asked for.")
    available: Points = strawberry.field(description="Points that can be spent now.")
    short: Points = strawberry.field(description="Points that are missing: needed - available.")
    money: CurrencyCode | None = strawberry.field(
        description="The money whose smallest unit all three are in; null where they are points."
    )


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


APP: list[type[UserError]] = []
STAFF: list[type[UserError]] = [InsufficientPoints, CurrencyUnknown, CurrencyNotRedeemable]
