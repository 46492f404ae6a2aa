"""The auditor of tiers that last for a time: every day that passes, and every window, anew.

Knows the ladders of `LASTING` by heart and shares no code with the engine. Where the engine looks
at a tier when somebody comes or reads, this one gets up every morning.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from tests.property.auditor import end_of_day
from tests.property.climbing import a_year_before, own_year

LASTING = """
format: 1
id: lasting
name: Lasting
money: EUR
time_zone: Europe/Copenhagen
ladders:
  - id: yearly
    name: Yearly
    validity: {kind: PERIOD_END, grace_days: 20}
    tiers:
      - id: a0
        name: A0
        benefits: [{id: wrap, kind: SERVICE, name: Wrap, quota: {count: 2, per: MONTH}}]
      - {id: a1, name: A1, threshold: {spend: "60.00"}}
      - {id: a2, name: A2, threshold: {spend: "150.00"}}
      - {id: a3, name: A3, threshold: {spend: "300.00"}}
  - id: rolling
    name: Rolling
    window: ROLLING_12M
    validity: {kind: MONTHS, months: 3, grace_days: 5}
    downgrade: FULL
    tiers:
      - {id: b1, name: B1, threshold: {purchases: 2}}
      - {id: b2, name: B2, threshold: {spend: "120.00"}}
      - {id: b3, name: B3, threshold: {spend: "240.00"}}
  - id: own
    name: Own
    window: ANNIVERSARY
    validity: {kind: PERIOD_END}
    downgrade: FULL
    tiers:
      - {id: c0, name: C0}
      - {id: c1, name: C1, threshold: {spend: "80.00"}}
      - {id: c2, name: C2, threshold: {spend: "200.00"}}
  - id: ever
    name: Ever
    window: CALENDAR_YEAR
    validity: {kind: PERIOD_END}
    downgrade: NEVER
    tiers:
      - {id: d1, name: D1, threshold: {spend: "100.00"}}
"""

Sums = tuple[int, int]  # spend in cents, purchases
A_DAY = timedelta(days=1)


def end_of_year(day: date) -> date:
    return date(day.year, 12, 31)


def end_of_own_year(day: date) -> date:
    """Everybody enrols on 2 March."""
    return date(own_year(day) + 1, 3, 1)


def three_months_later(day: date) -> date:
    year, month = (day.year, day.month + 3) if day.month < 10 else (day.year + 1, day.month - 9)
    while True:
        try:
            return date(year, month, day.day)
        except ValueError:
            day -= A_DAY


@dataclass(frozen=True)
class Way:
    """A ladder: tiers by what they ask, the period of a day, and when a validity ends."""

    tiers: tuple[tuple[str, Callable[[int, int], bool]], ...]
    period: Callable[[date], int] | None
    ends: Callable[[date], date] | None
    grace: int
    one_step: bool
    begins_with: str | None = None


def spend(least: int) -> Callable[[int, int], bool]:
    return lambda cents, _times: cents >= least


WAYS = {
    "yearly": Way(
        (("a1", spend(6_000)), ("a2", spend(15_000)), ("a3", spend(30_000))),
        lambda day: day.year, end_of_year, 20, True, "a0",
    ),
    "rolling": Way(
        (("b1", lambda _cents, times: times >= 2), ("b2", spend(12_000)), ("b3", spend(24_000))),
        None, three_months_later, 5, False,
    ),
    "own": Way(
        (("c1", spend(8_000)), ("c2", spend(20_000))), own_year, end_of_own_year, 0, False, "c0"
    ),
    "ever": Way((("d1", spend(10_000)),), lambda day: day.year, None, 0, False),
}  # fmt: skip


@dataclass
class Walker:
    """One member on one ladder."""

    way: Way
    bought: list[tuple[date, Sums]] = field(default_factory=list)
    place: int = -1
    since: datetime | None = None
    until: date | None = None
    kept: int = 0
    lost: int = 0

    @property
    def tier(self) -> str | None:
        return self.way.tiers[self.place][0] if self.place >= 0 else self.way.begins_with

    def sums(self, on: date) -> Sums:
        """Add up the window that a day lies in."""
        period = self.way.period
        within = [
            each
            for day, each in self.bought
            if (period(day) == period(on) if period else a_year_before(on) < day <= on)
        ]
        return sum(cents for cents, _ in within), sum(times for _, times in within)

    def worth(self, on: date) -> int:
        have = self.sums(on)
        return max((n for n, (_, asks) in enumerate(self.way.tiers) if asks(*have)), default=-1)

    def morning(self, today: date) -> None:
        """A day begins: what ended is kept, left for a while, or lost."""
        while self.until is not None and self.way.ends and today > self.until:
            last = self.until + timedelta(days=self.way.grace)
            earned = max(self.worth(self.until), self.worth(min(today, last)))
            if earned >= self.place:
                first = self.until + A_DAY if self.way.period else self.until
                self.until = self.way.ends(first)
                self.kept += 1
            elif today > last:
                self.place = self.place - 1 if self.way.one_step else earned
                self.since = end_of_day(last) if self.place >= 0 else None
                self.until = self.way.ends(last + A_DAY) if self.place >= 0 else None
                self.lost += 1
            else:
                return

    def buy(self, at: datetime, day: date, sums: Sums, today: date) -> None:
        self.bought.append((day, sums))
        later = {other for other, _ in self.bought if a_year_before(other) < day <= other}
        reached = max(self.worth(end) for end in (later if self.way.period is None else {day}))
        if reached > self.place:
            would = copy.copy(self)
            would.place, would.since = reached, at
            would.until = self.way.ends(day) if self.way.ends else None
            would.morning(today)
            if would.place > self.place:
                self.place, self.since, self.until = would.place, would.since, would.until
        self.morning(today)


@dataclass
class Person:
    """One member on every ladder, who also has things wrapped, twice a month."""

    walkers: dict[str, Walker] = field(
        default_factory=lambda: {name: Walker(way) for name, way in WAYS.items()}
    )
    wrapped: dict[tuple[int, int], int] = field(default_factory=dict)

    def morning(self, today: date) -> None:
        for walker in self.walkers.values():
            walker.morning(today)

    def buy(self, at: datetime, day: date, cents: int, today: date) -> None:
        for walker in self.walkers.values():
            walker.buy(at, day, (cents, 1), today)

    def refund(self, day: date, cents: int) -> None:
        for walker in self.walkers.values():
            walker.bought.remove((day, (cents, 1)))

    def wrap(self, today: date) -> bool:
        """Have something wrapped; False where it was twice this month."""
        month = (today.year, today.month)
        if self.wrapped.get(month, 0) == 2:
            return False
        self.wrapped[month] = self.wrapped.get(month, 0) + 1
        return True
