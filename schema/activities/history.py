"""What a member did, newest first, each with what it moved."""

from datetime import datetime

import strawberry

from loyalty.activities import history
from schema.context import View
from schema.enums import ActivityKind
from schema.pagination import cursor
from schema.scalars import Money, instant_text, money
from schema.wallets import LedgerEntry, show_entry

ACTIVITIES = "activities"


@strawberry.type(description="Something that was reported of a member, and what came of it.")
class MemberActivity:
    """Something that was reported."""

    id: strawberry.ID = strawberry.field(
        description="Its reference, such as purchase:web:1001, as entries name it."
    )
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
