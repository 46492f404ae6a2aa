"""What staff and the shop's systems do to a wallet: spend at the till, correct by hand."""

from typing import TypeVar

import strawberry

from loyalty import wallets
from loyalty.commands import Outcome
from loyalty.wallets import Adjustment, Spending
from schema.context import Context, Info
from schema.payloads import Input, OfMember, Repeatable, answer
from schema.permissions import ADJUST_POINTS, Needs
from schema.scalars import Points, short_text
from schema.wallets.holdings import LedgerEntry, show_entry

KEY = (
    "1 to 128 printable ASCII characters that the client makes and keeps, best a UUIDv7: "
    "the same key with the same input is done once for the member, however often it is sent."
)


@strawberry.type
class Moved(OfMember, Repeatable):
    """What a mutation answers that moved points."""

    entries: list[LedgerEntry] = strawberry.field(
        default_factory=list, description="The movements it made, newest first."
    )


M = TypeVar("M", bound=Moved)


async def moved(context: Context, payload: type[M], outcome: Outcome) -> M:
    """Answer with what was moved, and the member after it."""
    view = await context.view(outcome.state)
    posted = wallets.record_entries(outcome.state, outcome.record)
    return payload(
        view=view,
        entries=[show_entry(entry, view) for entry in posted],
        replayed=outcome.replayed,
    )


@strawberry.input(description="Points to be taken in exchange for something.")
class WalletSpendInput:
    """Points to be taken."""

    member_id: strawberry.ID = strawberry.field(description="Whose they are.")
    currency: strawberry.ID = strawberry.field(description="A REDEEMABLE currency of the program.")
    points: Points = strawberry.field(description="How many, at least 1.")
    reason: str = strawberry.field(
        description="What they are given for; shown to the member. 1 to 200 characters."
    )
    key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="A correction of a balance.")
class WalletAdjustInput:
    """A correction."""

    member_id: strawberry.ID = strawberry.field(description="Whose balance.")
    currency: strawberry.ID = strawberry.field(description="A currency of the program.")
    points: Points = strawberry.field(
        description="How many to add, or to take where negative; not 0, never below what is "
        "available."
    )
    reason: str = strawberry.field(
        description="Why; kept with the entry and shown to the member. 1 to 200 characters."
    )
    key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.type(description="What became of points that were to be spent.")
class WalletSpendPayload(Moved):
    """What was spent."""


@strawberry.type(description="What became of a correction.")
class WalletAdjustPayload(Moved):
    """What was corrected."""


@strawberry.type
class StaffWalletMutation:
    """What staff do to wallets."""

    @strawberry.mutation(
        description="Spend a member's points, those that expire first before others.",
        extensions=[Needs(ADJUST_POINTS)],
    )
    async def wallet_spend(
        self, info: Info, input: Input[WalletSpendInput]
    ) -> WalletSpendPayload | None:
        """Spend."""
        return await answer(info.context, WalletSpendPayload, _spend(info.context, input))

    @strawberry.mutation(
        description="Correct a member's balance by hand; who did it and why is kept.",
        extensions=[Needs(ADJUST_POINTS)],
    )
    async def wallet_adjust(
        self, info: Info, input: Input[WalletAdjustInput]
    ) -> WalletAdjustPayload | None:
        """Adjust."""
        return await answer(info.context, WalletAdjustPayload, _adjust(info.context, input))


async def _spend(context: Context, wanted: WalletSpendInput) -> WalletSpendPayload:
    spending = Spending(
        wanted.member_id,
        wanted.currency,
        wanted.points,
        wanted.key,
        short_text(wanted.reason, "reason"),
    )
    outcome = await wallets.spend(context.engine, spending)
    return await moved(context, WalletSpendPayload, outcome)


async def _adjust(context: Context, wanted: WalletAdjustInput) -> WalletAdjustPayload:
    adjustment = Adjustment(
        wanted.member_id,
        wanted.currency,
        wanted.points,
        wanted.key,
        short_text(wanted.reason, "reason"),
        context.actor,
    )
    outcome = await wallets.adjust(context.engine, adjustment)
    return await moved(context, WalletAdjustPayload, outcome)
