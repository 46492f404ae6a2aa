"""Every move of value in any order, by two members and two processes, against the auditor."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
)

from loyalty import members, program, reactions, wallets
from loyalty.commands import Command, Outcome
from loyalty.engine import Engine
from loyalty.errors import KeyReused, Refused
from loyalty.program import Version
from loyalty.states import Change, State
from loyalty.turns import Turn
from loyalty.walks import Walk
from loyalty.wallets import Allocation, Clawback, Gift, Reinstatement, Spending, refusals
from tests.engines import START, stored
from tests.property.auditor import Refusal
from tests.property.purse import AGAIN, CURRENCIES, PURSES, Life, Purse, Taken, Terms
from tests.property.worlds import Machine, opened, play

Act = Callable[[Engine], Awaitable[Outcome]]
Told = Callable[[Purse, datetime, Outcome], None]


@dataclass(frozen=True)
class Call:
    """One call of a verb: whose, how to make it, and what the auditor writes of it."""

    member: int
    engine: Act
    books: Told


@dataclass(frozen=True)
class Done:
    """A debit that may go back, or a credit that may be taken back."""

    member: int
    currency: str
    points: int
    lot: str
    life: Life
    allocations: tuple[Allocation, ...] = ()
    taken: tuple[tuple[Life, int], ...] = ()


POLICIES = ("ONLY_PENDING", "WITHIN_BALANCE", "ALLOW_NEGATIVE")
FIRST = ("BONUS", "PAID", "BONUS")


def expected(refused: Refused) -> tuple[str, tuple[int, ...]]:
    """Say a refusal of the engine in the auditor's words."""
    name = type(refused.refusal).__name__
    match refused.refusal:
        case wallets.InsufficientPoints(_, needed, available):
            return name, (needed, available)
        case refusals.TransferTooSmall(_, points, minimum):
            return name, (points, minimum)
        case refusals.TransferTooLarge(_, points, limit):
            return name, (points, limit)
    return name, ()


