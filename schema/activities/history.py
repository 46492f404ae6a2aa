"""What a member did, newest first, each with what it moved."""

from datetime import datetime
from typing import TypeVar

import strawberry

from loyalty.activities import history
from loyalty.commands import Outcome
from schema.context import Context, Info, View
from schema.enums import ActivityKind
from schema.nodes import Node
from schema.pagination import cursor
from schema.scalars import Money, instant_text, money
from schema.wallets import LedgerEntry, Moved, moved, show_entry

ACTIVITIES = "activities"


@strawberry.type(description="Something that was reported of a member, and what came of it.")
class MemberActivity(Node):
    """Something that was reported; its id is the reference by which entries name it."""

    kind: ActivityKind = strawberry.field(description="What it was.")
    occurred_at: datetime = strawberry.field(description="When it happened.")
    source: str = strawberry.field(
        description="The system that reported it; stamkund for what happened here."
    )
    store: strawberry.ID | None = strawberry.field(
        description="The store it was done at; null where none was named."
    )
    channel: str | None = strawberry.field(
        description="The way it was done, such as web; null where none was named."
    )
    amount: Money | None = strawberry.field(
        description="What was paid for a purchase, or given back by a refund; null for others."
    )
    event: str | None = strawberry.field(description="Which event it was; null for others.")
    quantity: int = strawberry.field(description="How much of an event it was; 1 for others.")
    purchase_id: strawberry.ID | None = strawberry.field(
        description="The reference of the purchase that was refunded; null for others."
    )
    counted: bool = strawberry.field(
        description="Whether it counted; false for a visit too soon after another."
    )
    entries: list[LedgerEntry] = strawberry.field(
        description="The movements it made, newest first; empty where it moved nothing."
    )


@strawberry.type
class Recorded(Moved):
    """What a mutation answers that recorded what a member did."""

    reference: strawberry.Private[str] = ""

    @strawberry.field(
        description="What was recorded; null when it was refused, and for a caller who may not "
        "read members."
    )
    async def activity(self, info: Info) -> MemberActivity | None:
        """Show what was recorded."""
        view = self.shown_view(info)
        found = view and await history.find(info.context.engine, view.state, self.reference)
        return show_activity(found, view) if found and view else None


R = TypeVar("R", bound=Recorded)


async def recorded(context: Context, payload: type[R], outcome: Outcome, reference: str) -> R:
    """Answer with what was recorded, what it moved, and the member after it."""
    answer = await moved(context, payload, outcome)
    answer.reference = reference
    return answer


def show_activity(reported: history.Reported, view: View) -> MemberActivity:
    """Show an activity."""
    amount = None
    if reported.amount is not None and reported.money is not None:
        amount = money(reported.amount, reported.money)
    return MemberActivity(
        id=strawberry.ID(reported.reference),
        kind=ActivityKind(reported.kind.upper()),
        occurred_at=reported.occurred_at,
        source=reported.source,
        store=None if reported.store is None else strawberry.ID(reported.store),
        channel=reported.channel,
        amount=amount,
        event=reported.event,
        quantity=reported.quantity,
        purchase_id=None if reported.purchase is None else strawberry.ID(reported.purchase),
        counted=reported.counted,
        entries=[show_entry(entry, view) for entry in reported.entries],
    )


def activity_cursor(reported: history.Reported) -> str:
    """Write an activity's place in the list."""
    return cursor(ACTIVITIES, instant_text(reported.occurred_at), reported.reference)
