"""Purchases, refunds, joining, leaving and time in any order, beside a second count of challenges.

The second count keeps every purchase in a plain list and adds it up anew for each question.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
)

from loyalty import activities, challenges, members
from loyalty.activities import Line, Refund, RefundLine
from loyalty.challenges.store import EFFORTS
from loyalty.errors import Refused
from tests.engines import START, purchase
from tests.property.worlds import Machine, opened, play

GAMES = """
format: 1
id: games
name: Games
money: EUR
time_zone: Europe/Copenhagen
currencies: [{id: points, name: points, expiry: {mode: NEVER}}]
challenges:
  - id: teas
    name: Teas
    triggers: [{when: {categories: [tea]}}]
    period: WEEK
    target: 3
    grants: [{points: 1, currency: points}]
  - id: spend
    name: Spend
    criterion: SUM
    of: SPEND
    period: MONTH
    levels:
      - {id: low, target: "10.00", grants: [{points: 10, currency: points}]}
      - {id: high, target: "40.00", grants: [{points: 100, currency: points}]}
  - id: kinds
    name: Kinds
    criterion: DISTINCT
    of: PRODUCTS
    target: 3
    grants: [{points: 1000, currency: points}]
  - id: days
    name: Days
    criterion: STREAK
    of: DAYS
    joining: OPT_IN
    target: 3
    grants: [{points: 10000, currency: points}]
  - id: big
    name: Big ones
    triggers: [{when: {minimum_amount: "12.00"}}]
    period: MONTH
    joining: OPT_IN
    target: 1
    repeats: true
    grants: [{points: 100000, currency: points}]
