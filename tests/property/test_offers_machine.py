"""Offers in any order, by two processes on a real database: what is had always adds up."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    rule,
)

from loyalty import audit, members, offers, reactions, wallets
from loyalty.commands import Outcome
from loyalty.engine import Engine
from loyalty.errors import KeyReused, Refused
from loyalty.members import Enrolment
from loyalty.offers import Claim, Step, tills
from loyalty.offers.rules import Held
from loyalty.states import LEDGER, STATES
from loyalty.wallets import Adjustment, Spending
from tests.engines import PLAIN
from tests.property.worlds import Machine, opened, play

Act = Callable[[Engine], Awaitable[Outcome]]
STOCK = {"seat": 2, "mug": 3}
PRICE = {"seat": 10, "mug": 5, "tea": 3}
MONTHLY = 2
START_POINTS = 40
PEOPLE = 4

SHOP = (
    PLAIN
    + f"""
offers:
  - {{id: seat, kind: EXPERIENCE, name: Seat, stock: {STOCK["seat"]}, waiting_list: true,
     price: {{points: {PRICE["seat"]}, currency: points}}, valid_days: 20}}
  - {{id: mug, kind: CUSTOM, name: Mug, stock: {STOCK["mug"]}, limits: [{{count: 1}}],
     price: {{points: {PRICE["mug"]}, currency: points}}}}
  - {{id: tea, kind: CUSTOM, name: Tea, limits: [{{count: {MONTHLY}, per: MONTH}}],
     price: {{points: {PRICE["tea"]}, currency: points}}, active_minutes: 30}}
