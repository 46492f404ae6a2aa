"""The conditions a segment may ask for: what can be asked, in which bounds; not whether it holds.

Days are local days of the program's zone, today one of them.
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, model_validator

from loyalty.members import Channel, Purpose
from loyalty.program import terms

DAYS_LIMIT = 3_660
CHOICES_LIMIT = 50
LOCALE = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$"

Whole = Annotated[int, Field(strict=True, ge=0, le=10**15)]
Number = Annotated[int, Field(strict=True, ge=0, le=100_000)]
Days = Annotated[int, Field(strict=True, ge=1, le=DAYS_LIMIT)]
Years = Annotated[int, Field(strict=True, ge=0, le=150)]
Percent = Annotated[int, Field(strict=True, ge=1, le=100)]
Month = Annotated[int, Field(strict=True, ge=1, le=12)]
Day = Annotated[terms.Day, Field(ge=date(1970, 1, 1), le=date(2199, 12, 31))]
Amount = Annotated[Decimal, Field(ge=0, max_digits=15)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Ids = Annotated[tuple[terms.Id, ...], Field(min_length=1, max_length=CHOICES_LIMIT)]
Names = Annotated[tuple[Name, ...], Field(min_length=1, max_length=CHOICES_LIMIT)]
Locale = Annotated[str, Field(pattern=LOCALE)]


def _zone(name: str) -> str:
    if name not in terms.time_zones():
        raise ValueError("must be an IANA time zone, such as Europe/Copenhagen")
    return name


def _true(said: bool) -> bool:
    if not said:
        raise ValueError("must be true")
    return said


Yes = Annotated[bool, Field(strict=True), AfterValidator(_true)]
Zone = Annotated[str, AfterValidator(_zone)]


class Condition(terms.Terms):
    """One thing to ask about a member; of the names in `ways`, exactly one is there."""

    ways: ClassVar[tuple[str, ...]] = ()

    @model_validator(mode="after")
    def _one_way(self) -> "Condition":
        ways = self.ways
        if ways and sum(getattr(self, way) is not None for way in ways) != 1:
            shown = ", ".join(type(self).model_fields[way].alias or way for way in ways)
            raise ValueError(f"must have exactly one of {shown}")
        return self


class Bounded(Condition):
    """A number between two bounds, both included, of which at least one is there."""

    @model_validator(mode="after")
    def _bounded(self) -> "Bounded":
        least, most = getattr(self, "at_least", None), getattr(self, "at_most", None)
        if least is None and most is None:
            raise ValueError("must have at_least or at_most, or both")
        if least is not None and most is not None and least > most:
            raise ValueError("must have an at_least that is no more than its at_most")
        return self


class TierHeld(Condition):
    """The tier that a member has on a ladder; without `ladder` the one that has the tier."""

    ways: ClassVar[tuple[str, ...]] = ("is_", "at_least", "any_of")
    ladder: terms.Id | None = None
    is_: terms.Id | None = Field(default=None, alias="is")
    at_least: terms.Id | None = None
    any_of: Ids | None = None

    @property
    def named(self) -> tuple[str, ...]:
        """Give the tiers that are named."""
        return self.any_of or tuple(filter(None, (self.is_, self.at_least)))


class Balance(Bounded):
    """What a member can spend now in a currency; STORE_CREDIT and PREPAID in minor units."""

    currency: terms.Id
    at_least: Whole | None = None
    at_most: Whole | None = None


class LastPurchase(Condition):
    """When a member last bought; `not_within_days` is of those who ever did."""

    within_days: Days | None = None
    not_within_days: Days | None = None
    never: Yes | None = None

    ways: ClassVar[tuple[str, ...]] = ("within_days", "not_within_days", "never")


class Purchases(Bounded):
    """How often a member bought, ever or in the last `days`; what was given back whole is not."""

    at_least: Number | None = None
    at_most: Number | None = None
    days: Days | None = None


class Spend(Bounded):
    """For how much a member bought, in units of the program's money, net of refunds.

    It counts what earns: no shipping, nothing paid with points, tax as the program says.
    """

    at_least: Amount | None = None
    at_most: Amount | None = None
    days: Days | None = None


class _Times(Bounded):
    """How many purchases were of something, ever or in the last `days`; at least 1 by default."""

    at_least: Number | None = None
    at_most: Number | None = None
    days: Days | None = None

    @model_validator(mode="before")
    @classmethod
    def _once(cls, value: object) -> object:
        if isinstance(value, dict) and not {"at_least", "at_most"} & value.keys():
            return {**value, "at_least": 1}
        return value


class Category(_Times):
    """How many purchases had something of a product category in them that was not given back."""

    category: Name


class Store(_Times):
    """How many purchases were made at a store."""

    store: Name


class LocaleIs(Condition):
    """The language of a member: `sv` means `sv-FI` as well."""

    any_of: Annotated[tuple[Locale, ...], Field(min_length=1, max_length=CHOICES_LIMIT)]


class TimeZoneIs(Condition):
    """The time zone of a member."""

    any_of: Annotated[tuple[Zone, ...], Field(min_length=1, max_length=CHOICES_LIMIT)]


class BirthMonth(Condition):
    """The month in which a member was born, 1 to 12."""

    any_of: Annotated[tuple[Month, ...], Field(min_length=1, max_length=12)]


class Age(Bounded):
    """How old a member is today, in whole years; whose birth date is unknown is of no age."""

    at_least: Years | None = None
    at_most: Years | None = None


class Enrolled(Condition):
    """When a member joined: in the last days or before them, since a day or until one, included."""

    within_days: Days | None = None
    not_within_days: Days | None = None
    since: Day | None = None
    until: Day | None = None

    ways: ClassVar[tuple[str, ...]] = ("within_days", "not_within_days", "since", "until")


class Label(Condition):
    """A label that staff put on the member."""

    any_of: Names


class ConsentGiven(Condition):
    """What the member agreed to; service messages by push unless it was refused."""

    purpose: Purpose
    channel: Channel


class Engaged(StrEnum):
    """Name what members do with the app: it was open, a message was opened, a link in it."""

    SEEN = "SEEN"
    OPENED = "OPENED"
    CLICKED = "CLICKED"


class Engagement(Condition):
    """When the app was last seen, or a message last opened or clicked; never is `not_within`."""

    event: Engaged
    within_days: Days | None = None
    not_within_days: Days | None = None

    ways: ClassVar[tuple[str, ...]] = ("within_days", "not_within_days")


class Challenge(Condition):
    """How far a member is in a challenge: takes part, has so much of it, ever reached a level.

    Percent are of the target in the period of today; of several levels, of the highest.
    """

    ways: ClassVar[tuple[str, ...]] = ("joined", "at_least_percent", "achieved")
    challenge: terms.Id
    joined: Yes | None = None
    at_least_percent: Percent | None = None
    achieved: Yes | None = None
    level: terms.Id | None = None

    @model_validator(mode="after")
    def _level_is_achieved(self) -> "Challenge":
        if self.level is not None and self.achieved is None:
            raise ValueError("must have achieved: true beside its level")
        return self


class PlanHeld(Condition):
    """A plan or a pass whose benefits the member has now."""

    any_of: Ids


def days_bought(leaf: Condition) -> frozenset[int | None]:
    """Give over how many days back purchases must be known (None: all); nothing for the most."""
    match leaf:
        case Category() | Store():
            return frozenset({leaf.days})
        case Purchases() | Spend() if leaf.days is not None:
            return frozenset({leaf.days})
    return frozenset()
