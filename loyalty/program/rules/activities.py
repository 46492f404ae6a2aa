"""What members do, as the terms read it: a purchase with its lines, a visit, another event.

Values only; what they earn is told by the nouns that execute the terms.
"""

from datetime import datetime
from typing import TypeAlias

from loyalty.values import value


@value
class Line:
    """One line of a purchase. `amount`: what was paid, tax in, discounts off, minor units.

    `flags` say what else the shop knows of it, such as `own-bag` or `local`.
    """

    amount: int
    quantity: int = 1
    product: str | None = None
    name: str | None = None
    category: str | None = None
    tax: int = 0
    flags: tuple[str, ...] = ()


@value
class Purchase:
    """A paid purchase as the shop reports it; `source` and `id` together are unique for ever.

    Amounts in minor units of `money` (ISO 4217). `total` = lines + shipping. `points_payment` is
    the part of the total that was paid with points, `redemption` the entry that spent them.
    """

    source: str
    id: str
    member_id: str
    occurred_at: datetime
    money: str
    total: int
    lines: tuple[Line, ...] = ()
    shipping: int = 0
    points_payment: int = 0
    store: str | None = None
    channel: str | None = None
    payment_method: str | None = None
    redemption: str | None = None

    def __post_init__(self) -> None:
        """Make a purchase that was reported without lines one of a single line."""
        if not self.lines and self.total > self.shipping:
            object.__setattr__(self, "lines", (Line(self.total - self.shipping),))


@value
class Visit:
    """A member came in: a check-in at a till, a door or a class; unique by `source` and `id`."""

    source: str
    id: str
    member_id: str
    occurred_at: datetime
    store: str | None = None
    channel: str | None = None


@value
class Event:
    """Something else a member did, such as a `review`; unique by `source` and `id`.

    `quantity` is how much of it was done, where that is counted (kilometres, pages).
    """

    source: str
    id: str
    member_id: str
    occurred_at: datetime
    kind: str
    store: str | None = None
    channel: str | None = None
    quantity: int = 1


Activity: TypeAlias = Purchase | Visit | Event