"""
)

UNITS, LINES = "offer_units", "offer_lines"
OFFER = st.sampled_from(["seat", "mug", "tea"])
PERSON = st.integers(0, PEOPLE - 1)
PROCESS = st.integers(0, 1)
HAD = {"ISSUED", "ACTIVATED", "REDEEMED"}


class Counter(Machine):
    """Four members at the counter, with the same offers before them."""

    def __init__(self) -> None:
        super().__init__()
        self.made = 0
        self.people: list[str] = []
        self.last: tuple[Act, Outcome, Spending] | None = None

    def key(self) -> str:
        self.made += 1
        return f"{self.runs}-{self.made}"

    @initialize()
    def open(self) -> None:
        Counter.runs += 1
        engine = self.engine

        async def prepare() -> None:
            for collection in (UNITS, LINES, STATES, LEDGER, "facts", "identities"):
                await engine.mongo.delete_many(collection, {})
            for n in range(PEOPLE):
                enrolled = await members.enrol(engine, Enrolment(f"{self.runs}-{n}"))
                self.people.append(enrolled.member_id)
                wanted = Adjustment(enrolled.member_id, "points", START_POINTS, "s", "s", "staff")
                await wallets.adjust(engine, wanted)

        self.run(prepare())

    # What is done

    @rule(person=PERSON, offer=OFFER, process=PROCESS, reserve=st.booleans())
    def claim(self, person: int, offer: str, process: int, reserve: bool) -> None:
        wanted = Claim(self.people[person], offer, self.key(), reserve)
        self.attempt(lambda engine: offers.claim(engine, wanted), process, person, wanted.key)

    def attempt(self, act: Act, process: int, person: int, key: str) -> None:
        """Do something that may be refused, and keep how it was done."""
        try:
            outcome = self.run(act(self.world.engines[process]))
        except Refused:
            return
        self.last = (act, outcome, Spending(self.people[person], "points", 1, key, "tea"))

    @rule(process=PROCESS)
    def send_again(self, process: int) -> None:
        if self.last is not None:
            act, first, _ = self.last
            again = self.run(act(self.world.engines[process]))
            assert (again.replayed, again.result) == (True, first.result)

    @rule(process=PROCESS)
    def send_otherwise(self, process: int) -> None:
        if self.last is not None:
            with pytest.raises(Refused) as refused:
                self.run(wallets.spend(self.world.engines[process], self.last[2]))
            assert refused.value.refusal == KeyReused(self.last[2].key)

    @rule(offer=OFFER)
    def rush(self, offer: str) -> None:
        """Let everybody want the same at once, at two counters."""

        async def attempt(n: int, member_id: str) -> None:
            try:
                wanted = Claim(member_id, offer, f"rush-{self.made}-{n}")
                await offers.claim(self.world.engines[n % 2], wanted)
            except Refused:
                pass

        async def everybody() -> None:
            await asyncio.gather(*(attempt(n, who) for n, who in enumerate(self.people)))

        self.key()
        self.run(everybody())

    @rule(
        verb=st.sampled_from(["confirm", "cancel", "activate", "redeem"]),
        which=st.integers(0, 9),
        person=PERSON,
        process=PROCESS,
    )
    def step(self, verb: str, which: int, person: int, process: int) -> None:
        held = self.held()[person]
        if not held:
            return
        step = Step(self.people[person], held[which % len(held)].id, self.key())
        using = tills.Redemption(step.member_id, step.held, step.key)
        acts: dict[str, Act] = {
            "confirm": lambda engine: offers.confirm(engine, step),
            "cancel": lambda engine: offers.cancel(engine, step),
            "activate": lambda engine: offers.activate(engine, step),
            "redeem": lambda engine: tills.redeem(engine, using),
        }
        self.attempt(acts[verb], process, person, step.key)

    @rule(minutes=st.sampled_from([1, 16, 60 * 24 * 9, 60 * 24 * 30]))
    def wait(self, minutes: int) -> None:
        self.world.clock.present += timedelta(minutes=minutes)
        self.run(self.work())

    async def work(self) -> None:
        engine = self.engine
        while await reactions.react(engine) + await offers.sweep(engine, 200):
            pass

    # What always holds

    def held(self) -> list[list[Held]]:
        """Give what everybody has, as it is now."""
        now = self.world.clock()

        async def read() -> list[list[Held]]:
            found = [await members.require(self.engine, who) for who in self.people]
            return [offers.helds(state, now) for state in found]

        found: list[list[Held]] = self.run(read())
        return found

    @invariant()
    def stocks_are_never_exceeded(self) -> None:
        units = self.run(self.engine.mongo.find(UNITS, {}))
        helds = [one for mine in self.held() for one in mine]
        for offer, stock in STOCK.items():
            mine = [unit for unit in units if unit["offer"] == offer]
            sold = [unit for unit in mine if unit["state"] != "FREE"]
            assert len(mine) in (0, stock)
            live = {
                one.unit for one in helds if one.offer == offer and one.state in HAD and one.unit
            }
            count = sum(one.offer == offer and one.state in HAD for one in helds)
            assert len(live) == count <= len(sold) <= stock

    @invariant()
    def points_are_conserved(self) -> None:
        async def read() -> list[tuple[int, int]]:
            now, found = self.world.clock(), []
            for who in self.people:
                state = await members.require(self.engine, who)
                account = wallets.wallet_of(state, now).account("points")
                found.append((account.balance, account.available(now)))
            return found

        for mine, (balance, available) in zip(self.held(), self.run(read()), strict=True):
            paid = sum(one.paid["points"] for one in mine if one.paid and one.state != "CANCELLED")
            aside = sum(PRICE[one.offer] for one in mine if one.state == "RESERVED")
            assert (balance, available) == (START_POINTS - paid, START_POINTS - paid - aside)

    @invariant()
    def limits_hold(self) -> None:
        for mine in self.held():
            mugs = [one for one in mine if one.offer == "mug"]
            assert sum(one.state in HAD | {"RESERVED"} for one in mugs) <= 1
            for month in {one.issued_at.month for one in mine}:
                teas = [one for one in mine if one.offer == "tea" and one.issued_at.month == month]
                assert sum(one.state in HAD | {"RESERVED"} for one in teas) <= MONTHLY

    def teardown(self) -> None:
        if not self.people:
            return
        self.run(self.work())
        waiting = [one for mine in self.held() for one in mine if one.state == "WAITING"]
        engine = self.engine
        rows = self.run(engine.mongo.find(LINES, {}))
        assert sorted(row["_id"] for row in rows) == sorted(one.id for one in waiting)
        units = self.run(engine.mongo.find(UNITS, {"offer": "seat", "state": "FREE"}))
        assert not (waiting and units)
        found = self.run(audit.verify(engine)).violations
        assert [violation.rule for violation in found] == []


def test_offers_add_up_in_any_order(mongo_url: str, database_name: str) -> None:
    with opened(mongo_url, database_name, SHOP) as world:
        play(Counter, world, 12, 25)
