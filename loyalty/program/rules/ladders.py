"""Ladders of tiers as data: windows, thresholds, benefits."""

from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, model_validator

from loyalty.program.rules.texts import Amount, Factor, Id, Terms, Text, must_be_unique


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
    match: Literal["ALL", "ANY"] = "ALL"

    @model_validator(mode="after")
    def _some_criterion(self) -> "Threshold":
        if self.spend is None and self.purchases is None and self.points is None:
            raise ValueError("name at least one of spend, purchases, points")
        return self


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

    @model_validator(mode="after")
    def _factor_where_it_belongs(self) -> "Benefit":
        if (self.kind is BenefitKind.POINTS_MULTIPLIER) != (self.factor is not None):
            raise ValueError("`factor` belongs to a POINTS_MULTIPLIER, and is required there")
        return self


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

    @model_validator(mode="after")
    def _climbs(self) -> "Ladder":
        for index, tier in enumerate(self.tiers):
            if tier.threshold is None and index > 0:
                raise ValueError(
                    f"tier `{tier.id}` needs a threshold: only the lowest may be without"
                )
            if tier.threshold and tier.threshold.points and self.points_currency is None:
                raise ValueError(
                    f"tier `{tier.id}` counts points: name the ladder's `points_currency`"
                )
        must_be_unique("tier", [tier.id for tier in self.tiers])
        for name in ("spend", "purchases", "points"):
            marks = [getattr(t.threshold, name) for t in self.tiers if t.threshold]
            if any(b <= a for a, b in pairwise(mark for mark in marks if mark is not None)):
                raise ValueError(f"each tier's {name} must be higher than that of the tier below")
        return self
