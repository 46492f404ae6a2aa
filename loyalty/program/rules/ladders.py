"""Ladders of tiers as data: windows, thresholds, benefits."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from loyalty.program.rules.texts import Amount, Factor, Id, Terms, Text


class WindowKind(StrEnum):
    """Say over which stretch of time a tier counts."""

    LIFETIME = "LIFETIME"
    CALENDAR_YEAR = "CALENDAR_YEAR"
    ROLLING_12M = "ROLLING_12M"
    ANNIVERSARY = "ANNIVERSARY"


class Threshold(Terms):
    """Say what reaches a tier; with several criteria, whether all or any of them."""

    spend: Amount | None = None
    purchases: Annotated[int, Field(ge=1)] | None = None
    points: Annotated[int, Field(ge=1)] | None = None
    visits: Annotated[int, Field(ge=1)] | None = None
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


class Benefit(Terms):
    """Give a continuing right; a POINTS_MULTIPLIER carries its `factor`."""

    id: Id
    kind: BenefitKind
    name: Text
    factor: Factor | None = None


class Tier(Terms):
    """Declare a level of a ladder; the lowest may be without a threshold."""

    id: Id
    name: Text
    threshold: Threshold | None = None
    benefits: tuple[Benefit, ...] = ()


class Ladder(Terms):
    """Order tiers from the lowest; higher tiers include the benefits of lower ones."""

    id: Id
    name: Text
    window: WindowKind = WindowKind.CALENDAR_YEAR
    points_currency: Id | None = None
    tiers: Annotated[tuple[Tier, ...], Field(min_length=1)]
