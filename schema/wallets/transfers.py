"""A gift from one member to another: by the member in the app, or by staff for them."""

import strawberry

from loyalty import wallets
from schema.context import Context, Info
from schema.payloads import Input, answer
from schema.permissions import ADJUST_POINTS, OWN, Needs
from schema.scalars import Points
from schema.wallets.moves import KEY, Moved, moved

WHAT = "A currency of which members may give to each other."
HOW_MANY = (
    "How many, at least 1 and within the limits of the currency; of money in its smallest unit."
)


@strawberry.input(description="Points to be given to another member.")
class PointsTransferInput:
    """A gift."""

    receiver_id: strawberry.ID = strawberry.field(description="The member who is to have them.")
    currency: strawberry.ID = strawberry.field(description=WHAT)
    points: Points = strawberry.field(description=HOW_MANY)
    key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="Points of one member to be given to another.")
class WalletTransferInput(PointsTransferInput):
    """A gift in somebody's name."""

    member_id: strawberry.ID = strawberry.field(description="Whose they are.")


@strawberry.type(description="What became of a gift to another member.")
class PointsTransferPayload(Moved):
    """What was given."""


@strawberry.type(description="What became of a gift from one member to another.")
class WalletTransferPayload(Moved):
    """What was given."""


@strawberry.type
class AppWalletMutation:
    """What members do with what they hold."""

    @strawberry.mutation(
        description="Give points to another member, who has them a moment later; should nobody "
        "be there any more to receive them, they come back.",
        extensions=[Needs(OWN)],
    )
    async def points_transfer(
        self, info: Info, input: Input[PointsTransferInput]
    ) -> PointsTransferPayload | None:
        """Give."""
        return await answer(info.context, PointsTransferPayload, _give(info.context, input))


@strawberry.type
class StaffTransferMutation:
    """What is given on behalf of members."""

    @strawberry.mutation(
        description="Give points of one member to another, within the members' own limits.",
        extensions=[Needs(ADJUST_POINTS)],
    )
    async def wallet_transfer(
        self, info: Info, input: Input[WalletTransferInput]
    ) -> WalletTransferPayload | None:
        """Give for somebody."""
        return await answer(info.context, WalletTransferPayload, _transfer(info.context, input))


async def _give(context: Context, wanted: PointsTransferInput) -> PointsTransferPayload:
    sender = (await context.own()).member_id
    outcome = await wallets.transfers.send(context.engine, _gift(sender, wanted))
    return await moved(context, PointsTransferPayload, outcome)


async def _transfer(context: Context, wanted: WalletTransferInput) -> WalletTransferPayload:
    outcome = await wallets.transfers.send(context.engine, _gift(wanted.member_id, wanted))
    return await moved(context, WalletTransferPayload, outcome)


def _gift(sender: str, wanted: PointsTransferInput) -> wallets.transfers.Transfer:
    return wallets.transfers.Transfer(
        sender, wanted.receiver_id, wanted.currency, wanted.points, wanted.key
    )
