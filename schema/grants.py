"""What the terms promise to give, shown to everybody; not what one member was given."""

import strawberry

from loyalty.money import exponent
from loyalty.program import terms
from schema.scalars import Money, Points, money


@strawberry.type(description="What is given: exactly one of `points`, `amount` and `offer`.")
class Grant:
    """What is given."""

    points: Points | None = strawberry.field(description="So many points of the `currency`.")
    amount: Money | None = strawberry.field(description="So much credit in the `currency`.")
    currency: strawberry.ID | None = strawberry.field(
        description="The currency of points or credit, by its id; null for an offer."
    )
    offer: strawberry.ID | None = strawberry.field(description="The offer, by its id.")


def show_grant(grant: terms.Grant, money_code: str) -> Grant:
    """Show what is given."""
    amount = None
    if grant.amount is not None:
        amount = money(terms.minor_units(grant.amount, exponent(money_code)), money_code)
    return Grant(
        points=None if grant.points is None else Points(grant.points),
        amount=amount,
        currency=None if grant.currency is None else strawberry.ID(grant.currency),
        offer=None if grant.offer is None else strawberry.ID(grant.offer),
    )
