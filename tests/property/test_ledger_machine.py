"""Every verb in any order, by two processes on a real database, against the auditor's books."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
)

from loyalty import activities, members, program, tiers, wallets
from loyalty.activities import Event
from loyalty.commands import Outcome
from loyalty.engine import Engine
from loyalty.errors import KeyReused, Refused
from loyalty.members import Enrolment
from loyalty.states import STATES
from loyalty.walks import Walk
from loyalty.wallets import Adjustment, InsufficientPoints, PostedEntry, Spending, refusals
from tests.engines import START, Steppable, purchase, stored
from tests.property.auditor import BOOKS, Account, Refusal, local_day
from tests.property.climbing import CLIMBS, WAYS, Climber
from tests.property.worlds import Machine, opened, play

CURRENCIES = ("points", "credit", "status")
PAGE = 7


@dataclass(frozen=True)
class Call:
    """One call of a verb: how to make it on an engine, and on the auditor's books."""

    key: str
    engine: Callable[[Engine], Awaitable[Outcome]]
    books: Callable[[Account, datetime], bool]


def expected(refused: Refused) -> tuple[str, tuple[int, ...]]:
    """Say a refusal of the engine in the auditor's words."""
    match refused.refusal:
        case InsufficientPoints(_, needed, available):
            return "InsufficientPoints", (needed, available)
        case refusals.CurrencyNotRedeemable():
            return "CurrencyNotRedeemable", ()
        case KeyReused():
            return "KeyReused", ()
    raise AssertionError(refused)


