"""What a member has of offers: each with its state, its code, its time, and why it was given."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import strawberry

from loyalty import activities, offers
from loyalty.engine import Engine
from loyalty.offers import Held
from loyalty.program import Version
from schema.context import Info, View
from schema.enums import HeldState
from schema.nodes import Node
from schema.offers.reasons import OfferEndReason, OfferReason, show_end, show_reason
from schema.program import Offer, OfferPrice, show_offer
from schema.scalars import Points


@strawberry.type(description="An offer that a member has.")
class HeldOffer(Node):
    """An offer that a member has."""

    state: HeldState = strawberry.field(description="Where it stands.")
    issued_at: datetime = strawberry.field(description="When the member got it.")
    expires_at: datetime | None = strawberry.field(
        description="When it runs out, or while it is RESERVED the reservation; null for never."
    )
    held: strawberry.Private[Held]
    view: strawberry.Private[View]

    @strawberry.field(
        description="The offer, as it was when the member got it; null only where that version of "
        "the program cannot be read."
    )
    async def offer(self, info: Info) -> Offer | None:
        """Show the offer."""
        version = await info.context.version(self.held.version)
        found = version.program.offer(self.held.offer) if version else None
        return show_offer(found, version.program, self.view.reader) if version and found else None

    @strawberry.field(description="Why the member was given it; null where the member took it.")
    async def reason(self, info: Info) -> OfferReason | None:
        """Show why, by the names of then."""
        version = await info.context.version(self.held.version)
        return show_reason(self.held.why, version, self.view.reader)

    @strawberry.field(
        description="The code to show at the till; null where the offer has none, and before it "
        "is theirs."
    )
    def code(self) -> str | None:
        """Give the code."""
        return _shown_code(self.held, self.view.version)

    @strawberry.field(description="The points it cost; null for a gift, and before it is paid.")
    def paid(self) -> OfferPrice | None:
        """Give the price."""
        paid: Mapping[str, Any] = self.held.paid
        if not paid:
            return None
        return OfferPrice(points=Points(paid["points"]), currency=strawberry.ID(paid["currency"]))

    @strawberry.field(
        description="When it was used, ran out, was given back or taken back; null while live."
    )
    def ended_at(self) -> datetime | None:
        """Give the end."""
        return self.held.ended_at

    @strawberry.field(
        description="Why it ended; null while live, and where the member or the clock ended it."
    )
    def end_reason(self) -> OfferEndReason | None:
        """Show why it ended."""
        return show_end(self.held, self.view)

    @strawberry.field(description="Place in line, from 1; only while it is WAITING.")
    async def place_in_line(self, info: Info) -> int | None:
        """Give the place."""
        engine, member_id = info.context.engine, self.view.state.member_id
        return await offers.place_in_line(engine, member_id, self.held)

    @strawberry.field(
        description="The products it is for, by the shop's ids, best first; empty means any. An "
        "offer for what was bought often may be for similar products too. Null only where they "
        "cannot be read."
    )
    async def products(self, info: Info) -> list[str] | None:
        """Name the products."""
        version = await info.context.version(self.held.version)
        return await _products_of(info.context.engine, self.held, version)

    @strawberry.field(description="The offer's id in the program.")
    def offer_id(self) -> strawberry.ID:
        """Give the offer's id."""
        return strawberry.ID(self.held.offer)


def show_held(held: Held, view: View) -> HeldOffer:
    """Show something that a member has, as it is now."""
    now = held.at(view.now)
    return HeldOffer(
        id=strawberry.ID(held.id),
        state=now.state,
        issued_at=held.issued_at,
        expires_at=held.expires_at,
        held=now,
        view=view,
    )


async def _products_of(engine: Engine, held: Held, version: Version | None) -> list[str] | None:
    """Name the products of something a member has: its offer's, or what called it and the like."""
    if held.why.get("kind") != "BOUGHT_PRODUCT":
        offer = version.program.offer(held.offer) if version else None
        return sorted(offer.products) if offer else None
    product = str(held.why["subject"])
    found = await activities.similar.to(engine, product) if held.why.get("similar") else []
    return [product, *(similar.product for similar in found)]


States = Annotated[
    list[HeldState] | None,
    strawberry.argument(description="Only those that stand here; null for all."),
]


def _shown_code(held: Held, version: Version | None) -> str | None:
    """Give the code of something a member has: its own, or the generic one that tills take now."""
    if held.state in (HeldState.WAITING, HeldState.RESERVED):
        return None
    offer = version.program.offer(held.offer) if version else None
    generic = offer.code.text if offer and offer.code else None
    return held.code or generic


def show_helds(view: View) -> list[HeldOffer]:
    """Show everything that a member has, newest first."""
    return [show_held(held, view) for held in offers.helds(view.state, view.now)]


def find_held(view: View, held_id: str) -> HeldOffer | None:
    """Find something that a member has by its id."""
    return next((held for held in show_helds(view) if held.id == held_id), None)
