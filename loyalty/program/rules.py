"""The terms and conditions as data: currencies, earning rules, tiers, benefits, nudges.

Pure models of what `program.yaml` may say; what they do is in the nouns that execute them.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from babel.numbers import get_currency_precision
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

FORMAT = 1

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Amount = Annotated[Decimal, Field(ge=0, max_digits=15)]
Factor = Annotated[Decimal, Field(gt=0, le=1000, max_digits=12)]


class Terms(BaseModel):
    """Refuse unknown names, so that a misspelt rule is an error and not a rule that never fires."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Terms):
    """Hold one text per language; the program's default language must be among them."""

    by_language: dict[str, str]

    @model_validator(mode="before")
    @classmethod
    def _from_plain(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"by_language": {"": value}}
        if isinstance(value, dict) and "by_language" not in value:
            return {"by_language": value}
        return value

    def in_language(self, locale: str, default: str = "en") -> str:
        """Give the text for a BCP 47 locale: its language, else the default, else any."""
        for wanted in (locale, locale.split("-", maxsplit=1)[0], default, ""):
            if wanted in self.by_language:
                return self.by_language[wanted]
        return next(iter(self.by_language.values()))


class CurrencyKind(StrEnum):
    """Say what a unit of value is for."""

    REDEEMABLE = "REDEEMABLE"
    QUALIFYING = "QUALIFYING"


class Rounding(StrEnum):
    """Say how a part of a point becomes whole."""

    FLOOR = "FLOOR"
    HALF_UP = "HALF_UP"
    HALF_EVEN = "HALF_EVEN"
    CEIL = "CEIL"


class Never(Terms):
    """Lots never expire."""

    mode: Literal["NEVER"] = "NEVER"


class Rolling(Terms):
    """Each lot expires so many months after it was earned, at the end of that local day."""

    mode: Literal["ROLLING"]
    months: Annotated[int, Field(ge=1, le=120)]


class FixedDate(Terms):
    """Every lot expires at the end of one day of the year, at least `keep_months` after it was earned."""

    mode: Literal["FIXED_DATE"]
    month: Annotated[int, Field(ge=1, le=12)]
    day: Annotated[int, Field(ge=1, le=31)]
    keep_months: Annotated[int, Field(ge=0, le=60)] = 0

    @model_validator(mode="after")
    def _exists_every_year(self) -> "FixedDate":
        try:
            date(2001, self.month, self.day)
        except ValueError:
            raise ValueError(
                f"there is no day {self.day} in month {self.month} of every year"
            ) from None
        return self


Expiry = Annotated[Never | Rolling | FixedDate, Field(discriminator="mode")]


class PointsCurrency(Terms):
    """Declare a unit of value that members hold."""

    id: Id
    kind: CurrencyKind = CurrencyKind.REDEEMABLE
    name: Text
    expiry: Expiry = Never()
    pending_days: Annotated[int, Field(ge=0, le=365)] = 0


class Weekday(StrEnum):
    """Name a day of the week in the program's time zone."""

    MON = "MON"
    TUE = "TUE"
    WED = "WED"
    THU = "THU"
    FRI = "FRI"
    SAT = "SAT"
    SUN = "SUN"


WEEKDAYS = tuple(Weekday)


class Conditions(Terms):
    """Say when a rule fires; an empty list means any. Products and categories select lines."""

    products: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    stores: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    payment_methods: frozenset[str] = frozenset()
    tiers: frozenset[str] = frozenset()
    weekdays: frozenset[Weekday] = frozenset()
    minimum_amount: Amount | None = None

    @property
    def selects_lines(self) -> bool:
        """Tell whether the rule looks at single lines."""
        return bool(self.products or self.categories)


