"""When a rule means an activity: conditions as data, and whether they hold.

Earning rules, challenges, offers and personal offers ask by the same words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

from loyalty.program.rules.activities import Activity, Line, Purchase
from loyalty.program.rules.days import end_of_day, local_day
from loyalty.program.rules.texts import Amount, DayTime, Terms, Truth, minor_units
from loyalty.values import value


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


class Hours(Terms):
    """A stretch of the local day, `until` not included; one that ends before it starts is night."""

    since: DayTime
    until: DayTime

    def hold(self, at: time) -> bool:
        """Tell whether a local time lies in the stretch."""
        if self.since <= self.until:
            return self.since <= at < self.until
        return at >= self.since or at < self.until


class Conditions(Terms):
    """Say when a rule fires; an empty list means any.

    Products, categories and flags select lines; the rest looks at the whole activity or at who
    did it. `minimum_amount` is of the lines selected. `birthday` is the day or month of it.
    """

    products: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    flags: frozenset[str] = frozenset()
    stores: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    payment_methods: frozenset[str] = frozenset()
    weekdays: frozenset[Weekday] = frozenset()
    hours: Hours | None = None
    minimum_amount: Amount | None = None
    tiers: frozenset[str] = frozenset()
    plans: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()
    birthday: Literal["DAY", "MONTH"] | None = None
    first_purchase: Truth = False

    @cached_property
    def selects_lines(self) -> bool:
        """Tell whether the rule looks at single lines."""
        return bool(self.products or self.categories or self.flags)

    @cached_property
    def asks_who(self) -> bool:
        """Tell whether the rule looks at the member."""
        return bool(
            self.tiers or self.plans or self.segments or self.birthday or self.first_purchase
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a program is at home: the zone of its days, the decimals of its money."""

    zone: ZoneInfo
    exponent: int

    def local(self, at: datetime) -> datetime:
        """Give the local time of an instant (naive UTC)."""
        return at.replace(tzinfo=UTC).astimezone(self.zone)

    def day(self, at: datetime) -> date:
        """Give the local day that an instant (naive UTC) lies in."""
        return local_day(at, self.zone)

    def end_of(self, day: date) -> datetime:
        """Give the instant (naive UTC) at which a local day is over."""
        return end_of_day(day, self.zone)


@value
class Who:
    """What conditions may ask about a member, as it was before the activity."""

    tiers: frozenset[str] = frozenset()
    plans: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()
    born_on: date | None = None
    purchases: int = 0


NOBODY_SPECIAL = Who()


def selects(when: Conditions, line: Line) -> bool:
    """Tell whether a line is one that the conditions mean."""
    return not when.selects_lines or (
        _allows(when.products, line.product)
        and _allows(when.categories, line.category)
        and (not when.flags or not when.flags.isdisjoint(line.flags))
    )


def selected(when: Conditions, activity: Activity) -> Sequence[Line]:
    """Give the lines of an activity that the conditions mean; only purchases have any."""
    if not isinstance(activity, Purchase):
        return ()
    return [line for line in activity.lines if selects(when, line)]


def holds(when: Conditions, activity: Activity, place: Place, who: Who) -> bool:
    """Tell whether conditions hold for an activity, with at least one line where they select."""
    return suits(when, activity, place) and means(when, activity.occurred_at, place, who)


def suits(when: Conditions, activity: Activity, place: Place) -> bool:
    """Tell whether an activity is one that conditions mean, whoever did it."""
    return (
        _allows(when.stores, activity.store)
        and _allows(when.channels, activity.channel)
        and (not when.weekdays or _weekday(activity.occurred_at, place) in when.weekdays)
        and (when.hours is None or when.hours.hold(place.local(activity.occurred_at).time()))
        and (not isinstance(activity, Purchase) or _suits_purchase(when, activity, place))
    )


def _suits_purchase(when: Conditions, purchase: Purchase, place: Place) -> bool:
    if not _allows(when.payment_methods, purchase.payment_method):
        return False
    if when.minimum_amount is not None:
        amount = sum(line.amount for line in purchase.lines if selects(when, line))
        if amount < minor_units(when.minimum_amount, place.exponent):
            return False
    return not when.selects_lines or any(selects(when, line) for line in purchase.lines)


def means(when: Conditions, at: datetime, place: Place, who: Who) -> bool:
    """Tell whether conditions mean a member, as they were at an instant (naive UTC)."""
    return not when.asks_who or (
        (not when.tiers or not when.tiers.isdisjoint(who.tiers))
        and (not when.plans or not when.plans.isdisjoint(who.plans))
        and (not when.segments or not when.segments.isdisjoint(who.segments))
        and (not when.first_purchase or who.purchases == 0)
        and (when.birthday is None or _celebrates(when.birthday, place.day(at), who))
    )


def _celebrates(span: str, today: date, who: Who) -> bool:
    born = who.born_on
    return born is not None and (
        born.month == today.month and (span == "MONTH" or is_birthday(born, today))
    )


def is_birthday(born: date, today: date) -> bool:
    """Tell whether a day is a birthday; who was born on 29 February has it on the 28th else."""
    if (born.month, born.day) == (2, 29) and not _is_leap(today.year):
        return (today.month, today.day) == (2, 28)
    return (born.month, born.day) == (today.month, today.day)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _weekday(at: datetime, place: Place) -> Weekday:
    return WEEKDAYS[place.local(at).weekday()]


def _allows(allowed: frozenset[str], value: str | None) -> bool:
    return not allowed or value in allowed
