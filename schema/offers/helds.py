"""What a member has of offers: each with its state, its code, its time, and why it was given."""

from datetime import datetime
from typing import Annotated

import strawberry

from loyalty import offers
from loyalty.offers import Held
from schema.context import View
from schema.enums import HeldState
from schema.nodes import Node
from schema.offers.reasons import OfferReason, show_reason
from schema.offers.terms import Offer, show_offer


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

    @strawberry.field(description="The offer; null when the program no longer declares it.")
    def offer(self) -> Offer | None:
        """Show the offer."""
        version, reader = self.view.version, self.view.reader
        found = version.program.offer(self.held.offer) if version else None
        return show_offer(found, version.program, reader) if version and found else None

    @strawberry.field(description="Why the member was given it; null where the member took it.")
    def reason(self) -> OfferReason | None:
        """Show why."""
        return show_reason(self.held.why, self.view.reader)

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


States = Annotated[
    list[HeldState] | None,
    strawberry.argument(description="Only those that stand here; null for all."),
]


@strawberry.type(description="What a member has of offers.")
class MemberOffers:
    """A member's offers."""

    view: strawberry.Private[View]

    @strawberry.field(
        description="What the member has, newest first: all that is live, and the last 50 that "
        "ended."
    )
    def held(self, states: States = None) -> list[HeldOffer]:
        """List what there is."""
        found = offers.helds(self.view.state, self.view.now)
        wanted = [held for held in found if states is None or held.state in states]
        return [show_held(held, self.view) for held in wanted]


def find_held(view: View, held_id: str) -> HeldOffer | None:
    """Find something that a member has by its id."""
    found = offers.helds(view.state, view.now)
    return next((show_held(held, view) for held in found if held.id == held_id), None)
