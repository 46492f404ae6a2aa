"""What staff and the shop's systems do to a wallet: spend at the till."""

from typing import TypeVar

import strawberry

from loyalty import wallets
from loyalty.commands import Outcome
from loyalty.wallets import Spending
from schema.context import Context, Info
from schema.payloads import Input, OfMember, Repeatable, answer
from schema.permissions import ADJUST_POINTS, Needs
from schema.scalars import Points, short_text
from schema.wallets.holdings import LedgerEntry, show_entry

KEY = (
    "1 to 128 printable ASCII characters, not beginning with ~, that the client makes and keeps, "
    "best a UUIDv7: the same key with the same input is done once for the member, however often it "
    "is sent."
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
    currency: strawberry.ID = strawberry.field(
        description="A currency of the program that can be spent."
    )
    points: Points = strawberry.field(
        description="How many, at least 1; of money in its smallest unit."
    )
    reason: str = strawberry.field(
        description="What they are given for; shown to the member. 1 to 200 characters."
    )
    key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.type(description="What became of points that were to be spent.")
class WalletSpendPayload(Moved):
    """What was spent."""


@strawberry.type
class StaffSpendMutation:
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
