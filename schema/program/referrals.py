"""Referral as the program declares it, shown to everybody."""

from decimal import Decimal

import strawberry

from loyalty.program import Program as Definition
from loyalty.program import terms
from schema.context import Reader
from schema.program.offers import Offer, show_offer
from schema.scalars import Money, Points, money


@strawberry.type(description="Something that is given: points, an amount of credit, or an offer.")
class ReferralGift:
    """What is given."""

    points: Points | None = strawberry.field(description="Points; null where none are.")
    amount: Money | None = strawberry.field(description="Money of credit; null where none is.")
    currency: strawberry.ID | None = strawberry.field(
        description="The currency that holds the points or the amount, by its id."
    )
    offer: Offer | None = strawberry.field(description="The offer; null where none is.")


@strawberry.type(description="What members are given for bringing friends.")
class ReferralPayout:
    """What is given for friends."""

    gives: list[ReferralGift] = strawberry.field(description="All of this.")
    every: int = strawberry.field(description="For so many friends each time.")
    monthly_cap: int | None = strawberry.field(
        description="At most so often in a month of the program's zone; null for no limit."
    )


@strawberry.type(description="How members bring friends, and what both are given for it.")
class ReferralTerms:
    """The terms."""

    accept_days: int = strawberry.field(
        description="Within so many days of joining a code can be used."
    )
    minimum_amount: Money | None = strawberry.field(
        description="The first purchase that counts costs at least this; null for any."
    )
    wait_days: int = strawberry.field(
        description="The purchase must be kept so many days, until the one who invited is rewarded."
    )
    friend: list[ReferralGift] = strawberry.field(
        description="What the friend is given with that purchase."
    )
    referrer: ReferralPayout = strawberry.field(description="What the member is given who invited.")


def show_terms(definition: Definition, reader: Reader) -> ReferralTerms | None:
    """Show the terms, where there are any."""
    referral = definition.referral
    if referral is None:
        return None
    least = referral.when.minimum_amount
    return ReferralTerms(
        accept_days=referral.accept_days,
        minimum_amount=None if least is None else _money(least, definition),
        wait_days=referral.wait_days,
        friend=[_gift(grant, definition, reader) for grant in referral.friend],
        referrer=_payout(referral.referrer, definition, reader),
    )


def _payout(payout: terms.Payout, definition: Definition, reader: Reader) -> ReferralPayout:
    return ReferralPayout(
        gives=[_gift(grant, definition, reader) for grant in payout.gives],
        every=payout.every,
        monthly_cap=payout.monthly_cap,
    )


def _gift(grant: terms.Grant, definition: Definition, reader: Reader) -> ReferralGift:
    offer = definition.offer(grant.offer) if grant.offer else None
    return ReferralGift(
        points=None if grant.points is None else Points(grant.points),
        amount=None if grant.amount is None else _money(grant.amount, definition),
        currency=None if grant.currency is None else strawberry.ID(grant.currency),
        offer=None if offer is None else show_offer(offer, definition, reader),
    )


def _money(amount: Decimal, definition: Definition) -> Money:
    return money(terms.minor_units(amount, definition.exponent), definition.money)
