"""A member's tiers as they change: where they stand now, and where they stood."""

from collections.abc import AsyncGenerator

import strawberry

from schema.context import Info, View
from schema.events import OfMember, own_events
from schema.permissions import OWN, Needs
from schema.program import Tier
from schema.tiers.places import TierStatus, show_statuses


@strawberry.type(description="A step on a ladder, up or down.")
class TierStep:
    """A step."""

    status: TierStatus = strawberry.field(description="The place on the ladder now.")
    before: Tier | None = strawberry.field(description="The tier before it; null below the lowest.")


@strawberry.type(description="A member's tier has changed.")
class TierChanged(OfMember):
    """A change."""

    steps: list[TierStep] = strawberry.field(
        description="What changed since the event before, by ladder; empty in the first event."
    )


@strawberry.type
class AppTierSubscription:
    """What a member may follow of their tiers."""

    @strawberry.subscription(
        description="The member's tiers: at once, and each time that one is reached or lost.",
        extensions=[Needs(OWN)],
    )
    async def tier_changed(self, info: Info) -> AsyncGenerator[TierChanged, None]:
        """Follow the tiers."""
        return await own_events(info.context, _tell)


def _tell(view: View, before: View | None) -> TierChanged | None:
    if before is None:
        return TierChanged(view=view, steps=[])
    stood = {place.status.ladder.id: place for place in show_statuses(before)}
    steps = [
        TierStep(status=place, before=was.tier() if was else None)
        for place in show_statuses(view)
        for was in [stood.get(place.status.ladder.id)]
        if _tier_id(place) != _tier_id(was)
    ]
    return TierChanged(view=view, steps=steps) if steps else None


def _tier_id(place: TierStatus | None) -> str | None:
    return place.status.tier.id if place and place.status.tier else None
