"""What the shop's systems say of an activity, and how it is read; records nothing."""

from datetime import datetime

import strawberry

from loyalty.activities import Event, Line, Purchase, Refund, RefundLine, Visit
from schema.scalars import MoneyInput, short_text

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
    flags: list[str] = strawberry.field(
        default_factory=list,
        description="What else the shop knows of the line, such as own-bag or local, as the rules "
        "name it; at most 20, of 1 to 200 characters.",
    )


@strawberry.input
class Bought:
    """What was bought, whoever did."""

    source: str = strawberry.field(description=SOURCE)
    id: strawberry.ID = strawberry.field(description=ID)
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
    redemption: strawberry.ID | None = strawberry.field(
        default=None,
        description="The entry that spent those points, as walletSpend or walletHoldConfirm gave "
        "it: a refund returns them to where they came from. Any other entry is refused, and so is "
        "one that another purchase named. Null when it is not known.",
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

    def bought_by(self, member_id: str) -> Purchase:
        """Read what was bought as a purchase of somebody's. Raises BadInput."""
        code = self.total.currency_code
        lines = [_line(index, line, code) for index, line in enumerate(self.lines)]
        return Purchase(
            source=self.source,
            id=self.id,
            member_id=member_id,
            occurred_at=self.occurred_at,
            money=code,
            total=self.total.minor_units(code, "total"),
            lines=tuple(lines),
            shipping=_part(self.shipping, code, "shipping"),
            points_payment=_part(self.points_payment, code, "pointsPayment"),
            store=_label(self.store, "store"),
            channel=_label(self.channel, "channel"),
            payment_method=_label(self.payment_method, "paymentMethod"),
            redemption=_label(self.redemption, "redemption"),
        )


@strawberry.input(description="A paid purchase of a member.")
class PurchaseRecordInput(Bought):
    """A paid purchase."""

    member_id: strawberry.ID = strawberry.field(description="Who bought.")

    def to_purchase(self) -> Purchase:
        """Read a reported purchase. Raises BadInput."""
        return self.bought_by(self.member_id)


@strawberry.input(description="A paid purchase of somebody who did not say who they are.")
class ReceiptRecordInput(Bought):
    """A purchase of nobody yet."""

    number: str = strawberry.field(
        description="What is printed on the receipt to claim it by, unique in the shop and hard to "
        "guess; 1 to 200 characters."
    )

    def to_purchase(self) -> Purchase:
        """Read a reported purchase, of nobody. Raises BadInput."""
        return self.bought_by("")


@strawberry.input(description="A receipt, and the member whose it is.")
class ReceiptAssignInput:
    """Whose receipt it is."""

    number: str = strawberry.field(
        description="The number that is printed on it, 1 to 200 characters."
    )
    member_id: strawberry.ID = strawberry.field(description="Whose it is.")


@strawberry.input(description="A receipt that is the member's own.")
class ReceiptClaimInput:
    """A receipt."""

    number: str = strawberry.field(
        description="The number that is printed on it, 1 to 200 characters."
    )


@strawberry.input(description="A member came in: a check-in at a till, a door or a class.")
class VisitRecordInput:
    """A check-in."""

    source: str = strawberry.field(description=SOURCE)
    id: strawberry.ID = strawberry.field(description=ID)
    member_id: strawberry.ID = strawberry.field(description="Who came.")
    occurred_at: datetime = strawberry.field(description=WHEN)
    store: str | None = strawberry.field(
        default=None, description="The store's id, at most 200 characters."
    )
    channel: str | None = strawberry.field(
        default=None, description="The way it was seen, such as gate; at most 200 characters."
    )

    def to_visit(self) -> Visit:
        """Read a reported visit. Raises BadInput."""
        return Visit(
            source=self.source,
            id=self.id,
            member_id=self.member_id,
            occurred_at=self.occurred_at,
            store=_label(self.store, "store"),
            channel=_label(self.channel, "channel"),
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
    quantity: int = strawberry.field(
        default=1,
        description="How much of it was done, where that is counted, such as kilometres; 1 to "
        "1,000,000.",
    )

    def to_event(self) -> Event:
        """Read a reported event. Raises BadInput."""
        return Event(
            source=self.source,
            id=self.id,
            member_id=self.member_id,
            occurred_at=self.occurred_at,
            kind=self.type,
            store=_label(self.store, "store"),
            channel=_label(self.channel, "channel"),
            quantity=self.quantity,
        )


@strawberry.input(description="What is refunded of one line of a purchase.")
class RefundLineInput:
    """A part of a line."""

    index: int = strawberry.field(description="The line of the purchase as recorded, from 0.")
    quantity: int | None = strawberry.field(
        default=None,
        description="How many come back, 1 to 1,000,000; null with an amount for none, else all.",
    )
    amount: MoneyInput | None = strawberry.field(
        default=None,
        description="What is given back; null for the part that the quantity has of the line.",
    )


@strawberry.input(
    description="Money given back for a purchase: of some lines, or an amount of the order; with "
    "neither, all that is left of it."
)
class RefundRecordInput:
    """A refund."""

    source: str = strawberry.field(description=SOURCE)
    id: strawberry.ID = strawberry.field(description=ID)
    occurred_at: datetime = strawberry.field(description=WHEN)
    purchase_source: str = strawberry.field(
        description="The source that recorded the purchase; 1 to 200 characters."
    )
    purchase_id: strawberry.ID = strawberry.field(description="The purchase's id there.")
    member_id: strawberry.ID | None = strawberry.field(
        default=None, description="Whose purchase it is, to be sure; null to let it tell."
    )
    lines: list[RefundLineInput] = strawberry.field(
        default_factory=list, description="What is refunded of which lines; each line once."
    )
    amount: MoneyInput | None = strawberry.field(
        default=None,
        description="What is given back of the order as a whole, and the goods are kept; it is "
        "spread over the lines, and over shipping last.",
    )

    def to_refund(self) -> Refund:
        """Read a reported refund. Raises BadInput."""
        amounts = [line.amount for line in self.lines if line.amount is not None]
        first = next(iter([*amounts, *([self.amount] if self.amount else [])]), None)
        code = first.currency_code if first else ""
        return Refund(
            source=self.source,
            id=self.id,
            occurred_at=self.occurred_at,
            purchase_source=self.purchase_source,
            purchase_id=self.purchase_id,
            money=code or None,
            member_id=self.member_id,
            lines=tuple(_refund_line(place, line, code) for place, line in enumerate(self.lines)),
            amount=None if self.amount is None else self.amount.minor_units(code, "amount"),
        )


def _refund_line(place: int, line: RefundLineInput, code: str) -> RefundLine:
    given = line.amount
    amount = None if given is None else given.minor_units(code, "lines", place, "amount")
    return RefundLine(line.index, line.quantity, amount)


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
        flags=tuple(short_text(flag, "lines", index, "flags") for flag in line.flags),
    )


def _part(amount: MoneyInput | None, code: str, *path: str | int) -> int:
    return 0 if amount is None else amount.minor_units(code, *path)