class PerAmount(Terms):
    """Earn `points` for every `per` of money spent; `carry` keeps the rest for the next purchase."""

    kind: Literal["PER_AMOUNT"]
    points: Annotated[int, Field(ge=1, le=1_000_000)]
    per: Annotated[Decimal, Field(gt=0, max_digits=12)]
    rounding: Rounding = Rounding.FLOOR
    scope: Literal["ORDER", "LINE"] = "ORDER"
    carry: bool = False

    @model_validator(mode="after")
    def _carry_keeps_a_rest(self) -> "PerAmount":
        if self.carry and (self.rounding is not Rounding.FLOOR or self.scope != "ORDER"):
            raise ValueError(
                "carry keeps what FLOOR leaves of a whole order: use rounding FLOOR and scope ORDER"
            )
        return self

    @property
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
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    @model_validator(mode="after")
    def _event_named(self) -> "EarningRule":
        if (self.trigger == "EVENT") != (self.event is not None):
            raise ValueError(
                "a rule with trigger EVENT names its `event`, a rule with PURCHASE does not"
            )
        if self.trigger == "EVENT" and not isinstance(self.effect, Fixed):
            raise ValueError("an event has no amount: its effect must be FIXED")
        if self.trigger == "EVENT" and (self.when.selects_lines or self.when.minimum_amount):
            raise ValueError("an event has no lines and no amount to put conditions on")
        return self


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
        _unique("tier", [tier.id for tier in self.tiers])
        for name in ("spend", "purchases", "points"):
            marks = [getattr(t.threshold, name) for t in self.tiers if t.threshold]
            if any(
                a is not None and b is not None and b <= a
                for a, b in zip(marks, marks[1:], strict=False)
            ):
                raise ValueError(f"each tier's {name} must be higher than that of the tier below")
        return self


class EarnBase(Terms):
    """Say which part of a purchase earns: tax in or out. Shipping and points payment never do."""

    tax: Literal["INCLUDED", "EXCLUDED"] = "INCLUDED"


class Nudge(Terms):
    """Send a push when a fact of this kind happens; the text may use the fact's fields in braces."""

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
    currencies: Annotated[tuple[PointsCurrency, ...], Field(min_length=0)] = ()
    earning_rules: tuple[EarningRule, ...] = ()
    multipliers: Literal["BEST", "PRODUCT"] = "BEST"
    earn_base: EarnBase = EarnBase()
    ladders: tuple[Ladder, ...] = ()
    nudges: tuple[Nudge, ...] = ()

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(
                f"`{value}` is not a time zone of the IANA database, such as Europe/Copenhagen"
            )
        return value

    @model_validator(mode="after")
    def _refers_to_what_exists(self) -> "Program":
        currencies = {currency.id: currency for currency in self.currencies}
        tiers = {tier.id for ladder in self.ladders for tier in ladder.tiers}
        _unique("currency", [currency.id for currency in self.currencies])
        _unique("earning rule", [rule.id for rule in self.earning_rules])
        _unique("ladder", [ladder.id for ladder in self.ladders])
        _unique("tier", [tier.id for ladder in self.ladders for tier in ladder.tiers])
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

    @property
    def exponent(self) -> int:
        """Give the decimals of the program's money, by ISO 4217."""
        return get_currency_precision(self.money)

    @property
    def zone(self) -> ZoneInfo:
        """Give the zone in which the program's days begin and end."""
        return ZoneInfo(self.time_zone)

    def currency(self, currency_id: str) -> PointsCurrency | None:
        """Find a currency by its id."""
        return next((c for c in self.currencies if c.id == currency_id), None)


class VersionStatus(StrEnum):
    """Say where a version of the program stands in its life."""

    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    ARCHIVED = "ARCHIVED"


def minor_units(amount: Decimal, exponent: int) -> int:
    """Turn units of money into whole minor units. Raises ValueError for parts of one."""
    scaled = amount.scaleb(exponent)
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{amount} has more decimals than the currency's {exponent}")
    return int(scaled)


def _unique(what: str, ids: list[str]) -> None:
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        raise ValueError(f"{what} id `{twice[0]}` is used twice")


def _known(what: str, wanted: str, known: Any, where: str) -> None:
    if wanted not in known:
        raise ValueError(
            f"{where} names the {what} `{wanted}`, which is not declared; declared: "
            + (", ".join(f"`{name}`" for name in sorted(known)) or "none")
        )
