"""Earning rules as data: trigger, conditions, effect."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field

from loyalty.program.rules.conditions import Conditions
from loyalty.program.rules.texts import Factor, Id, Instant, Terms, Text, Truth, Whole


class Rounding(StrEnum):
    """Say how a part of a point becomes whole."""

    FLOOR = "FLOOR"
    HALF_UP = "HALF_UP"
    HALF_EVEN = "HALF_EVEN"
    CEIL = "CEIL"


class PerAmount(Terms):
    """Earn `points` for every `per` of money spent; `carry` keeps the rest for next time."""

    kind: Literal["PER_AMOUNT"]
    points: Annotated[Whole, Field(ge=1, le=1_000_000)]
    per: Annotated[Decimal, Field(gt=0, max_digits=12)]
    rounding: Rounding = Rounding.FLOOR
    scope: Literal["ORDER", "LINE"] = "ORDER"
    carry: Truth = False

    @cached_property
    def rate(self) -> Fraction:
        """Give points per unit of money, exactly."""
        return self.points / Fraction(self.per)


class Fixed(Terms):
    """Earn so many points, once, or for each unit of the matching lines or of an event."""

    kind: Literal["FIXED"]
    points: Annotated[Whole, Field(ge=1, le=1_000_000)]
    per_unit: Truth = False


class Multiplier(Terms):
    """Multiply what PER_AMOUNT rules of the currency earn on the matching lines."""

    kind: Literal["MULTIPLIER"]
    factor: Factor


Effect = Annotated[PerAmount | Fixed | Multiplier, Field(discriminator="kind")]


class Trigger(StrEnum):
    """Name what makes a rule look: what a member did, the day they joined, their birthday."""

    PURCHASE = "PURCHASE"
    VISIT = "VISIT"
    EVENT = "EVENT"
    ENROLMENT = "ENROLMENT"
    BIRTHDAY = "BIRTHDAY"


class Cap(Terms):
    """Let a rule give a member at most `points` in each day, week, month or year, local time."""

    points: Annotated[Whole, Field(ge=1, le=1_000_000_000)]
    per: Literal["DAY", "WEEK", "MONTH", "YEAR"]

    def first_day(self, on: date) -> date:
        """Give the first day of the period that a local day lies in; weeks begin on Monday."""
        match self.per:
            case "DAY":
                return on
            case "WEEK":
                return on - timedelta(days=on.weekday())
            case "MONTH":
                return on.replace(day=1)
            case "YEAR":
                return on.replace(month=1, day=1)


class Visits(Terms):
    """Let a check-in so soon after another that counted count nothing."""

    interval_minutes: Annotated[Whole, Field(ge=0, le=10_080)] = 60

    @property
    def interval(self) -> timedelta:
        """Give the time that must lie between two visits that count."""
        return timedelta(minutes=self.interval_minutes)


class Receipts(Terms):
    """Let a purchase without a card be claimed by its receipt, for so many local days after."""

    claim_days: Annotated[Whole, Field(ge=0, le=365)] = 30


class EarningRule(Terms):
    """Declare one way to earn: trigger, conditions, effect."""

    id: Id
    name: Text
    trigger: Trigger = Trigger.PURCHASE
    event: str | None = None
    currency: Id
    when: Conditions = Conditions()
    effect: Effect
    cap: Cap | None = None
    starts_at: Instant | None = None
    ends_at: Instant | None = None

    def runs_at(self, at: datetime) -> bool:
        """Tell whether the rule is in force at an instant (naive UTC), `ends_at` not included."""
        if self.starts_at is None and self.ends_at is None:
            return True
        instant = at.replace(tzinfo=UTC)
        return not (
            (self.starts_at is not None and instant < self.starts_at)
            or (self.ends_at is not None and instant >= self.ends_at)
        )
