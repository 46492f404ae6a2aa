"""Tiers with time passing: purchases, late reports, refunds, benefits, sweeps, by two processes."""

import asyncio
from collections.abc import Awaitable
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
)

from loyalty import activities, members, program, tiers
from loyalty.activities import Refund
from loyalty.errors import Refused
from loyalty.outbox import FACTS
from loyalty.tiers import BenefitUse, BenefitUsedUp
from tests.engines import purchase, stored
from tests.property.auditor import local_day
from tests.property.lasting import LASTING, WAYS, Person
from tests.property.worlds import Machine, opened, play


class Years(Machine):
    """One member's years, told to the engine and to the auditor."""

    def __init__(self) -> None:
        super().__init__()
        self.books = Person()
        self.made = 0
        self.bought: list[tuple[str, date, int]] = []

    @property
    def today(self) -> date:
        return local_day(self.world.clock())

    processes = st.integers(0, 1)
    amounts = st.sampled_from([500, 2_500, 6_000, 9_000, 15_000, 30_000])

    @initialize()
    def enrol(self) -> None:
        [self.member] = self.begin()

    def buying(self, cents: int, days_ago: int, process: int) -> Awaitable[Any]:
        """Tell the auditor of a purchase, and give its recording."""
        self.made += 1
        name, at = f"{self.member}-{self.made}", self.world.clock() - timedelta(days=days_ago)
        wanted = purchase(self.member, name, cents, money="EUR", occurred_at=at)
        self.books.buy(at, local_day(at), cents, self.today)
        self.bought.append((name, local_day(at), cents))
        return activities.record_purchase(self.world.engines[process], wanted)

    @rule(cents=amounts, days_ago=st.integers(0, 4), process=processes)
    def buy(self, cents: int, days_ago: int, process: int) -> None:
        self.run(self.buying(cents, days_ago, process))

    @rule(cents=amounts, process=processes)
    def buy_while_both_sweep(self, cents: int, process: int) -> None:
        buying = self.buying(cents, 0, process)

        async def at_once() -> None:
            await asyncio.gather(buying, *(tiers.sweep(engine) for engine in self.world.engines))

        self.run(at_once())

    @precondition(lambda self: self.bought)
    @rule(place=st.integers(0, 10**6), process=processes)
    def refund(self, place: int, process: int) -> None:
        name, day, cents = self.bought.pop(place % len(self.bought))
        wanted = Refund("till", f"r-{name}", self.world.clock(), "till", name)
        self.run(activities.record_refund(self.world.engines[process], wanted))
        self.books.refund(day, cents)

    @rule(process=processes)
    def have_something_wrapped(self, process: int) -> None:
        self.made += 1
        engine = self.world.engines[process]
        wanted = BenefitUse(self.member, "wrap", engine.new_id())
        before = self.run(stored(engine.mongo, self.member))
        try:
            self.run(tiers.use_benefit(engine, wanted))
            refusal = None
        except Refused as refused:
            refusal = refused.refusal
        assert (refusal is None) == self.books.wrap(self.today)
        if refusal is None:
            assert self.run(tiers.use_benefit(engine, wanted)).replayed
        else:
            assert isinstance(refusal, BenefitUsedUp)
            assert self.run(stored(engine.mongo, self.member)) == before

    @rule(days=st.sampled_from([1, 4, 20, 60, 150, 300]), minutes=st.integers(0, 1_439))
    def wait(self, days: int, minutes: int) -> None:
        before, clock = self.today, self.world.clock
        clock.advance(days=days, minutes=minutes)
        for n in range(1, (self.today - before).days + 1):
            self.books.morning(before + timedelta(days=n))

    @rule(process=processes)
    def sweep(self, process: int) -> None:
        """What the clock did is written, and was told once."""
        while self.run(tiers.sweep(self.world.engines[process])):
            pass
        mongo = self.engine.mongo
        document = self.run(stored(mongo, self.member))
        facts = [*document["outbox"], *self.run(mongo.find(FACTS, {"member": self.member}))]
        once = {fact.get("id") or fact["_id"]: fact for fact in facts}.values()
        told = [(fact["data"].get("ladder"), fact["kind"]) for fact in once]
        for name, walker in self.books.walkers.items():
            tier = document.get("tiers", {}).get(name, {}).get("tier")
            assert (tier or walker.way.begins_with) == walker.tier
            assert told.count((name, "TierLost")) == walker.lost
            assert told.count((name, "TierKept")) == walker.kept

    @invariant()
    def tiers_are_the_auditor_s(self) -> None:
        if not hasattr(self, "member"):
            return
        engine, now = self.engine, self.world.clock()
        state = self.run(members.require(engine, self.member))
        found = tiers.statuses(state, self.run(program.active(engine)).program, now)
        assert [status.ladder.id for status in found] == list(WAYS)
        for status in found:
            walker = self.books.walkers[status.ladder.id]
            tier = status.tier.id if status.tier else None
            until = status.keeping.valid_until if status.keeping else None
            said = (tier, status.reached_at, until)
            assert said == (walker.tier, walker.since, walker.until), status.ladder.id

    def teardown(self) -> None:
        for engine in self.world.engines:
            self.run(engine.commits.drain())


def test_tiers_are_kept_and_lost_as_the_auditor_says(mongo_url: str, database_name: str) -> None:
    with opened(mongo_url, database_name, LASTING) as world:
        play(Years, world, 40, 40)
        world.clock.present = datetime(2200, 1, 1)
        assert world.verify(but="activities_are_finished").members == Years.runs
