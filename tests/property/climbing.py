"""The auditor's ladders: everything that ever counted, added up anew for each window.

Knows the ladders of `CLIMBS` by heart and shares no code with the engine.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from tests.engines import RICH

CLIMBS = (
    RICH
    + """
  - id: rolling
    name: Rolling
    window: ROLLING_12M
    points_currency: status
    tiers:
      - {id: r1, name: R1, threshold: {points: 60}}
      - {id: r2, name: R2, threshold: {points: 200, purchases: 3}}
      - {id: r3, name: R3, threshold: {spend: "450.00"}}
      - {id: r4, name: R4, threshold: {spend: "900.00", purchases: 40, match: ANY}}
      - {id: r5, name: R5, threshold: {points: 100000}}
  - id: own-year
    name: Own year
    window: ANNIVERSARY
    tiers:
      - {id: y0, name: Y0}
      - {id: y1, name: Y1, threshold: {purchases: 2}}
      - {id: y2, name: Y2, threshold: {spend: "300.00"}}
      - {id: y3, name: Y3, threshold: {spend: "600.00", purchases: 9}}
      - {id: y4, name: Y4, threshold: {purchases: 100000}}
  - id: ever
    name: Ever
    window: LIFETIME
    points_currency: status
    tiers:
      - {id: e1, name: E1, threshold: {spend: "120.00"}}
      - {id: e2, name: E2, threshold: {points: 500}}
      - {id: e3, name: E3, threshold: {spend: "100000.00"}}
"""
)

Sums = tuple[int, int, int]  # spend in cents, purchases, status points
NOTHING: Sums = (0, 0, 0)


@dataclass(frozen=True)
class Way:
    """A ladder: which period a day lies in (None: twelve rolling months), and what tiers ask."""

    period: Callable[[date], int] | None
    counts_points: bool
    tiers: tuple[tuple[str, Callable[[int, int, int], bool]], ...]
    begins_with: str | None = None


def own_year(day: date) -> int:
    """Everybody enrols on 2 March."""
    return day.year - ((day.month, day.day) < (3, 2))


WAYS = {
    "main": Way(
        lambda day: day.year,
        True,
        (
            ("silver", lambda _spend, _times, points: points >= 100),
            ("gold", lambda spend, times, _points: spend >= 50_000 or times >= 3),
        ),
        begins_with="basic",
    ),
    "rolling": Way(
        None,
        True,
        (
            ("r1", lambda _spend, _times, points: points >= 60),
            ("r2", lambda _spend, times, points: points >= 200 and times >= 3),
            ("r3", lambda spend, _times, _points: spend >= 45_000),
            ("r4", lambda spend, times, _points: spend >= 90_000 or times >= 40),
            ("r5", lambda _spend, _times, points: points >= 100_000),
        ),
    ),
    "own-year": Way(
        own_year,
        False,
        (
            ("y1", lambda _spend, times, _points: times >= 2),
            ("y2", lambda spend, _times, _points: spend >= 30_000),
            ("y3", lambda spend, times, _points: spend >= 60_000 and times >= 9),
            ("y4", lambda _spend, times, _points: times >= 100_000),
        ),
        begins_with="y0",
    ),
    "ever": Way(
        lambda _day: 0,
        True,
        (
            ("e1", lambda spend, _times, _points: spend >= 12_000),
            ("e2", lambda _spend, _times, points: points >= 500),
            ("e3", lambda spend, _times, _points: spend >= 10_000_000),
        ),
    ),
}


def a_year_before(day: date) -> date:
    leap = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28 if leap else day.day)


@dataclass
class Climber:
    """One member on every ladder."""

    counted: list[tuple[date, Sums]] = field(default_factory=list)
    places: dict[str, tuple[int, datetime]] = field(default_factory=dict)

    def tier(self, ladder: str) -> tuple[str | None, datetime | None]:
        """Say the tier a member has, and since when; that with which all begin is not reached."""
        if ladder not in self.places:
            return WAYS[ladder].begins_with, None
        place, since = self.places[ladder]
        return WAYS[ladder].tiers[place][0], since

    def have(self, ladder: str, today: date) -> Sums:
        """Add up what counts today."""
        return self._sums(ladder, today, self.counted)

    def climb(self, at: datetime, day: date, sums: Sums) -> None:
        """Count something; a member never falls."""
        latest = max((other for other, _ in self.counted), default=day)
        known = [one for one in self.counted if one[0] > a_year_before(latest)]
        self.counted.append((day, sums))
        known.append((day, sums))
        for ladder, way in WAYS.items():
            if way.period:
                windows = [self._sums(ladder, day, self.counted)]
            else:
                ends = {end for end, _ in known if a_year_before(end) < day <= end}
                windows = [self._sums(ladder, end, known) for end in ends]
            place = max(self._highest(way, window) for window in windows)
            if place > self.places.get(ladder, (-1, at))[0]:
                self.places[ladder] = (place, at)

    @staticmethod
    def _highest(way: Way, sums: Sums) -> int:
        return max((n for n, (_, asks) in enumerate(way.tiers) if asks(*sums)), default=-1)

    @staticmethod
    def _sums(ladder: str, on: date, counted: list[tuple[date, Sums]]) -> Sums:
        way = WAYS[ladder]
        if way.period:
            within = [sums for day, sums in counted if way.period(day) == way.period(on)]
        else:
            within = [sums for day, sums in counted if a_year_before(on) < day <= on]
        spend, times, points = (sum(each) for each in zip(NOTHING, *within, strict=True))
        return spend, times, points if way.counts_points else 0
