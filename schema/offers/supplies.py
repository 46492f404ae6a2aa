"""How many there are of limited offers, for staff."""

import strawberry

from loyalty import offers
from schema.context import Context
from schema.nodes import Node
from schema.program import Offer, show_offer


@strawberry.type(description="How many there are of a limited offer.")
class OfferSupply(Node):
    """How many there are."""

    offer: Offer = strawberry.field(description="The offer.")
    stock: int = strawberry.field(description="How many there are in all.")
    sold: int = strawberry.field(description="How many are had or used.")
    left: int = strawberry.field(description="How many can still be had: stock - sold.")
    waiting: int = strawberry.field(description="How many members wait in line.")


async def show_supplies(context: Context) -> list[OfferSupply]:
    """Show how many there are of every limited offer, at most a second old."""
    version = await context.program()
    if version is None:
        return []
    found = await offers.supplies(context.engine, version)
    reader = await context.reader(version)
    return [
        OfferSupply(
            id=strawberry.ID(f"sup_{offer.id}"),
            offer=show_offer(offer, version.program, reader),
            stock=supply.stock,
            sold=supply.sold,
            left=supply.left,
            waiting=supply.waiting,
        )
        for offer in version.program.offers
        if (supply := found.get(offer.id)) is not None
    ]


async def find_supply(context: Context, offer_id: str) -> OfferSupply | None:
    """Show how many there are of one offer; None where there is no end of them."""
    supplies = await show_supplies(context)
    return next((supply for supply in supplies if supply.offer.id == offer_id), None)
