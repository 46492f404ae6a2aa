"""Offers as the program declares them, shown to everybody; not what one member has or may have."""

from datetime import datetime

import strawberry

from loyalty.money import exponent
from loyalty.program import Program as Definition
from loyalty.program import terms
from schema.context import Reader
from schema.enums import LimitPeriod, OfferKind
from schema.scalars import Money, Points, money


@strawberry.type(description="Points that are asked for in exchange.")
class OfferPrice:
    """Points in exchange."""

    points: Points = strawberry.field(description="How many.")
    currency: strawberry.ID = strawberry.field(description="The currency they are of, by its id.")


@strawberry.type(description="How often one member may have an offer.")
class OfferLimit:
    """How often."""

    count: int = strawberry.field(description="So many times.")
    per: LimitPeriod = strawberry.field(description="In each of these.")


@strawberry.type(description="A tier to which an offer opens before others.")
class OfferEarlyAccess:
    """A tier that may earlier."""

    tier: strawberry.ID = strawberry.field(description="The tier, by its id.")
    starts_at: datetime = strawberry.field(description="When it opens to that tier.")


@strawberry.type(description="Something a member can have: a reward for points, a gift, a voucher.")
class Offer:
    """Something to have."""

    term: strawberry.Private[terms.Offer]
    program: strawberry.Private[Definition]
    reader: strawberry.Private[Reader]

    @strawberry.field(description="Its id in the program.")
    def id(self) -> strawberry.ID:
        """Give the id."""
        return strawberry.ID(self.term.id)

    @strawberry.field(description="What one gets by it.")
    def kind(self) -> OfferKind:
        """Give the kind."""
        return self.term.kind

    @strawberry.field(description="Its name, in the reader's language.")
    def name(self) -> str:
        """Give the name."""
        return self.reader.text(self.term.name)

    @strawberry.field(description="More about it, in the reader's language; null where no more is.")
    def description(self) -> str | None:
        """Describe it."""
        return self.reader.text(self.term.description) if self.term.description else None

    @strawberry.field(description="Percent off, a decimal number; only on PERCENT_OFF.")
    def percent(self) -> str | None:
        """Give the percentage."""
        return None if self.term.percent is None else f"{self.term.percent:f}"

    @strawberry.field(description="Money off; only on AMOUNT_OFF.")
    def amount(self) -> Money | None:
        """Give the amount."""
        if self.term.amount is None:
            return None
        code = self.program.money
        return money(terms.minor_units(self.term.amount, exponent(code)), code)

    @strawberry.field(description="The products it is for, by the shop's ids; empty means any.")
    def products(self) -> list[str]:
        """Name the products."""
        return sorted(self.term.products)

    @strawberry.field(description="What it costs; null when it is free.")
    def price(self) -> OfferPrice | None:
        """Give the price."""
        return show_price(self.term.price)

    @strawberry.field(description="Whether it is only given to members, and cannot be claimed.")
    def personal(self) -> bool:
        """Tell whether it is personal."""
        return self.term.personal

    @strawberry.field(description="When it opens; null where it always was open.")
    def starts_at(self) -> datetime | None:
        """Give the start."""
        return self.term.starts_for(frozenset())

    @strawberry.field(description="From when it can be had no more; null where it does not end.")
    def ends_at(self) -> datetime | None:
        """Give the end."""
        return self.term.ends

    @strawberry.field(description="Tiers to which it opens earlier.")
    def early_access(self) -> list[OfferEarlyAccess]:
        """Show who may earlier."""
        return [
            OfferEarlyAccess(tier=strawberry.ID(a.tier), starts_at=a.opens_at)
            for a in self.term.early_access
        ]

    @strawberry.field(description="The tiers it is for, by their ids; empty means every member.")
    def tiers(self) -> list[strawberry.ID]:
        """Name the tiers."""
        return [strawberry.ID(tier) for tier in sorted(self.term.audience.tiers)]

    @strawberry.field(description="The plans it is for, by their ids; empty means every member.")
    def plans(self) -> list[strawberry.ID]:
        """Name the plans."""
        return [strawberry.ID(plan) for plan in sorted(self.term.audience.plans)]

    @strawberry.field(
        description="Local days it lasts once one has it, after that day; null for as long as the "
        "offer itself."
    )
    def valid_days(self) -> int | None:
        """Give the days."""
        return self.term.valid_days

    @strawberry.field(
        description="Minutes it lasts once it is activated; null where it need not be activated."
    )
    def active_minutes(self) -> int | None:
        """Give the minutes."""
        return self.term.active_minutes

    @strawberry.field(description="How often one may have it; empty means as often as one likes.")
    def limits(self) -> list[OfferLimit]:
        """Show the limits."""
        return [OfferLimit(count=limit.count, per=limit.per) for limit in self.term.limits]

    @strawberry.field(
        description="How many there are in all, seats or pieces; null where there is no end of "
        "them, and for codes of a list."
    )
    def stock(self) -> int | None:
        """Give the stock."""
        return self.term.stock

    @strawberry.field(description="Whether one can wait in line for it when there are none left.")
    def has_waiting_list(self) -> bool:
        """Tell whether there is a line."""
        return self.term.waiting_list

    @strawberry.field(description="Whether it is used alone: with no other offer in one purchase.")
    def exclusive(self) -> bool:
        """Tell whether it is exclusive."""
        return self.term.exclusive

    @strawberry.field(
        description="Of the offers of one group only one is used in a purchase; null for none."
    )
    def group(self) -> str | None:
        """Name the group."""
        return self.term.group


def show_price(price: terms.Price | None) -> OfferPrice | None:
    """Show a price."""
    if price is None:
        return None
    return OfferPrice(points=Points(price.points), currency=strawberry.ID(price.currency))


def show_offer(offer: terms.Offer, program: Definition, reader: Reader) -> Offer:
    """Show an offer."""
    return Offer(term=offer, program=program, reader=reader)