"""
ZONE = ZoneInfo("Europe/Copenhagen")
OPT_IN = ("days", "big")
GOALS = {
    "teas": {"teas": (3, 1)},
    "spend": {"low": (1_000, 10), "high": (4_000, 100)},
    "kinds": {"kinds": (3, 1_000)},
    "days": {"days": (3, 10_000)},
    "big": {"big": (1, 100_000)},
}
PRODUCTS = ("tea-green", "tea-black", "cup", "pot")


def local_day(at: datetime) -> date:
    return at.replace(tzinfo=UTC).astimezone(ZONE).date()


@dataclass
class Bought:
    """A purchase and what is left of it: product, price of one, how many."""

    name: str
    at: datetime
    lines: list[tuple[str, int, int]]
    counted: set[str] = field(default_factory=set)

    @property
    def left(self) -> list[tuple[str, int]]:
        return [(product, price * many) for product, price, many in self.lines if many]


@dataclass
class Count:
    """The second count."""

    bought: list[Bought] = field(default_factory=list)
    joined_at: dict[str, datetime] = field(default_factory=dict)
    given: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)
    points: int = 0

    def period(self, name: str, day: date) -> tuple[str, date | None]:
        """Name a period, with its last day."""
        if name == "teas":
            last = day + timedelta(days=6 - day.weekday())
            return "{}-W{:02}".format(*day.isocalendar()[:2]), last
        if name in ("spend", "big"):
            return f"{day:%Y-%m}", (day.replace(day=28) + timedelta(days=4)).replace(
                day=1
            ) - timedelta(days=1)
        return "all", None

    def is_kept(self, name: str, day: date, today: date) -> bool:
        last = self.period(name, day)[1]
        return last is None or today <= last + timedelta(days=31)

    def takes_part(self, name: str, at: datetime) -> bool:
        return name not in OPT_IN or (name in self.joined_at and self.joined_at[name] <= at)

    def adds(self, name: str, one: Bought) -> set[str] | int:
        left = one.left
        match name:
            case "teas":
                return int(any(product.startswith("tea") for product, _ in left))
            case "spend":
                return sum(amount for _, amount in left)
            case "kinds":
                return {product for product, _ in left}
            case "days":
                return {str(local_day(one.at).toordinal())} if left else set()
        return int(bool(left) and sum(amount for _, amount in left) >= 1_200)

    def far(self, name: str, period: str) -> int:
        """Add up a period anew."""
        found = [
            self.adds(name, one)
            for one in self.bought
            if name in one.counted
            and self.takes_part(name, one.at)
            and self.period(name, local_day(one.at))[0] == period
        ]
        if name == "kinds":
            return len({key for keys in found if isinstance(keys, set) for key in keys})
        if name == "days":
            days = {int(key) for keys in found if isinstance(keys, set) for key in keys}
            return max((self.run(day, days) for day in days), default=0)
        return sum(number for number in found if isinstance(number, int))

    @staticmethod
    def run(day: int, days: set[int]) -> int:
        return next(length for length in range(1, 10_000) if day + length not in days)

    def buy(self, one: Bought, now: datetime) -> None:
        self.bought.append(one)
        day, today = local_day(one.at), local_day(now)
        for name, levels in GOALS.items():
            if not (self.is_kept(name, day, today) and self.takes_part(name, one.at)):
                continue
            if not self.adds(name, one):
                continue
            one.counted.add(name)
            period = self.period(name, day)[0]
            given = self.given.setdefault((name, period), {})
            for level, (target, points) in levels.items():
                times = self.far(name, period) // target
                times = times if name == "big" else min(1, times)
                more = max(0, times - given.get(level, 0))
                if more:
                    given[level] = given.get(level, 0) + more
                    self.points += more * points


class Player(Machine):
    """One member's history, told to the engine and to the second count."""

    def __init__(self) -> None:
        super().__init__()
        self.count = Count()
        self.made = 0

    @initialize()
    def enrol(self) -> None:
        [self.member] = self.begin()
        self.join("big")

    lines = st.lists(
        st.tuples(st.sampled_from(PRODUCTS), st.integers(1, 700), st.integers(1, 2)),
        min_size=1,
        max_size=3,
    )
    ago = st.one_of(st.just(0), st.integers(0, 3), st.integers(0, 50))

    @rule(all_wanted=st.lists(st.tuples(lines, ago), min_size=1, max_size=5))
    def buy(self, all_wanted: list[tuple[list[tuple[str, int, int]], int]]) -> None:
        now = self.world.clock()
        for wanted, days_ago in all_wanted:
            self.made += 1
            one = Bought(f"{self.member}-{self.made}", now - timedelta(days=days_ago), wanted)
            lines = tuple(
                Line(price * many, many, product=product, category=product.partition("-")[0])
                for product, price, many in wanted
            )
            total = sum(line.amount for line in lines)
            bought = purchase(
                self.member, one.name, total, money="EUR", lines=lines, occurred_at=one.at
            )
            self.run(activities.record_purchase(self.engine, bought))
            self.count.buy(one, now)

    @precondition(lambda self: any(one.left for one in self.count.bought))
    @rule(place=st.integers(0, 100), indexes=st.lists(st.integers(0, 2), max_size=3))
    def refund(self, place: int, indexes: list[int]) -> None:
        """Give back a piece of some lines, one refund each, or everything."""
        able = [one for one in self.count.bought if one.left]
        one = able[place % len(able)]
        for index in indexes:
            product, price, many = one.lines[index % len(one.lines)]
            if many:
                self.give_back(one, RefundLine(index % len(one.lines), quantity=1))
                one.lines[index % len(one.lines)] = (product, price, many - 1)
        if not indexes:
            self.give_back(one)
            one.lines = [(product, price, 0) for product, price, _ in one.lines]

    def give_back(self, one: Bought, *lines: RefundLine) -> None:
        self.made += 1
        number, now = f"{self.member}-r{self.made}", self.world.clock()
        wanted = Refund("till", number, now, "till", one.name, lines=lines)
        self.run(activities.record_refund(self.engine, wanted))

    @rule(name=st.sampled_from(OPT_IN))
    def join(self, name: str) -> None:
        self.world.clock.advance(minutes=1)
        self.run(challenges.join(self.engine, self.member, name))
        self.count.joined_at.setdefault(name, self.world.clock())

    @precondition(lambda self: self.count.joined_at)
    @rule(name=st.sampled_from(OPT_IN))
    def leave(self, name: str) -> None:
        self.world.clock.advance(minutes=1)
        try:
            self.run(challenges.leave(self.engine, self.member, name))
        except Refused:
            assert name not in self.count.joined_at
        else:
            del self.count.joined_at[name]

    @rule(days=st.one_of(st.integers(0, 2), st.integers(0, 20)), minutes=st.integers(0, 1_439))
    def wait(self, days: int, minutes: int) -> None:
        self.world.clock.advance(days=days, minutes=minutes)

    @invariant()
    def progress_is_the_second_count(self) -> None:
        if not hasattr(self, "member"):
            return
        state = self.run(members.require(self.engine, self.member))
        efforts = state.value(EFFORTS)
        today = local_day(self.world.clock())
        for name, period in self.kept(today):
            found = efforts.part(name).periods.get(period)
            far = self.count.far(name, period)
            if found is None:
                assert far == 0
                continue
            seen = {int(day) for day in found.seen} if name == "days" else set()
            runs = max((Count.run(day, seen) for day in seen), default=0)
            assert far == {"kinds": len(found.seen), "days": runs}.get(name, found.count), name
            assert dict(found.given) == self.count.given.get((name, period), {}), name

    def kept(self, today: date) -> set[tuple[str, str]]:
        """Name the periods in which something was counted and still may be."""
        return {
            (name, self.count.period(name, local_day(one.at))[0])
            for one in self.count.bought
            for name in one.counted
            if self.count.is_kept(name, local_day(one.at), today)
        }

    @invariant()
    def every_reward_was_given_once(self) -> None:
        if not hasattr(self, "member"):
            return
        state = self.run(members.require(self.engine, self.member))
        wallet = state.document.get("wallet", {}).get("accounts", {})
        held = wallet["points"]["balance"] if "points" in wallet else 0
        assert held == self.count.points
        times = sum(one.times for one in challenges.achievements(state))
        assert times == sum(sum(given.values()) for given in self.count.given.values())


def test_challenges_agree_with_a_second_count(mongo_url: str, database_name: str) -> None:
    with opened(mongo_url, database_name, GAMES) as world:
        play(Player, world, 40, 25)
        world.clock.present = START
        world.verify()
