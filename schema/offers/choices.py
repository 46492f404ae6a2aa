"""What a member may have of offers now, and why not, with how far away it is."""

import strawberry

from loyalty import offers, plans
from loyalty.offers import Choice, Held
from loyalty.walks import Walk
from schema.context import Info, View
from schema.nodes import Node, part_id
from schema.offers.helds import HeldOffer, States, show_held
from schema.pagination import PAGE_LIMIT, Connection, NumberPage, Paged, connection, cursor
from schema.program import Offer, show_offer
from schema.refusals import UserError, user_error
from schema.scalars import Points


@strawberry.type(description="An offer beside a member: whether they may have it now, or why not.")
class OfferChoice:
    """An offer beside a member."""

    offer: Offer = strawberry.field(description="The offer.")
    can_claim: bool = strawberry.field(description="Whether the member may have it now.")
    why_not: list[UserError] = strawberry.field(
        description="Everything that stands in the way, each with its facts and a text in the "
        "member's language; empty where nothing does."
    )
    short: Points = strawberry.field(description="Points that are missing; 0 where none are.")
    left: int | None = strawberry.field(
        description="How many are left, at most a second old; null where there is no end of them."
    )


_HELDS = "helds"


def _cursor(held: Held) -> str:
    return cursor(_HELDS, held.number)


@strawberry.type(description="What a member has and may have of offers.")
class MemberOffers(Node):
    """A member's offers."""

    view: strawberry.Private[View]

    @classmethod
    def of(cls, view: View) -> "MemberOffers":
        """Show a member's offers."""
        return cls(id=part_id("ofs", view.state.member_id), view=view)

    @strawberry.field(
        description="What the member has, newest first, at most 100: what is live, and the last "
        "50 that ended. `heldOffers` pages through all of it."
    )
    def held(self, states: States = None) -> list[HeldOffer]:
        """List what there is."""
        found = offers.helds(self.view.state, self.view.now, Walk(PAGE_LIMIT), states)
        return [show_held(held, self.view) for held in found]

    @strawberry.field(
        description="What the member has, newest first: all that is live, and the last 50 that "
        "ended.",
        extensions=[Paged(_HELDS, NumberPage)],
    )
    async def held_offers(
        self, asked: NumberPage, states: States = None
    ) -> Connection[HeldOffer] | None:
        """List a page of what there is."""
        found = offers.helds(self.view.state, self.view.now, asked.walk, states)
        return connection(asked, found, _cursor, lambda held: show_held(held, self.view))

    @strawberry.field(
        description="Every offer of the program that can be claimed, in its order, with whether "
        "the member may have it."
    )
    async def choices(self, info: Info) -> list[OfferChoice] | None:
        """Show the offers."""
        return [show_choice(choice, self.view) for choice in await _choices(info, self.view)]

    @strawberry.field(description="Those the member may have now.")
    async def affordable(self, info: Info) -> list[OfferChoice] | None:
        """Show what can be had."""
        found = await _choices(info, self.view)
        return [show_choice(choice, self.view) for choice in found if not choice.obstacles]

    @strawberry.field(
        description="The reward the member comes to next: only points are missing, and the "
        "fewest; null where there is none."
    )
    async def next_reward(self, info: Info) -> OfferChoice | None:
        """Show what is near."""
        found = offers.next_best(await _choices(info, self.view))
        return show_choice(found, self.view) if found else None


async def _choices(info: Info, view: View) -> list[Choice]:
    if view.version is None:
        return []
    return await offers.choices(info.context.engine, view.state, view.version, plans.active)


def show_choice(choice: Choice, view: View) -> OfferChoice:
    """Show an offer beside a member."""
    assert view.version is not None
    return OfferChoice(
        offer=show_offer(choice.offer, view.version.program, view.reader),
        can_claim=not choice.obstacles,
        why_not=[user_error(why, view.reader.locale, ()) for why in choice.obstacles],
        short=Points(choice.short),
        left=choice.left,
    )
