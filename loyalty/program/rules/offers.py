"""Offers as data: what a member can have, for whom, at which price, when, and how many."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from loyalty.program.rules.conditions import Conditions
from loyalty.program.rules.grants import Grant
from loyalty.program.rules.texts import Amount, Factor, Id, Instant, Terms, Text, Truth, Whole

STOCK_LIMIT = 100_000
CODE = r"^[A-Z0-9-]{3,40}$"


class OfferKind(StrEnum):
    """Say what a member gets by an offer."""

    PERCENT_OFF = "PERCENT_OFF"
    AMOUNT_OFF = "AMOUNT_OFF"
    FREE_PRODUCT = "FREE_PRODUCT"
    FREE_SHIPPING = "FREE_SHIPPING"
    VOUCHER_CODE = "VOUCHER_CODE"
    EXPERIENCE = "EXPERIENCE"
    POINTS = "POINTS"
    CUSTOM = "CUSTOM"


class CodeKind(StrEnum):
    """Say where the code comes from that a member shows at the till."""

    UNIQUE = "UNIQUE"
    LIST = "LIST"
    GENERIC = "GENERIC"


class LimitPeriod(StrEnum):
    """Name a stretch of local days, or all time."""

    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"
    YEAR = "YEAR"
    EVER = "EVER"


class Price(Terms):
    """Ask for points of a currency in exchange."""

    points: Annotated[Whole, Field(ge=1, le=1_000_000_000)]
    currency: Id


class Audience(Terms):
    """Say whom an offer is for; everything named must hold, and empty means everyone."""

    tiers: frozenset[Id] = frozenset()
    plans: frozenset[Id] = frozenset()
    segments: frozenset[str] = frozenset()


class EarlyAccess(Terms):
    """Open an offer to one tier at another instant than to others."""

    tier: Id
    starts_at: Instant

    @property
    def opens_at(self) -> datetime:
        """Give the instant (naive UTC) at which it opens to the tier."""
        return _naive(self.starts_at)


class Limit(Terms):
    """Let one member have an offer so often in each period."""

    count: Annotated[Whole, Field(ge=1, le=1_000)] = 1
    per: LimitPeriod = LimitPeriod.EVER


class Code(Terms):
    """Give a code: one of its own for each (UNIQUE), one of a list (LIST), or `text` (GENERIC)."""

    kind: CodeKind
    text: Annotated[str, Field(pattern=CODE)] | None = None


class IssueOn(Terms):
    """Issue an offer when a member did something, by the words of earning rules."""

    trigger: Literal["PURCHASE", "EVENT", "VISIT"] = "PURCHASE"
    event: str | None = None
    when: Conditions = Conditions()


class Offer(Terms):
    """Declare one proposition to members.

    `stock` is how many there are of it (seats, units); with `waiting_list` those who come too late
    wait in line. `personal` offers are only issued, never claimed. What was issued lasts
    `valid_days` local days after the day it was issued on. With `active_minutes` it must be
    activated before it is redeemed, and lasts so long from then. `exclusive` offers are used alone
    in a purchase, of one `group` only one is. Reserved, it waits `reserve_minutes` for a yes. What
    is `cancellable` can be given back unused; a code that others could use never can.
    """

    id: Id
    kind: OfferKind
    name: Text
    description: Text | None = None
    percent: Factor | None = None
    amount: Amount | None = None
    products: frozenset[str] = frozenset()
    gives: Grant | None = None
    price: Price | None = None
    personal: Truth = False
    audience: Audience = Audience()
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    early_access: tuple[EarlyAccess, ...] = ()
    valid_days: Annotated[Whole, Field(ge=0, le=3_650)] | None = None
    active_minutes: Annotated[Whole, Field(ge=1, le=525_600)] | None = None
    cancellable: Truth = True
    reserve_minutes: Annotated[Whole, Field(ge=1, le=10_080)] = 15
    limits: tuple[Limit, ...] = ()
    stock: Annotated[Whole, Field(ge=1, le=STOCK_LIMIT)] | None = None
    waiting_list: Truth = False
    code: Code | None = None
    exclusive: Truth = False
    group: Id | None = None
    issue_on: IssueOn | None = None

    @property
    def has_list(self) -> bool:
        """Tell whether each one issued takes a code of a list."""
        return self.code is not None and self.code.kind is CodeKind.LIST

    @property
    def is_limited(self) -> bool:
        """Tell whether there are only so many."""
        return self.stock is not None or self.has_list

    @property
    def can_be_cancelled(self) -> bool:
        """Tell whether what was issued can be given back: not once a code of others is known."""
        own = self.code is None or self.code.kind is CodeKind.UNIQUE
        return self.cancellable and own

    def starts_for(self, tiers: frozenset[str]) -> datetime | None:
        """Give when it opens to who has these tiers (naive UTC); None where it always was open."""
        if self.starts_at is None:
            return None
        own = [access.opens_at for access in self.early_access if access.tier in tiers]
        return min([_naive(self.starts_at), *own])

    @property
    def ends(self) -> datetime | None:
        """Give the instant (naive UTC) from which it is over; None where it never is."""
        return None if self.ends_at is None else _naive(self.ends_at)


def _naive(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None)
