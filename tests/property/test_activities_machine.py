"""Purchases, refunds and visits in any order, by two processes, against arithmetic by hand.

What a member holds is at every moment what their purchases, as they are left, would have earned.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
)

from loyalty import activities, members, wallets
from loyalty.activities import Line, Purchase, Refund, RefundLine, Visit
from loyalty.errors import BadInput, Refused
from tests.property.worlds import Machine, opened, play

TERMS = """
format: 1
id: tea
name: Tea
money: EUR
visits: {interval_minutes: 90}
currencies:
  - {id: points, name: points, negative_balance: ALLOW_NEGATIVE}
  - {id: parts, name: parts, negative_balance: ALLOW_NEGATIVE}
earning_rules:
  - {id: whole, name: w, currency: points,
     effect: {kind: PER_AMOUNT, points: 1, per: "1.00"}}
  - {id: part, name: p, currency: parts,
     effect: {kind: PER_AMOUNT, points: 1, per: "7.00", carry: true}}
  - {id: tea, name: t, currency: points, when: {categories: [tea]},
     effect: {kind: FIXED, points: 3, per_unit: true}}
  - {id: visit, name: v, trigger: VISIT, currency: points, effect: {kind: FIXED, points: 5}}
"""


@dataclass
class Order:
    """What is left of each line of a purchase: how many, and what was paid for them."""

    id: str
    lines: list[list[int]]
    paid: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.paid = [amount for _, amount in self.lines]

    def there(self) -> list[list[int]]:
        """Give the lines of which goods and money are left."""
        zipped = zip(self.lines, self.paid, strict=True)
        return [line for line, paid in zipped if line[0] and (line[1] or not paid)]

    def refund(self, index: int, quantity: int | None, amount: int | None) -> bool:
        """Take off a part of a line; False where there is not so much."""
        many, money = self.lines[index]
        if quantity is None and amount is not None:
            quantity = 0
        elif quantity is None or quantity > many:
            return False
        else:
            amount = money * quantity // many
        if amount > money:
            return False
        self.lines[index] = [many - quantity, money - amount]
        return True


class Shop(Machine):
    """One member's purchases, refunds and visits."""

    def __init__(self) -> None:
        super().__init__()
        self.orders: list[Order] = []
        self.visited: list[datetime] = []
        self.made = 0
        self.calls: list[Any] = []

    def name(self) -> str:
        self.made += 1
        return f"{self.member}-{self.made}"

    processes = st.integers(0, 1)
    lines = st.lists(st.tuples(st.integers(1, 5), st.integers(0, 4_000)), min_size=1, max_size=4)

    @initialize()
    def enrol(self) -> None:
        [self.member] = self.begin()

    @rule(lines=lines, process=processes)
    def buy(self, lines: list[tuple[int, int]], process: int) -> None:
        order = Order(self.name(), [list(line) for line in lines])
        now, total = self.world.clock(), sum(amount for _, amount in lines)
        bought = tuple(Line(amount, many, category="tea") for many, amount in lines)
        purchase = Purchase("till", order.id, self.member, now, "EUR", total, bought)
        self.run(activities.record_purchase(self.world.engines[process], purchase))
        self.orders.append(order)

    @precondition(lambda self: self.orders)
    @rule(
        place=st.integers(0, 10**6),
        index=st.integers(0, 3),
        quantity=st.one_of(st.none(), st.integers(1, 5)),
        amount=st.integers(1, 3_000),
        process=processes,
    )
    def refund(
        self, place: int, index: int, quantity: int | None, amount: int, process: int
    ) -> None:
        order = self.orders[place % len(self.orders)]
        line = RefundLine(index, quantity, amount if quantity is None else None)
        wanted = Refund("till", self.name(), self.world.clock(), "till", order.id, lines=(line,))
        engine = self.world.engines[process]
        try:
            self.run(activities.record_refund(engine, wanted))
        except BadInput:
            assert index >= len(order.lines)
        except Refused:
            assert not order.refund(index, line.quantity, line.amount)
        else:
            assert order.refund(index, line.quantity, line.amount)
            again = self.run(activities.record_refund(self.world.engines[1 - process], wanted))
            assert again.replayed

    @rule(minutes=st.integers(0, 200), process=processes)
    def come_in(self, minutes: int, process: int) -> None:
        at = self.world.clock() - timedelta(minutes=minutes)
        visit = Visit("gate", self.name(), self.member, at)
        outcome = self.run(activities.record_visit(self.world.engines[process], visit))
        counts = all(abs(at - other) >= timedelta(minutes=90) for other in self.visited[-10:])
        assert outcome.result.get("counted", True) == counts
        if counts:
            self.visited = sorted([*self.visited, at])

    @rule(minutes=st.integers(0, 10_000))
    def wait(self, minutes: int) -> None:
        self.world.clock.advance(minutes=minutes)

    @invariant()
    def the_member_holds_what_is_left_would_have_earned(self) -> None:
        if not hasattr(self, "member"):
            return
        state = self.run(members.require(self.engine, self.member))
        wallet = wallets.wallet_of(state)
        left = [order.there() for order in self.orders]
        points = sum(sum(amount for _, amount in lines) // 100 for lines in left)
        points += 3 * sum(many for lines in left for many, _ in lines)
        exact = Fraction(sum(amount for lines in left for _, amount in lines), 700)
        assert wallet.account("points").balance == points + 5 * len(self.visited)
        assert wallet.account("parts").balance == int(exact)
        carried = Fraction(wallet.account("parts").carry.get("part", "0"))
        assert carried == exact - int(exact)
        counters = state.section("activity") or {}
        assert counters.get("purchases", 0) == sum(1 for lines in left if lines)
        assert counters.get("spend", 0) == sum(amount for lines in left for _, amount in lines)
        assert counters.get("visits", 0) == len(self.visited)


def test_what_is_left_is_what_counts(mongo_url: str, database_name: str) -> None:
    with opened(mongo_url, database_name, TERMS) as world:
        play(Shop, world, 25, 30)
        assert world.verify().members == Shop.runs
