"""What billing tells of plans and passes, by two processes on a real database, each once."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from loyalty import plans, wallets
from loyalty.plans import EventKind, PlanEvent
from loyalty.states import STATES
from tests.engines import START
from tests.property.keyed import Keyed
from tests.property.reckoning import PASS_MONTHS, PASS_PRICE, WITH_PASS, PassReckoning, Reckoning
from tests.property.worlds import opened, play

PERSON = st.integers(0, 1)
REFUSALS = {
    *("PlanAlreadyActive", "PlanNotActive", "PlanAlreadyCancelled", "PlanNotCancelled"),
    "PassNotRefundable",
}


class Billing(Keyed):
    """Two members who pay for a plan by the week and for a pass."""

    watched = {STATES: {}, "plan_events": {}}  # noqa: RUF012 - of the class, never changed

    def __init__(self) -> None:
        super().__init__()
        self.plans = [Reckoning(), Reckoning()]
        self.passes = [PassReckoning(), PassReckoning()]

    @initialize()
    def open(self) -> None:
        self.begin_anew(2)

    @property
    def day(self) -> int:
        return (self.world.clock() - START).days

    def tell(self, kind: EventKind, person: int, plan: str, *, is_refused: bool) -> object:
        """Tell of something, to be refused or not; give its result."""
        now = self.world.clock()
        event = PlanEvent(kind, "billing", self.name, self.members[person], plan, now)
        other = replace(event, occurred_at=now - timedelta(hours=1))
        outcome = self.do(
            lambda engine: plans.record(engine, event),
            REFUSALS if is_refused else set(),
            lambda: lambda engine: plans.record(engine, other),
        )
        return outcome and outcome.result

    @rule(person=PERSON, kind=st.sampled_from([EventKind.START, EventKind.RENEW]))
    def pay(self, person: int, kind: EventKind) -> None:
        told = self.plans[person].pay(kind.value, self.day)
        self.tell(kind, person, "box", is_refused=told is None)

    @rule(
        person=PERSON,
        kind=st.sampled_from([EventKind.CANCEL, EventKind.RESUME, EventKind.REFUND]),
    )
    def change(self, person: int, kind: EventKind) -> None:
        mine = self.plans[person]
        verbs = {"CANCEL": mine.cancel, "RESUME": mine.resume, "REFUND": mine.refund}
        told = verbs[kind.value](self.day)
        self.tell(kind, person, "box", is_refused=told is None)

    @rule(person=PERSON)
    def buy_a_pass(self, person: int) -> None:
        self.passes[person].buy(self.world.clock().date())
        self.tell(EventKind.BUY, person, "sauna", is_refused=False)

    @rule(person=PERSON)
    def return_a_pass(self, person: int) -> None:
        unused = self.passes[person].give_back(self.world.clock().date())
        result = self.tell(EventKind.RETURN, person, "sauna", is_refused=unused is None)
        if unused is not None:
            price = PASS_PRICE * unused // PASS_MONTHS
            assert result == {"unused_months": unused, "refundable": price, "money": "USD"}

    @rule(days=st.one_of(st.integers(0, 12), st.integers(20, 70)))
    def wait(self, days: int) -> None:
        self.world.clock.advance(days=days)

    @invariant()
    def both_stand_where_the_days_say_and_points_are_those_paid_for(self) -> None:
        if not self.members:
            return
        now = self.world.clock()
        for person, state in enumerate(self.states()):
            held = {name: one.status(now).value for name, one in plans.memberships(state).items()}
            assert held.get("box") == self.plans[person].status(self.day)
            assert held.get("sauna") == self.passes[person].status(now.date())
            points = wallets.wallet_of(state).account("points").balance
            assert points == self.plans[person].points


def test_what_billing_tells_is_done_once(mongo_url: str, database_name: str) -> None:
    with opened(mongo_url, database_name, WITH_PASS) as world:
        play(Billing, world, 10, 35)
