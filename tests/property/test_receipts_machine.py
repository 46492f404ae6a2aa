"""Purchases of nobody in any order: kept at the till, claimed or assigned later, each once."""

from collections.abc import Awaitable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from loyalty import activities, wallets
from loyalty.activities import Purchase, Refund
from loyalty.commands import Outcome
from loyalty.engine import Engine
from loyalty.states import STATES
from tests.engines import PLAIN
from tests.engines import purchase as bought
from tests.property.keyed import Keyed
from tests.property.worlds import opened, play

CLAIM_DAYS = 10
CLAIMS = PLAIN.replace("America/New_York", "UTC") + f"receipts: {{claim_days: {CLAIM_DAYS}}}\n"
PERSON, PLACE, TOTAL = st.integers(0, 2), st.integers(0, 10**6), st.integers(1, 2_000)


@dataclass
class Slip:
    """A receipt: its purchase, whose that is by now, and what of it was given back."""

    number: str
    purchase: Purchase
    person: int | None = None
    is_refunded: bool = False

    @property
    def last_day(self) -> datetime:
        """Give the end of the last day on which it may be claimed."""
        return self.purchase.occurred_at.replace(hour=0, minute=0) + timedelta(CLAIM_DAYS + 1)


class Desk(Keyed):
    """A till whose customers say afterwards who they are."""

    watched = {STATES: {}, "receipts": {}, "activities": {}}  # noqa: RUF012 - never changed

    def __init__(self) -> None:
        super().__init__()
        self.slips: list[Slip] = []

    @initialize()
    def open(self) -> None:
        self.begin_anew(3)

    @rule(total=TOTAL, days_ago=st.integers(0, 3))
    def keep(self, total: int, days_ago: int) -> None:
        at = self.world.clock() - timedelta(days=days_ago)
        slip = Slip(number := self.name, bought("", f"order-{number}", total, occurred_at=at))
        other = replace(slip.purchase, total=total + 1, lines=())
        assert not self.do(
            lambda engine: self.keeping(engine, slip.number, slip.purchase),
            otherwise=lambda: lambda engine: self.keeping(engine, slip.number, other),
        )
        self.slips.append(slip)

    @staticmethod
    async def keeping(engine: Engine, number: str, purchase: Purchase) -> None:
        """Keep a receipt; whether it was there is told by what is stored."""
        await activities.record_receipt(engine, number, purchase)

    @precondition(lambda self: self.slips)
    @rule(place=PLACE)
    def keep_under_another_number(self, place: int) -> None:
        slip, number = self.slips[place % len(self.slips)], self.name
        self.do(lambda engine: self.keeping(engine, number, slip.purchase), {"KeyReused"})

    @precondition(lambda self: self.slips)
    @rule(place=PLACE, person=PERSON)
    def claim(self, place: int, person: int) -> None:
        slip = self.slips[place % len(self.slips)]
        if slip.person == person:
            again = self.run(self.claiming(person, slip))
            assert again.replayed
            return
        refusals = set()
        if slip.person is not None:
            refusals.add("ReceiptTaken")
        elif self.world.clock() >= slip.last_day:
            refusals.add("ReceiptExpired")
        who = self.members[person]
        self.do(lambda engine: activities.claim_receipt(engine, who, slip.number), refusals)
        if not refusals:
            slip.person = person

    def claiming(self, person: int, slip: Slip) -> Awaitable[Outcome]:
        return activities.claim_receipt(self.engine, self.members[person], slip.number)

    @rule(person=PERSON)
    def claim_what_nobody_kept(self, person: int) -> None:
        who = self.members[person]
        self.do(lambda engine: activities.claim_receipt(engine, who, "NO-SUCH"), {"ReceiptUnknown"})

    @precondition(lambda self: self.slips)
    @rule(place=PLACE, person=PERSON)
    def record_for_a_member_what_has_a_receipt(self, place: int, person: int) -> None:
        """The till learns who it is after all: as good as a claim, and as often."""
        slip = self.slips[place % len(self.slips)]
        if slip.person == person:
            return
        mine = replace(slip.purchase, member_id=self.members[person])
        self.do(
            lambda engine: activities.record_purchase(engine, mine),
            set() if slip.person is None else {"KeyReused"},
        )
        if slip.person is None:
            slip.person = person

    @precondition(lambda self: any(slip.person is not None for slip in self.slips))
    @rule(place=PLACE)
    def refund(self, place: int) -> None:
        mine = [slip for slip in self.slips if slip.person is not None]
        slip = mine[place % len(mine)]
        wanted = Refund("till", self.name, self.world.clock(), "till", slip.purchase.id)
        refusals = {"RefundedAlready"} if slip.is_refunded else set()
        self.do(lambda engine: activities.record_refund(engine, wanted), refusals)
        slip.is_refunded = True

    @rule(hours=st.sampled_from([1, 30, 100]))
    def wait(self, hours: int) -> None:
        self.world.clock.present += timedelta(hours=hours)
        self.let_a_worker_work()

    @invariant()
    def a_receipt_earns_once_for_who_has_it(self) -> None:
        if not self.members:
            return
        for person, state in enumerate(self.states()):
            mine = [slip for slip in self.slips if slip.person == person and not slip.is_refunded]
            account = wallets.wallet_of(state).account("points")
            assert account.balance - account.arrears == sum(
                slip.purchase.total // 100 for slip in mine
            )
            counted = (state.section("activity") or {}).get("purchases", 0)
            assert counted == len(mine)


def test_a_receipt_is_one_members(mongo_url: str, database_name: str) -> None:
    with opened(mongo_url, database_name, CLAIMS) as world:
        play(Desk, world, 10, 35)
