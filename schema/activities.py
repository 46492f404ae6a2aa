"""What the shop's systems report: purchases and events, once for their source and id."""

from datetime import datetime

import strawberry

from loyalty import activities
from loyalty.activities import Event, Line, Purchase
from schema.context import Context, Info
from schema.payloads import Input, answer
from schema.permissions import RECORD_EVENTS, RECORD_PURCHASES, Needs
from schema.scalars import MoneyInput, short_text
from schema.wallets import Moved, moved

SOURCE = "The system that reports it, such as till-7 or webshop; 1 to 200 characters."
ID = (
    "Its id in that system, 1 to 200 characters. Source and id together are the key: the same "
    "report is done once, another report under them is refused as KeyReused."
)
WHEN = "When it happened; at most a day in the future."


@strawberry.input(description="One line of a purchase.")
class PurchaseLineInput:
    """One line."""

    amount: MoneyInput = strawberry.field(
        description="What was paid for the whole line, tax in, discounts off; not negative."
    )
    quantity: int = strawberry.field(default=1, description="How many, 1 to 1,000,000.")
    product: str | None = strawberry.field(
        default=None, description="The product's id in the shop, at most 200 characters."
    )
    name: str | None = strawberry.field(
        default=None, description="What it is called, at most 200 characters."
    )
    category: str | None = strawberry.field(
        default=None, description="The category's id in the shop, at most 200 characters."
    )
    tax: MoneyInput | None = strawberry.field(
        default=None, description="The tax in the amount; null for none."
    )


@strawberry.input(description="A paid purchase of a member.")
class PurchaseRecordInput:
    """A paid purchase."""

    source: str = strawberry.field(description=SOURCE)
    id: strawberry.ID = strawberry.field(description=ID)
    member_id: strawberry.ID = strawberry.field(description="Who bought.")
    occurred_at: datetime = strawberry.field(description=WHEN)
    total: MoneyInput = strawberry.field(
        description="What was paid in all, in the program's money: lines and shipping, the part "
        "paid with points included."
    )
    lines: list[PurchaseLineInput] = strawberry.field(
        default_factory=list,
        description="At most 200 lines in the same money; none makes one line of the total.",
    )
    shipping: MoneyInput | None = strawberry.field(
        default=None, description="The part of the total that is for shipping; earns nothing."
    )
    points_payment: MoneyInput | None = strawberry.field(
        default=None, description="The part of the total paid with points; earns nothing."
    )
    store: str | None = strawberry.field(
        default=None, description="The store's id, at most 200 characters."
    )
    channel: str | None = strawberry.field(
        default=None,
        description="The way it was bought, such as store or web; at most 200 characters.",
    )
    payment_method: str | None = strawberry.field(
        default=None, description="How it was paid, such as card; at most 200 characters."
    )


@strawberry.input(description="Something else a member did, such as a review.")
class EventRecordInput:
    """Something else."""

    source: str = strawberry.field(description=SOURCE)
    id: strawberry.ID = strawberry.field(description=ID)
    member_id: strawberry.ID = strawberry.field(description="Who did it.")
    occurred_at: datetime = strawberry.field(description=WHEN)
    type: str = strawberry.field(
        description="What was done, as the earning rules name it, such as review; 1 to 200 "
        "characters."
    )
    store: str | None = strawberry.field(
        default=None, description="The store's id, at most 200 characters."
    )
    channel: str | None = strawberry.field(
        default=None, description="Where it was done, such as app or web; at most 200 characters."
    )


@strawberry.type(description="What a purchase brought about.")
class PurchaseRecordPayload(Moved):
    """What a purchase brought about."""


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
    outcome = await activities.record_purchase(context.engine, _purchase(reported))
    return await moved(context, PurchaseRecordPayload, outcome)


def _purchase(reported: PurchaseRecordInput) -> Purchase:
    """Read a reported purchase. Raises BadInput."""
    code = reported.total.currency_code
    lines = [_line(index, line, code) for index, line in enumerate(reported.lines)]
    return Purchase(
        source=reported.source,
        id=reported.id,
        member_id=reported.member_id,
        occurred_at=reported.occurred_at,
        money=code,
        total=reported.total.minor_units(code, "total"),
        lines=tuple(lines),
        shipping=_part(reported.shipping, code, "shipping"),
        points_payment=_part(reported.points_payment, code, "pointsPayment"),
        store=_label(reported.store, "store"),
        channel=_label(reported.channel, "channel"),
        payment_method=_label(reported.payment_method, "paymentMethod"),
    )


def _label(text: str | None, name: str) -> str | None:
    return None if text is None else short_text(text, name)


def _line(index: int, line: PurchaseLineInput, code: str) -> Line:
    return Line(
        amount=line.amount.minor_units(code, "lines", index, "amount"),
        quantity=line.quantity,
        product=line.product,
        name=line.name,
        category=line.category,
        tax=_part(line.tax, code, "lines", index, "tax"),
    )


def _part(amount: MoneyInput | None, code: str, *path: str | int) -> int:
    return 0 if amount is None else amount.minor_units(code, *path)


async def _record_event(context: Context, reported: EventRecordInput) -> EventRecordPayload:
    event = Event(
        source=reported.source,
        id=reported.id,
        member_id=reported.member_id,
        occurred_at=reported.occurred_at,
        kind=reported.type,
        store=_label(reported.store, "store"),
        channel=_label(reported.channel, "channel"),
    )
    outcome = await activities.record_event(context.engine, event)
    return await moved(context, EventRecordPayload, outcome)
