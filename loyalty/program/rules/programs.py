"""The whole program: its parts, and that what they refer to exists."""

from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any, Literal
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision
from pydantic import field_validator, model_validator

from loyalty.program.rules.currencies import PointsCurrency
from loyalty.program.rules.earning import EarningRule
from loyalty.program.rules.ladders import Ladder
from loyalty.program.rules.texts import (
    CurrencyCode,
    Id,
    Terms,
    Text,
    minor_units,
    must_be_unique,
    time_zones,
)


class EarnBase(Terms):
    """Say which part of a purchase earns: tax in or out. Shipping and points payment never do."""

    tax: Literal["INCLUDED", "EXCLUDED"] = "INCLUDED"


class Nudge(Terms):
    """Send a push when a fact of this kind happens; texts may use its fields in braces."""

    on: Literal["POINTS_EARNED", "TIER_REACHED"]
    enabled: bool = True
    title: Text | None = None
    body: Text | None = None


class Program(Terms):
    """Declare one loyalty scheme, whole."""

    format: Literal[1]
    id: Id
    name: Text
    money: CurrencyCode
    time_zone: str = "UTC"
    default_language: str = "en"
    currencies: tuple[PointsCurrency, ...] = ()
    earning_rules: tuple[EarningRule, ...] = ()
    multipliers: Literal["BEST", "PRODUCT"] = "BEST"
    earn_base: EarnBase = EarnBase()
    ladders: tuple[Ladder, ...] = ()
    nudges: tuple[Nudge, ...] = ()

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in time_zones():
            raise ValueError(
                f"`{value}` is not a time zone of the IANA database, such as Europe/Copenhagen"
            )
        return value

    @model_validator(mode="after")
    def _refers_to_what_exists(self) -> "Program":
        currencies = {currency.id: currency for currency in self.currencies}
        tiers = {tier.id for ladder in self.ladders for tier in ladder.tiers}
        must_be_unique("currency", [currency.id for currency in self.currencies])
        must_be_unique("earning rule", [rule.id for rule in self.earning_rules])
        must_be_unique("ladder", [ladder.id for ladder in self.ladders])
        rights = [{b.id for t in ladder.tiers for b in t.benefits} for ladder in self.ladders]
        must_be_unique("benefit", [right for ladder in rights for right in ladder])
        must_be_unique("tier", [tier.id for ladder in self.ladders for tier in ladder.tiers])
        for rule in self.earning_rules:
            _known("currency", rule.currency, currencies, f"earning rule `{rule.id}`")
            for tier in rule.when.tiers:
                _known("tier", tier, tiers, f"earning rule `{rule.id}`")
        for amount in self._amounts():
            minor_units(amount, self.exponent)
        for ladder in self.ladders:
            if ladder.points_currency is not None:
                _known("currency", ladder.points_currency, currencies, f"ladder `{ladder.id}`")
        return self

    def _amounts(self) -> list[Decimal]:
        limits = [rule.when.minimum_amount for rule in self.earning_rules]
        marks = [t.threshold.spend for ladder in self.ladders for t in ladder.tiers if t.threshold]
        return [amount for amount in (*limits, *marks) if amount is not None]

    @cached_property
    def exponent(self) -> int:
        """Give the decimals of the program's money, by ISO 4217."""
        return get_currency_precision(self.money)

    @cached_property
    def zone(self) -> ZoneInfo:
        """Give the zone in which the program's days begin and end."""
        return ZoneInfo(self.time_zone)

    @cached_property
    def _by_id(self) -> dict[str, PointsCurrency]:
        return {currency.id: currency for currency in self.currencies}

    def currency(self, currency_id: str) -> PointsCurrency | None:
        """Find a currency by its id."""
        return self._by_id.get(currency_id)


class VersionStatus(StrEnum):
    """Say where a version of the program stands in its life."""

    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    ARCHIVED = "ARCHIVED"


def _known(what: str, wanted: str, known: Any, where: str) -> None:
    if wanted not in known:
        raise ValueError(
            f"{where} names the {what} `{wanted}`, which is not declared; declared: "
            + (", ".join(f"`{name}`" for name in sorted(known)) or "none")
        )