class Purses(Machine):
    """Two members' history, told to the engine and to the auditor."""

    terms: ClassVar[Terms]

    def __init__(self) -> None:
        super().__init__()
        self.purses = [Purse(self.terms), Purse(self.terms)]
        self.calls: list[Call] = []
        self.keys: list[tuple[int, str]] = []
        self.credits: list[Done] = []
        self.debits: list[Done] = []
        self.holds: list[str] = []
        self.top_ups: list[tuple[int, str]] = []
        self.on_their_way: list[tuple[int, Taken]] = []

    @property
    def key(self) -> str:
        return self.engine.new_id()

    def make(self, call: Call, process: int) -> None:
        """Make a call; a refusal or a replay leaves the documents as they were."""
        before = self.documents()
        result: Outcome | Refused
        try:
            result = self.run(call.engine(self.world.engines[process]))
        except Refused as refused:
            result = refused
        purse, now = self.purses[call.member], self.world.clock()
        if isinstance(result, Refused):
            assert self.documents() == before
            with pytest.raises(Refusal) as refusal:
                call.books(purse, now, Outcome({}, {}, False, NO))
            assert expected(result) == (refusal.value.name, refusal.value.numbers)
        else:
            assert not result.replayed
            call.books(purse, now, result)
            self.calls.append(call)
            self.keys.append((call.member, result.record["key"]))

    def documents(self) -> Any:
        mongo = self.engine.mongo
        return [self.run(stored(mongo, member)) for member in self.members]

    def within(self, member: int, act: Callable[[Turn, Version], None]) -> Act:
        """Make a command of what other nouns do within their turn."""
        key = self.key

        async def command(engine: Engine) -> Outcome:
            version = await program.active(engine)

            def decide(state: State, now: datetime) -> Change:
                turn = Turn(state, now)
                wallets.settle(turn)
                act(turn, version)
                return turn.change()

            return await engine.commits.submit(Command(self.members[member], decide, key))

        return command

    # The steps

    member_of = st.integers(0, 1)
    process_of = st.integers(0, 1)
    currency_of = st.sampled_from(CURRENCIES)
    points_of = st.integers(1, 80)
    place_of = st.integers(0, 10**6)

    @initialize()
    def enrol(self) -> None:
        self.members = self.begin(2)

    @rule(member=member_of, currency=currency_of, points=points_of, process=process_of)
    def give(self, member: int, currency: str, points: int, process: int) -> None:
        def act(turn: Turn, version: Version) -> None:
            wallets.give(turn, version, Gift(currency, points, turn.now), {"kind": "TEST"})

        def told(books: Purse, now: datetime, outcome: Outcome) -> None:
            life = books.give(now, currency, points)
            lot = outcome.record["entries"][-1].get("lot", "")
            self.credits.append(Done(member, currency, points, lot, life))

        self.make(Call(member, self.within(member, act), told), process)

    @rule(member=member_of, currency=currency_of, points=points_of, process=process_of)
    def spend(self, member: int, currency: str, points: int, process: int) -> None:
        wanted = Spending(self.members[member], currency, points, self.key, "coffee")

        def told(books: Purse, now: datetime, outcome: Outcome) -> None:
            taken = tuple(books.spend(now, currency, points))
            parts = outcome.record["entries"][-1]["allocations"]
            allocations = tuple(Allocation(**part) for part in parts)
            life: Life = (None, None, None)
            self.debits.append(Done(member, currency, points, "", life, allocations, taken))

        self.make(Call(member, lambda engine: wallets.spend(engine, wanted), told), process)

    @precondition(lambda self: self.credits)
    @rule(place=place_of, points=points_of, process=process_of)
    def take_back(self, place: int, points: int, process: int) -> None:
        given = self.credits[place % len(self.credits)]

        def act(turn: Turn, version: Version) -> None:
            wanted = Clawback(given.currency, points, given.lot or None)
            wallets.clawback(turn, version, wanted, {"kind": "CLAWBACK"})

        self.make(
            Call(
                given.member,
                self.within(given.member, act),
                lambda books, now, _: books.claw(now, given.currency, points, given.life),
            ),
            process,
        )

    @precondition(lambda self: self.debits)
    @rule(place=place_of, share=st.integers(1, 100), by_choice=st.booleans(), process=process_of)
    def give_back(self, place: int, share: int, process: int, *, by_choice: bool) -> None:
        spent = self.debits.pop(place % len(self.debits))
        points = max(1, spent.points * share // 100)

        def act(turn: Turn, version: Version) -> None:
            wanted = Reinstatement.of(spent.currency, spent.allocations, points)
            wallets.reinstate(turn, version, wanted, {}, by_choice=by_choice)

        self.make(
            Call(
                spent.member,
                self.within(spent.member, act),
                lambda books, now, _: books.give_back(
                    now, spent.currency, list(spent.taken), points, by_choice=by_choice
                ),
            ),
            process,
        )

    @rule(
        member=member_of,
        currency=currency_of,
        points=points_of,
        seconds=st.sampled_from([60, 86_400, 2_592_000]),
        process=process_of,
    )
    def hold(self, member: int, currency: str, points: int, seconds: int, process: int) -> None:
        wanted = wallets.holds.Setting(
            self.members[member], currency, points, seconds, self.key, "helmet"
        )

        def told(books: Purse, now: datetime, outcome: Outcome) -> None:
            books.hold(now, outcome.result.get("hold", ""), currency, points, seconds)
            self.holds.append(outcome.result["hold"])

        self.make(Call(member, lambda engine: wallets.holds.place(engine, wanted), told), process)

    @precondition(lambda self: self.holds)
    @rule(place=place_of, is_done=st.booleans(), process=process_of)
    def confirm_or_release(self, place: int, is_done: bool, process: int) -> None:
        hold, key = self.holds[place % len(self.holds)], self.key
        member = 0 if self.members[0][4:] in hold else 1
        if is_done:
            self.make(
                Call(
                    member,
                    lambda engine: wallets.holds.spend_held(engine, hold, key),
                    lambda books, now, _: books.confirm(now, hold),
                ),
                process,
            )
        else:
            self.make(
                Call(
                    member,
                    lambda engine: wallets.holds.let_go(engine, hold, key),
                    lambda books, now, _: books.release(now, hold),
                ),
                process,
            )

    @rule(member=member_of, process=process_of)
    def top_up(self, member: int, process: int) -> None:
        wanted = wallets.prepaid.Purchase(self.members[member], "card", "ten", self.key)

        def told(books: Purse, now: datetime, outcome: Outcome) -> None:
            top_up = outcome.result["top_up"]
            books.top_up(now, top_up.rpartition("_")[2])
            self.top_ups.append((member, top_up))

        self.make(
            Call(member, lambda engine: wallets.prepaid.top_up(engine, wanted), told), process
        )

    @precondition(lambda self: self.top_ups)
    @rule(place=place_of, process=process_of)
    def pay_back(self, place: int, process: int) -> None:
        (member, top_up), key = self.top_ups[place % len(self.top_ups)], self.key

        def told(books: Purse, now: datetime, outcome: Outcome) -> None:
            paid = books.pay_back(now, top_up.rpartition("_")[2])
            assert outcome.result["paid_back"] == paid

        self.make(
            Call(
                member,
                lambda engine: wallets.prepaid.pay_back(engine, top_up, key, "moved away"),
                told,
            ),
            process,
        )

    @precondition(lambda self: not self.on_their_way)  # two at a time arrive in any order
    @rule(member=member_of, points=points_of, process=process_of)
    def transfer(self, member: int, points: int, process: int) -> None:
        sender, receiver = self.members[member], self.members[1 - member]
        wanted = wallets.transfers.Transfer(sender, receiver, "credit", points, self.key)

        def told(books: Purse, now: datetime, _: Outcome) -> None:
            self.on_their_way.append((1 - member, books.send(now, points)))

        self.make(
            Call(member, lambda engine: wallets.transfers.send(engine, wanted), told), process
        )

    @rule(process=process_of)
    def let_the_worker_react(self, process: int) -> None:
        while self.run(reactions.react(self.world.engines[process], can_send=False)):
            pass
        for member, taken in self.on_their_way:
            self.purses[member].receive(self.world.clock(), taken)
        self.on_their_way = []

    @precondition(lambda self: self.calls)
    @rule(place=place_of, process=process_of)
    def call_again(self, place: int, process: int) -> None:
        before = self.documents()
        outcome = self.run(self.calls[place % len(self.calls)].engine(self.world.engines[process]))
        assert outcome.replayed
        assert self.documents() == before

    @precondition(lambda self: self.keys)
    @rule(place=place_of, process=process_of)
    def call_otherwise(self, place: int, process: int) -> None:
        member, key = self.keys[place % len(self.keys)]
        wanted, before = Spending(self.members[member], "points", 81, key, "tea"), self.documents()
        with pytest.raises(Refused) as refused:
            self.run(wallets.spend(self.world.engines[process], wanted))
        assert refused.value.refusal == KeyReused(key)
        assert self.documents() == before

    @rule(days=st.integers(0, 45), minutes=st.integers(0, 1_439))
    def wait(self, days: int, minutes: int) -> None:
        self.world.clock.advance(days=days, minutes=minutes)

    @rule(process=process_of)
    def sweep(self, process: int) -> None:
        while self.run(wallets.expire_due(self.world.engines[process])):
            pass
        for purse in self.purses:
            purse.sweep(self.world.clock())

    # What holds at every moment

    @invariant()
    def wallets_are_the_auditor_s(self) -> None:
        if not hasattr(self, "members"):
            return
        now = self.world.clock()
        for member, purse in zip(self.members, self.purses, strict=True):
            state = self.run(members.require(self.engine, member))
            wallet = wallets.wallet_of(state)
            for currency in CURRENCIES:
                account = wallet.account(currency)
                lots = {
                    (AGAIN if lot.again else lot.available_at, lot.expires_at, lot.part): (
                        lot.remaining
                    )
                    for lot in account.lots
                }
                assert lots == purse.lots[currency]
                assert account.arrears == purse.owed[currency]
                assert account.balance == purse.balance(currency)
                assert account.available(now) == purse.available(currency, now)
                held = {hold.id for hold in account.holds}
                assert held == {n for n, h in purse.holds.items() if h.currency == currency}

    def teardown(self) -> None:
        if not hasattr(self, "members"):
            return
        self.let_the_worker_react(0)
        for process in self.world.engines:
            self.run(process.commits.drain())
        for member, purse in zip(self.members, self.purses, strict=True):
            state = self.run(members.require(self.world.engines[1], member))
            found = self.run(wallets.entries(self.world.engines[1], state, Walk(10_000)))
            records: dict[int, list[tuple[str, str, int]]] = {}
            for posted in reversed(found):
                said = (posted.entry.kind.value, posted.entry.currency, posted.entry.points)
                records.setdefault(posted.seq, []).append(said)
            told = [sorted(entries) for entries in purse.records if entries]
            assert [sorted(records[seq]) for seq in sorted(records)] == told


NO = State("", 0, {}, [])


@pytest.mark.parametrize("terms", [Terms(*each) for each in zip(POLICIES, FIRST, strict=True)])
def test_every_move_of_value_agrees_with_the_auditor(
    mongo_url: str, database_name: str, terms: Terms
) -> None:
    Purses.terms = terms
    with opened(mongo_url, database_name, PURSES % vars(terms)) as world:
        play(Purses, world, 15, 40)
        world.clock.present = START
        report = world.verify()
        assert report.members == 2 * Purses.runs
        assert report.entries > 0
