"""Earning rules as data: trigger, conditions, effect."""

from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from loyalty.program.rules.conditions import Conditions
from loyalty.program.rules.texts import Factor, Id, Terms, Text


class Rounding(StrEnum):
    """Say how a part of a point becomes whole."""

    FLOOR = "FLOOR"
    HALF_UP = "HALF_UP"
    HALF_EVEN = "HALF_EVEN"
    CEIL = "CEIL"


class PerAmount(Terms):
    """Earn `points` for every `per` of money spent; `carry` keeps the rest for next time."""

    kind: Literal["PER_AMOUNT"]
    points: Annotated[int, Field(ge=1, le=1_000_000)]
    per: Annotated[Decimal, Field(gt=0, max_digits=12)]
    rounding: Rounding = Rounding.FLOOR
    scope: Literal["ORDER", "LINE"] = "ORDER"
    carry: bool = False

    @cached_property
    def rate(self) -> Fraction:
        """Give points per unit of money, exactly."""
        return self.points / Fraction(self.per)


class Fixed(Terms):
    """Earn so many points, once a purchase or event, or for each unit of the matching lines."""

    kind: Literal["FIXED"]
    points: Annotated[int, Field(ge=1, le=1_000_000)]
    per_unit: bool = False


class Multiplier(Terms):
    """Multiply what PER_AMOUNT rules of the currency earn on the matching lines."""

    kind: Literal["MULTIPLIER"]
    factor: Factor


Effect = Annotated[PerAmount | Fixed | Multiplier, Field(discriminator="kind")]


class EarningRule(Terms):
    """Declare one way to earn: trigger, conditions, effect."""

    id: Id
    name: Text
    trigger: Literal["PURCHASE", "EVENT"] = "PURCHASE"
    event: str | None = None
    currency: Id
    when: Conditions = Conditions()
    effect: Effect
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None

    def runs_at(self, at: datetime) -> bool:
        """Tell whether the rule is in force at an instant (naive UTC), `ends_at` not included."""
        if self.starts_at is None and self.ends_at is None:
            return True
        instant = at.replace(tzinfo=UTC)
        return not (
            (self.starts_at is not None and instant < self.starts_at)
            or (self.ends_at is not None and instant >= self.ends_at)
        )