class Shop(Machine):
    """One member's history, told to the engine and to the auditor."""

    has_ladders: ClassVar[bool]

    def __init__(self) -> None:
        super().__init__()
        self.books = Account(Climber() if self.has_ladders else None)
        self.calls: list[Call] = []
        self.made = 0

    # How a call is made and judged

    def judge(self, call: Call, result: Outcome | BaseException) -> None:
        refusal, replayed = None, False
        try:
            replayed = call.books(self.books, self.world.clock())
        except Refusal as refused:
            refusal = (refused.name, refused.numbers)
        if refusal is None:
            assert isinstance(result, Outcome), result
            assert result.replayed == replayed
        else:
            assert isinstance(result, Refused), result
            assert expected(result) == refusal

    def make(self, call: Call, process: int) -> None:
        """Make one call; a refusal or a replay leaves the document as it was."""
        engine = self.world.engines[process]
        before = self.document()
        try:
            result = self.run(call.engine(engine))
        except Refused as refused:
            result = refused
        self.judge(call, result)
        if isinstance(result, Refused) or result.replayed:
            assert self.document() == before
        self.calls.append(call)

    def document(self) -> Any:
        return self.run(stored(self.engine.mongo, self.member))

    # The calls

    def buy(self, name: str, total: int, days_ago: int) -> Call:
        at = self.world.clock() - timedelta(days=days_ago)
        wanted = purchase(self.member, f"{self.member}-{name}", total, money="EUR", occurred_at=at)
        return Call(
            name,
            lambda engine: activities.record_purchase(engine, wanted),
            lambda books, now: books.purchase(now, f"purchase {name}", total, at),
        )

    def review(self, name: str) -> Call:
        event = Event("web", f"{self.member}-{name}", self.member, self.world.clock(), "review")
        return Call(
            name,
            lambda engine: activities.record_event(engine, event),
            lambda books, now: books.review(now, f"event {name}"),
        )

    def spend(self, key: str, currency: str, points: int) -> Call:
        wanted = Spending(self.member, currency, points, key, "coffee")
        return Call(
            key,
            lambda engine: wallets.spend(engine, wanted),
            lambda books, now: books.spend(now, key, currency, points),
        )

    def adjust(self, key: str, currency: str, points: int) -> Call:
        wanted = Adjustment(self.member, currency, points, key, "goodwill", "staff:1")
        return Call(
            key,
            lambda engine: wallets.adjust(engine, wanted),
            lambda books, now: books.adjust(now, key, currency, points),
        )

    def new_call(self, draw: tuple[str, str, int, int, bool]) -> Call:
        verb, currency, points, days_ago, ordered = draw
        self.made += 1
        key = self.engine.new_id() if ordered else f"key-{self.made * 7919 % 1000}"
        if verb == "buy":
            return self.buy(key, points * 37, days_ago)
        if verb == "review":
            return self.review(key)
        if verb == "spend":
            return self.spend(key, currency, points)
        return self.adjust(key, currency, -points if verb == "down" else points)

    drawn = st.tuples(
        st.sampled_from(["buy", "buy", "buy", "review", "spend", "spend", "up", "down"]),
        st.sampled_from(CURRENCIES),
        st.integers(1, 200),
        st.integers(0, 3) | st.integers(4, 400),
        st.booleans(),
    )
    processes = st.integers(0, 1)

    # The steps

    @initialize()
    def enrol(self) -> None:
        [self.member] = self.begin()
        wanted = Enrolment(f"person-{self.runs}-0")
        again = self.run(members.enrol(self.world.engines[1], wanted))
        assert (again.created, again.member_id) == (False, self.member)

    @rule(draw=drawn, process=processes)
    def call(self, draw: tuple[str, str, int, int, bool], process: int) -> None:
        self.make(self.new_call(draw), process)

    @rule(draws=st.lists(drawn, min_size=2, max_size=25), process=processes)
    def call_many_at_once(self, draws: list[tuple[str, str, int, int, bool]], process: int) -> None:
        calls = [self.new_call(draw) for draw in draws]
        engine = self.world.engines[process]

        async def at_once() -> list[Any]:
            await program.active(engine)
            return await asyncio.gather(*(c.engine(engine) for c in calls), return_exceptions=True)

        for call, result in zip(calls, self.run(at_once()), strict=True):
            self.judge(call, result)
        self.calls += calls

    @precondition(lambda self: self.calls)
    @rule(place=st.integers(0, 10**6), process=processes)
    def call_again(self, place: int, process: int) -> None:
        self.make(self.calls[place % len(self.calls)], process)

    @precondition(lambda self: self.calls)
    @rule(place=st.integers(0, 10**6), process=processes)
    def call_again_with_another_body(self, place: int, process: int) -> None:
        key = self.calls[place % len(self.calls)].key
        self.make(self.adjust(key, "status", 1_000_000), process)

    @rule(draw=drawn, process=processes, other=processes, moment=st.booleans())
    def lose_the_answer_and_call_again(
        self, draw: tuple[str, str, int, int, bool], process: int, other: int, moment: bool
    ) -> None:
        """The process dies before its write, or after it and before the answer."""
        mongo = self.world.engines[process].mongo
        assert isinstance(mongo, Steppable)
        steps = mongo.after if moment else mongo.before

        async def die() -> None:
            raise ConnectionResetError

        steps["update_batch", STATES] = die
        call = self.new_call(draw)
        try:
            result = self.run(call.engine(self.world.engines[process]))
        except Refused as refused:  # by the rules, before there was anything to write
            steps.pop(("update_batch", STATES))
            self.judge(call, refused)
        except ConnectionResetError:
            if moment:
                call.books(self.books, self.world.clock())
        else:
            raise AssertionError(result)
        self.make(call, other)

    @rule(days=st.integers(0, 45), minutes=st.integers(0, 1_439))
    def wait(self, days: int, minutes: int) -> None:
        self.world.clock.advance(days=days, minutes=minutes)

    @precondition(lambda self: self.has_ladders)
    @rule(days=st.integers(60, 400))
    def wait_for_another_window(self, days: int) -> None:
        self.world.clock.advance(days=days)

    @rule(process=processes)
    def sweep(self, process: int) -> None:
        """Everybody of all runs fits in one sweep: a second one finds nothing left."""
        self.run(wallets.expire_due(self.world.engines[process]))
        assert self.run(wallets.expire_due(self.world.engines[process])) == 0
        self.books.sweep(self.world.clock())

    # What holds at every moment

    @invariant()
    def balances_and_lots_are_the_auditor_s(self) -> None:
        if not hasattr(self, "member"):
            return
        state = self.run(members.require(self.engine, self.member))
        wallet, now = wallets.wallet_of(state), self.world.clock()
        for currency in CURRENCIES:
            account = wallet.account(currency)
            lots = {(lot.available_at, lot.expires_at): lot.remaining for lot in account.lots}
            assert lots == self.books.lots[currency]
            assert account.balance == self.books.balance(currency)
            assert account.available(now) == self.books.available(currency, now)

    @invariant()
    def tiers_and_what_counts_for_them_are_the_auditor_s(self) -> None:
        climber = self.books.climber
        if climber is None or not hasattr(self, "member"):
            return
        engine, now = self.engine, self.world.clock()
        state = self.run(members.require(engine, self.member))
        statuses = tiers.statuses(state, self.run(program.active(engine)).program, now)
        assert [status.ladder.id for status in statuses] == list(WAYS)
        for status in statuses:
            ladder = status.ladder.id
            tier = status.tier.id if status.tier else None
            assert (tier, status.reached_at) == climber.tier(ladder), ladder
            counted = climber.have(ladder, local_day(now))
            have = dict(zip(("SPEND", "PURCHASES", "POINTS"), counted, strict=True))
            for criterion in status.progress.criteria if status.progress else ():
                assert criterion.have == have[criterion.metric], ladder

    def teardown(self) -> None:
        if not hasattr(self, "member"):
            return
        engine = self.world.engines[1]
        for process in self.world.engines:
            self.run(process.commits.drain())
        state = self.run(members.require(engine, self.member))
        records: dict[int, list[tuple[str, str, int]]] = {}
        before = None
        while page := self.run(wallets.entries(engine, state, Walk(PAGE, before))):
            assert len(page) <= PAGE
            for posted in page:
                assert before is None or (posted.seq, posted.index) < before
                before = (posted.seq, posted.index)
                entry = posted.entry
                said = (entry.kind.value, entry.currency, entry.points)
                records.setdefault(posted.seq, []).insert(0, said)
        whole = self.run(wallets.entries(engine, state, Walk(10_000)))
        place: tuple[int, int] | None = None
        back: list[PostedEntry] = []
        while page := self.run(wallets.entries(engine, state, Walk(PAGE, place, back=True))):
            back, place = [*back, *page], page[-1].position
        assert back[::-1] == whole
        told = [sorted(entries) for entries in self.books.records if entries]
        assert [sorted(records[seq]) for seq in sorted(records)] == told
        carry = wallets.wallet_of(state).account("points").carry
        assert carry.get("one-per-ten", "0") == str(self.books.carry)


@pytest.mark.parametrize("has_ladders", [False, True], ids=["plain", "ladders"])
def test_the_engine_agrees_with_the_auditor(
    mongo_url: str, database_name: str, has_ladders: bool
) -> None:
    Shop.has_ladders = has_ladders
    with opened(mongo_url, database_name, CLIMBS if has_ladders else BOOKS) as world:
        play(Shop, world, 18, 40)
        for engine in world.engines:
            world.run(activities.finish_open(engine))
        world.clock.present = START
        report = world.verify()
        assert report.members == Shop.runs
        assert report.entries > 0
