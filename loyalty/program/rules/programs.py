"""The whole program as data; whether its parts fit together is told by `mistakes`."""

from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import field_validator
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from loyalty import money
from loyalty.program.rules.adjustments import Adjustments
from loyalty.program.rules.cards import Card
from loyalty.program.rules.challenges import Challenge
from loyalty.program.rules.conditions import Place
from loyalty.program.rules.currencies import PointsCurrency
from loyalty.program.rules.earning import EarningRule, Receipts, Trigger, Visits
from loyalty.program.rules.ladders import Ladder
from loyalty.program.rules.messaging import Messaging
from loyalty.program.rules.nudges import (
    NearNudge,
    Nudge,
    NudgeTrigger,
    ProgressNudge,
    effective,
)
from loyalty.program.rules.offers import Offer
from loyalty.program.rules.personal import PersonalOffer
from loyalty.program.rules.plans import Pass, Plan
from loyalty.program.rules.referrals import Referral
from loyalty.program.rules.texts import CurrencyCode, Id, Terms, Text, time_zones

QUARTERS = (25, 50, 75)


class EarnBase(Terms):
    """Say which part of a purchase earns: tax in or out. Shipping and points payment never do."""

    tax: Literal["INCLUDED", "EXCLUDED"] = "INCLUDED"


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
    visits: Visits = Visits()
    adjustments: Adjustments = Adjustments()
    receipts: Receipts = Receipts()
    ladders: tuple[Ladder, ...] = ()
    offers: tuple[Offer, ...] = ()
    personal_offers: tuple[PersonalOffer, ...] = ()
    plans: tuple[Plan, ...] = ()
    passes: tuple[Pass, ...] = ()
    cards: tuple[Card, ...] = ()
    challenges: tuple[Challenge, ...] = ()
    referral: Referral | None = None
    nudges: tuple[Nudge, ...] = ()
    messaging: Messaging = Messaging()

    @field_validator("format", mode="before")
    @classmethod
    def _a_number(cls, value: object) -> object:
        if isinstance(value, bool):  # to Python, true is a 1
            raise ValueError("must be 1")
        return value

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in time_zones():
            raise ValueError(
                f"`{value}` is not a time zone of the IANA database, such as Europe/Copenhagen"
            )
        return value

    @cached_property
    def exponent(self) -> int:
        """Give the decimals of the program's money, by ISO 4217."""
        return money.exponent(self.money)

    @cached_property
    def zone(self) -> ZoneInfo:
        """Give the zone in which the program's days begin and end."""
        return ZoneInfo(self.time_zone)

    @cached_property
    def place(self) -> Place:
        """Give where the program is at home."""
        return Place(self.zone, self.exponent)

    @cached_property
    def rules_by_trigger(self) -> dict[Trigger, tuple[EarningRule, ...]]:
        """Give the earning rules that each trigger makes look, in their order."""
        return {
            trigger: tuple(rule for rule in self.earning_rules if rule.trigger is trigger)
            for trigger in Trigger
        }

    @cached_property
    def _by_id(self) -> dict[str, PointsCurrency]:
        return {currency.id: currency for currency in self.currencies}

    @cached_property
    def is_plain(self) -> bool:
        """Tell whether it gives points by what was done alone, whoever did it, and nothing else.

        Then nothing beside the earning rules has to look at an activity.
        """
        more = (self.ladders, self.offers, self.plans, self.passes, self.cards, self.challenges)
        return not (
            any(more)
            or self.personal_offers
            or self.referral
            or any(rule.when.asks_who or rule.cap for rule in self.earning_rules)
        )

    @cached_property
    def rights(self) -> tuple[Plan | Pass, ...]:
        """Give every plan and every pass, whose ids differ."""
        return (*self.plans, *self.passes)

    def currency(self, currency_id: str) -> PointsCurrency | None:
        """Find a currency by its id."""
        return self._by_id.get(currency_id)

    def money_of(self, currency_id: str) -> str | None:
        """Give the money that a currency is counted in, in minor units; None where in points."""
        currency = self.currency(currency_id)
        return self.money if currency is not None and currency.is_money else None

    @cached_property
    def _nudges(self) -> Mapping[NudgeTrigger, Nudge]:
        return effective(self.nudges)

    def nudge(self, trigger: NudgeTrigger) -> Nudge | None:
        """Find the nudge on a trigger, switched on or off; None where there is none."""
        return self._nudges.get(trigger)

    @cached_property
    def near_tier_percent(self) -> int | None:
        """Give how much of a tier's threshold may be missing when that is told; None for never."""
        nudge = self.nudge(NudgeTrigger.NEAR_TIER)
        return nudge.within_percent if isinstance(nudge, NearNudge) and nudge.enabled else None

    @cached_property
    def progress_told(self) -> tuple[tuple[int, ...], bool]:
        """Give at which percents of the way to a level it is told, and whether one step before."""
        nudge = self.nudge(NudgeTrigger.CHALLENGE_PROGRESS)
        if not isinstance(nudge, ProgressNudge):
            return QUARTERS, False
        return tuple(sorted(nudge.percents)), nudge.one_step

    @cached_property
    def _offers_by_id(self) -> dict[str, Offer]:
        return {offer.id: offer for offer in self.offers}

    def offer(self, offer_id: str) -> Offer | None:
        """Find an offer by its id."""
        return self._offers_by_id.get(offer_id)

    @cached_property
    def _challenges_by_id(self) -> dict[str, Challenge]:
        return {challenge.id: challenge for challenge in self.challenges}

    def challenge(self, challenge_id: str) -> Challenge | None:
        """Find a challenge by its id."""
        return self._challenges_by_id.get(challenge_id)


class _Written(GenerateJsonSchema):
    """Describe what is written: what is not said is left out, and never null."""

    def nullable_schema(self, schema: Any) -> JsonSchemaValue:
        """Describe a value alone, without its absence."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: Any) -> JsonSchemaValue:
        """Name a default where there is one."""
        if schema.get("default", ...) is None:
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)

    def encode_default(self, dft: Any) -> Any:
        """Write a default as it would be written."""
        return _said(super().encode_default(dft))


def _said(value: Any) -> Any:
    match value:
        case dict():
            return {name: _said(part) for name, part in value.items() if part is not None}
        case list():
            return [_said(part) for part in value]
    return value


def json_schema() -> dict[str, Any]:
    """Describe the format to editors, as JSON Schema (2020-12)."""
    schema = Program.model_json_schema(schema_generator=_Written)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


class VersionStatus(StrEnum):
    """Say where a version of the program stands in its life."""

    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    ARCHIVED = "ARCHIVED"
