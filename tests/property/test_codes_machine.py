"""Codes in any order: listed, made, had, handed out, and burned at the till, each at most once."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from loyalty import offers, wallets
from loyalty.members import statuses
from loyalty.offers import Claim, Step, codes, tills
from loyalty.offers.rules import Held
from loyalty.states import STATES
from loyalty.wallets import Adjustment
from tests.engines import PLAIN
from tests.property.keyed import Keyed
from tests.property.worlds import opened, play

PRICES = {"own": 5, "listed": 3}
START_POINTS, STOCK, HELLO = 30, 3, "HELLO"
CODES = (
    PLAIN
    + f"""
offers:
  - {{id: own, kind: VOUCHER_CODE, name: Own, code: {{kind: UNIQUE}}, valid_days: 20,
     price: {{points: {PRICES["own"]}, currency: points}}}}
  - {{id: listed, kind: VOUCHER_CODE, name: Listed, code: {{kind: LIST}}, valid_days: 20,
     waiting_list: true, price: {{points: {PRICES["listed"]}, currency: points}}}}
  - {{id: everyone, kind: PERCENT_OFF, percent: "10", name: All, stock: {STOCK},
     limits: [{{count: 1}}], code: {{kind: GENERIC, text: {HELLO}}}}}
"""
)
PRINTED = [f"CINEMA-{n}" for n in range(6)]
PERSON, PLACE = st.integers(0, 3), st.integers(0, 10**6)
OFFER = st.sampled_from(["own", "listed"])
RULINGS = {
    "SUSPENDED": (statuses.suspend, {"ACTIVE"}),
    "ACTIVE": (statuses.reinstate, {"SUSPENDED", "CLOSED"}),
    "CLOSED": (statuses.close, {"ACTIVE", "SUSPENDED"}),
}


class Till(Keyed):
    """Four members and a till, with codes of every kind."""

    watched: ClassVar = {
        STATES: {},
        "offer_units": {"state": {"$ne": "FREE"}},
        "offer_lines": {},
        "offer_keys": {},
    }

    def __init__(self) -> None:
        super().__init__()
        self.listed: list[str] = []
        self.statuses = ["ACTIVE"] * 4

    @initialize()
    def open(self) -> None:
        self.begin_anew(4)
        for who in self.members:
            wanted = Adjustment(who, "points", START_POINTS, "start", "start", "staff")
            self.run(wallets.adjust(self.engine, wanted))

    # Codes come

    @rule(added=st.lists(st.sampled_from(PRINTED), min_size=1, max_size=3))
    def add_codes(self, added: list[str]) -> None:
        new = [code for code in dict.fromkeys(added) if code not in self.listed]
        written = [f" {code.lower()} " for code in added]
        assert self.run(codes.add(self.engine, "listed", written)).count == len(new)
        self.listed += new

    @rule(count=st.integers(1, 2))
    def make_codes(self, count: int) -> None:
        wanted = codes.Batch("listed", count, self.name)
        other = codes.Batch("listed", count + 1, wanted.key)
        made = self.do(
            lambda engine: codes.generate(engine, wanted),
            otherwise=lambda: lambda engine: codes.generate(engine, other),
        )
        assert len(set(made) - set(self.listed)) == count
        self.listed += made

    # Members have them

    @rule(person=PERSON, offer=OFFER, reserve=st.booleans())
    def claim(self, person: int, offer: str, reserve: bool) -> None:
        wanted = Claim(self.members[person], offer, self.name, reserve)
        other = Claim(wanted.member_id, "own" if offer == "listed" else "listed", wanted.key)
        waits = offer == "listed" and self.is_sold_out()
        too_dear = not waits and self.points(person) < PRICES[offer]
        self.do(
            lambda engine: offers.claim(engine, wanted),
            self.barred(person) or ({"InsufficientPoints"} if too_dear else set()),
            lambda: lambda engine: offers.claim(engine, other),
        )

    @rule(person=PERSON, offer=OFFER)
    def hand_out(self, person: int, offer: str) -> None:
        gift = partial(tills.Gift, self.members[person], offer, self.name)
        one, other = gift(reason="sorry", actor="staff:1"), gift(reason="why not", actor="staff:1")
        self.do(
            lambda engine: tills.hand_out(engine, one),
            self.barred(person),
            lambda: lambda engine: tills.hand_out(engine, other),
        )
        self.let_a_worker_work()

    @rule(person=PERSON, place=PLACE, verb=st.sampled_from([offers.confirm, offers.cancel]))
    def go_on_with(self, person: int, place: int, verb: Any) -> None:
        if not (helds := self.helds()[person]):
            return
        held = helds[place % len(helds)]
        step = Step(self.members[person], held.id, self.name)
        allowed = {"RESERVED"} if verb is offers.confirm else {"RESERVED", "WAITING"}
        if held.offer == "own" and verb is offers.cancel:
            allowed.add("ISSUED")
        why_not = "OfferExpired" if held.state == "EXPIRED" else "OfferNotUsable"
        other = offers.cancel if verb is offers.confirm else offers.confirm
        self.do(
            lambda engine: verb(engine, step),
            self.barred(person) or (set() if held.state in allowed else {why_not}),
            lambda: lambda engine: other(engine, step),
        )

    @rule(person=PERSON, status=st.sampled_from([*RULINGS, "ACTIVE", "ACTIVE"]))
    def rule_on(self, person: int, status: str) -> None:
        verb, leads_there = RULINGS[status]
        ruling = statuses.Ruling(self.members[person], self.name, "asked for it", "staff:1")
        other = replace(ruling, reason="thought better of it")
        ruled = self.do(
            lambda engine: verb(engine, ruling),
            set() if self.statuses[person] in leads_there else {"MemberCannotBecome"},
            lambda: lambda engine: verb(engine, other),
        )
        if ruled is not None:
            self.statuses[person] = status
        self.let_a_worker_work()

    def barred(self, person: int | None) -> set[str]:
        """Say why somebody may do nothing of this, if they may not."""
        is_free = person is None or self.statuses[person] == "ACTIVE"
        return set() if is_free else {"MemberNotActive"}

    # They are burned

    @rule(code=st.sampled_from([HELLO, "NO-SUCH-CODE"]), person=st.none() | PERSON)
    def show_what_everybody_knows(self, code: str, person: int | None) -> None:
        who = None if person is None else self.members[person]
        refusals = set()
        if who is None or code != HELLO:
            refusals.add("VoucherUnknown")
        elif barred := self.barred(person):
            refusals = barred
        elif any(held.offer == "everyone" for held in self.helds()[person or 0]):
            refusals = {"OfferHadAlready", "OfferSoldOut"}
        elif self.shown() == STOCK:
            refusals.add("OfferSoldOut")
        self.burn(code, who, refusals)

    @rule(place=PLACE)
    def show_one_of_the_list(self, place: int) -> None:
        if not self.listed:
            return
        code = self.listed[place % len(self.listed)]
        unit = self.run(self.engine.mongo.find_one("offer_units", {"code": code}))
        refusals = set()
        if unit["state"] != "FREE":
            refusals = self.why_not(code) if unit.get("held") else {"VoucherUsed"}
        self.burn(code, None, refusals)

    @rule(person=PERSON, place=PLACE)
    def show_ones_own(self, person: int, place: int) -> None:
        mine = [held for held in self.helds()[person] if held.offer == "own"]
        if mine and (code := mine[place % len(mine)].code):
            self.burn(code.lower(), None, self.why_not(code))

    def burn(self, code: str, who: str | None, refusals: set[str]) -> None:
        wanted = tills.Burning(code, self.name, who)
        other = tills.Burning("CINEMA-9", wanted.key)
        voucher = self.do(
            lambda engine: tills.burn(engine, wanted),
            refusals,
            lambda: lambda engine: tills.burn(engine, other),
        )
        assert voucher is None or voucher.state == "REDEEMED"

    def why_not(self, code: str) -> set[str]:
        """Say why what a member has cannot be used."""
        ended = {"CANCELLED", "WITHDRAWN"}
        [(person, held)] = [
            (person, one)
            for person, mine in enumerate(self.helds())
            for one in mine
            if one.code == code and (one.offer == "own" or one.state not in ended)
        ]
        if held.state == "REDEEMED":
            return {"VoucherUsed"}
        if barred := self.barred(person):
            return barred
        match held.state:
            case "ISSUED":
                return set()
            case "EXPIRED":
                return {"OfferExpired"}
        return {"OfferNotUsable"}

    @rule(minutes=st.sampled_from([1, 16, 60 * 24 * 9, 60 * 24 * 30]))
    def wait(self, minutes: int) -> None:
        self.world.clock.present += timedelta(minutes=minutes)
        self.let_a_worker_work()

    # What always holds

    def helds(self) -> list[list[Held]]:
        now = self.world.clock()
        return [list(offers.helds(state, now)) for state in self.states()]

    def points(self, person: int) -> int:
        state, now = self.states()[person], self.world.clock()
        return wallets.wallet_of(state, now).account("points").available(now)

    def is_sold_out(self) -> bool:
        mongo = self.engine.mongo
        free = self.run(mongo.find_one("offer_units", {"offer": "listed", "state": "FREE"}))
        return free is None or self.run(mongo.find_one("offer_lines", {})) is not None

    def shown(self) -> int:
        return sum(held.offer == "everyone" for mine in self.helds() for held in mine)

    @invariant()
    def codes_are_had_once_and_points_are_conserved(self) -> None:
        if not self.members:
            return
        states, now = self.states(), self.world.clock()
        helds = [list(offers.helds(state, now)) for state in states]
        self.look_at_codes([held for mine in helds for held in mine])
        for state, mine in zip(states, helds, strict=True):
            paid = sum(one.paid["points"] for one in mine if one.paid and one.state != "CANCELLED")
            aside = sum(PRICES[one.offer] for one in mine if one.state == "RESERVED")
            left = wallets.wallet_of(state, now).account("points").available(now)
            assert left == START_POINTS - paid - aside

    def look_at_codes(self, helds: list[Held]) -> None:
        units = self.run(self.engine.mongo.find("offer_units", {}))
        listed = {unit["code"]: unit for unit in units if unit["offer"] == "listed"}
        assert sorted(listed) == sorted(self.listed)
        had = {"ISSUED", "REDEEMED", "RESERVED"}
        known = [held.code for held in helds if held.code and held.state in had]
        assert len(set(known)) == len(known)
        theirs = [one.code for one in helds if one.offer == "listed" and one.state in had]
        assert all(code and listed[code]["state"] != "FREE" for code in theirs)
        assert sum(held.offer == "everyone" for held in helds) <= STOCK


def test_every_code_is_burned_once(mongo_url: str, database_name: str) -> None:
    with opened(mongo_url, database_name, CODES) as world:
        play(Till, world, 12, 35)
