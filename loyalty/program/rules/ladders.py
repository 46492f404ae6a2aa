"""Ladders of tiers as data: windows, thresholds, how long a tier lasts, benefits."""

from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field

from loyalty.program.rules.texts import Amount, Factor, Id, Terms, Text, Whole


class WindowKind(StrEnum):
    """Say over which stretch of time a tier counts."""

    LIFETIME = "LIFETIME"
    CALENDAR_YEAR = "CALENDAR_YEAR"
    ROLLING_12M = "ROLLING_12M"
    ANNIVERSARY = "ANNIVERSARY"


class Threshold(Terms):
    """Say what reaches a tier; with several criteria, whether all or any of them."""

    spend: Amount | None = None
    purchases: Annotated[Whole, Field(ge=1)] | None = None
    points: Annotated[Whole, Field(ge=1)] | None = None
    visits: Annotated[Whole, Field(ge=1)] | None = None
    match: Literal["ALL", "ANY"] = "ALL"


class BenefitKind(StrEnum):
    """Name the right that a benefit gives."""

    FREE_SHIPPING = "FREE_SHIPPING"
    EARLY_ACCESS = "EARLY_ACCESS"
    DISCOUNT = "DISCOUNT"
    POINTS_MULTIPLIER = "POINTS_MULTIPLIER"
    SERVICE = "SERVICE"
    EVENT_ACCESS = "EVENT_ACCESS"
    CUSTOM = "CUSTOM"


class QuotaPeriod(StrEnum):
    """Name the calendar period, in the program's zone, after which a quota begins anew."""

    MONTH = "MONTH"
    QUARTER = "QUARTER"
    YEAR = "YEAR"
    EVER = "EVER"


class Quota(Terms):
    """Say how often a benefit may be used in each period."""

    count: Annotated[Whole, Field(ge=1, le=10_000)]
    per: QuotaPeriod


class Benefit(Terms):
    """Give a continuing right; a POINTS_MULTIPLIER carries its `factor`.

    A DISCOUNT may say its `percent`, EARLY_ACCESS how many `hours` or `days` it is early.
    """

    id: Id
    kind: BenefitKind
    name: Text
    factor: Factor | None = None
    percent: Annotated[Decimal, Field(gt=0, le=100, max_digits=6)] | None = None
    hours: Annotated[Whole, Field(ge=1, le=1_000)] | None = None
    days: Annotated[Whole, Field(ge=1, le=366)] | None = None
    quota: Quota | None = None


class Tier(Terms):
    """Declare a level of a ladder; the lowest may be without a threshold."""

    id: Id
    name: Text
    threshold: Threshold | None = None
    benefits: tuple[Benefit, ...] = ()


class ValidityKind(StrEnum):
    """Say until when a tier lasts: for ever, to the end of the window's period, some months."""

    FOREVER = "FOREVER"
    PERIOD_END = "PERIOD_END"
    MONTHS = "MONTHS"


class Validity(Terms):
    """Say how long a tier lasts once it is reached, and for how many days more it is left."""

    kind: ValidityKind = ValidityKind.FOREVER
    months: Annotated[Whole, Field(ge=1, le=120)] | None = None
    grace_days: Annotated[Whole, Field(ge=0, le=180)] = 0


class Downgrade(StrEnum):
    """Say where a member falls whose tier ended: one tier, to what was earned, or not at all."""

    ONE_STEP = "ONE_STEP"
    FULL = "FULL"
    NEVER = "NEVER"


class Ladder(Terms):
    """Order tiers from the lowest; higher tiers include the benefits of lower ones."""

    id: Id
    name: Text
    window: WindowKind = WindowKind.CALENDAR_YEAR
    points_currency: Id | None = None
    validity: Validity = Validity()
    downgrade: Downgrade = Downgrade.ONE_STEP
    tiers: Annotated[tuple[Tier, ...], Field(min_length=1)]

    @cached_property
    def has_ends(self) -> bool:
        """Tell whether a tier of this ladder can be lost again."""
        return (
            self.validity.kind is not ValidityKind.FOREVER and self.downgrade is not Downgrade.NEVER
        )
