"""A member's offers as they come in."""

from collections.abc import AsyncGenerator

import strawberry

from loyalty import offers
from loyalty.offers import HeldState
from schema.context import Info, View
from schema.events import OfMember, own_events
from schema.offers.helds import HeldOffer, show_held
from schema.permissions import OWN, Needs


@strawberry.type(description="A member has a new offer.")
class OfferReceived(OfMember):
    """An offer came in."""

    received: list[HeldOffer] = strawberry.field(
        description="What the member has since the event before, newest first; empty in the "
        "first event."
    )


@strawberry.type
class AppOfferSubscription:
    """What a member may follow of their offers."""

    @strawberry.subscription(
        description="The member's offers: at once, and each time that they get one: given, "
        "claimed on any of their devices, or had after standing in line.",
        extensions=[Needs(OWN)],
    )
    async def offer_received(self, info: Info) -> AsyncGenerator[OfferReceived, None]:
        """Follow the offers."""
        return await own_events(info.context, _tell)


def _tell(view: View, before: View | None) -> OfferReceived | None:
    if before is None:
        return OfferReceived(view=view, received=[])
    known = {held.id for held in _had(before)}
    news = [show_held(held, view) for held in _had(view) if held.id not in known]
    return OfferReceived(view=view, received=news) if news else None


def _had(view: View) -> list[offers.Held]:
    """List what is the member's, or was; not what they wait for or have only reserved."""
    open_ones = (HeldState.WAITING, HeldState.RESERVED)
    return [h for h in offers.helds(view.state, view.now) if h.state not in open_ones]
