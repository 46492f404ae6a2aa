"""What the shop's systems report: purchases, visits and events, once for their source and id."""

import strawberry

from loyalty import activities
from loyalty.activities import history
from schema.activities.history import Recorded, recorded
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


@strawberry.type(description="What a purchase brought about.")
class PurchaseRecordPayload(Recorded):
    """What a purchase brought about."""


@strawberry.type(description="What a refund brought about.")
class RefundRecordPayload(Recorded):
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
class ReceiptAssignPayload(Recorded):
    """What a receipt brought about."""


@strawberry.type(description="What a visit brought about.")
class VisitRecordPayload(Recorded):
    """What a visit brought about."""

    counted: bool = strawberry.field(
        default=False,
        description="Whether it counts; false when it was too soon after another visit that did, "
        "by the program's interval, and when it was refused.",
    )


@strawberry.type(description="What an event brought about.")
class EventRecordPayload(Recorded):
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
    purchase = reported.to_purchase()
    outcome = await activities.record_purchase(context.engine, purchase)
    reference = history.reference_of(purchase)
    return await recorded(context, PurchaseRecordPayload, outcome, reference)


async def _record_refund(context: Context, reported: RefundRecordInput) -> RefundRecordPayload:
    refund = reported.to_refund()
    outcome = await activities.record_refund(context.engine, refund)
    reference = history.reference_of_refund(refund)
    payload = await recorded(context, RefundRecordPayload, outcome, reference)
    result = outcome.result
    payload.refunded = money(result["refunded"], result["money"])
    payload.left = money(result["left"], result["money"])
    return payload


async def _record_receipt(context: Context, reported: ReceiptRecordInput) -> ReceiptRecordPayload:
    kept = await activities.record_receipt(context.engine, reported.number, reported.to_purchase())
    return ReceiptRecordPayload(replayed=kept)


async def _assign_receipt(context: Context, wanted: ReceiptAssignInput) -> ReceiptAssignPayload:
    outcome = await activities.claim_receipt(context.engine, wanted.member_id, wanted.number)
    reference = await history.reference_of_receipt(context.engine, wanted.number)
    return await recorded(context, ReceiptAssignPayload, outcome, reference)


async def _record_visit(context: Context, reported: VisitRecordInput) -> VisitRecordPayload:
    visit = reported.to_visit()
    outcome = await activities.record_visit(context.engine, visit)
    reference = history.reference_of(visit)
    payload = await recorded(context, VisitRecordPayload, outcome, reference)
    payload.counted = outcome.result.get("counted", True)
    return payload


async def _record_event(context: Context, reported: EventRecordInput) -> EventRecordPayload:
    event = reported.to_event()
    outcome = await activities.record_event(context.engine, event)
    return await recorded(context, EventRecordPayload, outcome, history.reference_of(event))
