"""What the shop's systems report: purchases, visits and events, once for their source and id."""

import strawberry

from loyalty import activities
from schema.activities.inputs import (
    EventRecordInput,
    PurchaseRecordInput,
    ReceiptAssignInput,
    ReceiptRecordInput,
    RefundRecordInput,
    VisitRecordInput,
)
from schema.context import Context, Info
from schema.payloads import Input, Repeatable, answer
from schema.permissions import RECORD_EVENTS, RECORD_PURCHASES, Needs
from schema.scalars import Money, money
from schema.wallets import Moved, moved


@strawberry.type(description="What a purchase brought about.")
class PurchaseRecordPayload(Moved):
    """What a purchase brought about."""


@strawberry.type(description="What a refund brought about.")
class RefundRecordPayload(Moved):
    """What a refund brought about."""

    refunded: Money | None = strawberry.field(
        default=None, description="What was refunded; null when it was refused."
    )
    left: Money | None = strawberry.field(
        default=None, description="What is left of the purchase; null when it was refused."
    )


@strawberry.type(description="What became of a receipt.")
class ReceiptRecordPayload(Repeatable):
    """What became of a receipt."""


@strawberry.type(description="What assigning a receipt brought about.")
class ReceiptAssignPayload(Moved):
    """What a receipt brought about."""


@strawberry.type(description="What a visit brought about.")
class VisitRecordPayload(Moved):
    """What a visit brought about."""

    counted: bool = strawberry.field(
        default=False,
        description="Whether it counts; false when it was too soon after another visit that did, "
        "by the program's interval, and when it was refused.",
    )


@strawberry.type(description="What an event brought about.")
class EventRecordPayload(Moved):
    """What an event brought about."""


@strawberry.type
class StaffActivityMutation:
    """What is reported."""

    @strawberry.mutation(
        description="Record a paid purchase: it earns, and counts for tiers, at once.",
        extensions=[Needs(RECORD_PURCHASES)],
    )
    async def purchase_record(
        self, info: Info, input: Input[PurchaseRecordInput]
    ) -> PurchaseRecordPayload | None:
        """Record a purchase."""
        work = _record_purchase(info.context, input)
        return await answer(info.context, PurchaseRecordPayload, work, key_at="id")

    @strawberry.mutation(
        description="Record that money was given back for a purchase, once or in parts. What the "
        "rest of it would not have earned is taken back, and what points had paid for returns.",
        extensions=[Needs(RECORD_PURCHASES)],
    )
    async def refund_record(
        self, info: Info, input: Input[RefundRecordInput]
    ) -> RefundRecordPayload | None:
        """Record a refund."""
        work = _record_refund(info.context, input)
        return await answer(info.context, RefundRecordPayload, work, key_at="id")

    @strawberry.mutation(
        description="Keep a purchase of somebody who did not say who they are, to be claimed by "
        "the number of its receipt for as many days as the program lets it.",
        extensions=[Needs(RECORD_PURCHASES)],
    )
    async def receipt_record(
        self, info: Info, input: Input[ReceiptRecordInput]
    ) -> ReceiptRecordPayload | None:
        """Keep a receipt."""
        work = _record_receipt(info.context, input)
        return await answer(info.context, ReceiptRecordPayload, work, key_at="number")

    @strawberry.mutation(
        description="Make the purchase of a receipt a member's, once.",
        extensions=[Needs(RECORD_PURCHASES)],
    )
    async def receipt_assign(
        self, info: Info, input: Input[ReceiptAssignInput]
    ) -> ReceiptAssignPayload | None:
        """Claim a receipt for a member."""
        work = _assign_receipt(info.context, input)
        return await answer(info.context, ReceiptAssignPayload, work)

    @strawberry.mutation(
        description="Record that a member came in. Too soon after another visit that counted, it "
        "is recorded and counts nothing.",
        extensions=[Needs(RECORD_EVENTS)],
    )
    async def visit_record(
        self, info: Info, input: Input[VisitRecordInput]
    ) -> VisitRecordPayload | None:
        """Record a visit."""
        work = _record_visit(info.context, input)
        return await answer(info.context, VisitRecordPayload, work, key_at="id")

    @strawberry.mutation(
        description="Record something else a member did; it may earn.",
        extensions=[Needs(RECORD_EVENTS)],
    )
    async def event_record(
        self, info: Info, input: Input[EventRecordInput]
    ) -> EventRecordPayload | None:
        """Record an event."""
        work = _record_event(info.context, input)
        return await answer(info.context, EventRecordPayload, work, key_at="id")


async def _record_purchase(
    context: Context, reported: PurchaseRecordInput
) -> PurchaseRecordPayload:
    outcome = await activities.record_purchase(context.engine, reported.to_purchase())
    return await moved(context, PurchaseRecordPayload, outcome)


async def _record_refund(context: Context, reported: RefundRecordInput) -> RefundRecordPayload:
    outcome = await activities.record_refund(context.engine, reported.to_refund())
    payload = await moved(context, RefundRecordPayload, outcome)
    result = outcome.result
    payload.refunded = money(result["refunded"], result["money"])
    payload.left = money(result["left"], result["money"])
    return payload


async def _record_receipt(context: Context, reported: ReceiptRecordInput) -> ReceiptRecordPayload:
    kept = await activities.record_receipt(context.engine, reported.number, reported.to_purchase())
    return ReceiptRecordPayload(replayed=kept)


async def _assign_receipt(context: Context, wanted: ReceiptAssignInput) -> ReceiptAssignPayload:
    outcome = await activities.claim_receipt(context.engine, wanted.member_id, wanted.number)
    return await moved(context, ReceiptAssignPayload, outcome)


async def _record_visit(context: Context, reported: VisitRecordInput) -> VisitRecordPayload:
    outcome = await activities.record_visit(context.engine, reported.to_visit())
    payload = await moved(context, VisitRecordPayload, outcome)
    payload.counted = outcome.result.get("counted", True)
    return payload


async def _record_event(context: Context, reported: EventRecordInput) -> EventRecordPayload:
    outcome = await activities.record_event(context.engine, reported.to_event())
    return await moved(context, EventRecordPayload, outcome)
