"""Everything billing may tell, in any order, with any gaps, beside a second reckoning by days."""

from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from loyalty import plans, program, states, wallets
from loyalty.errors import Refused
from loyalty.plans import EventKind, PlanEvent
from loyalty.plans.service.billing import decide_event
from loyalty.plans.service.sweeping import settle
from loyalty.plans.store import HOLDINGS, from_document, to_document
from loyalty.program import Version, VersionStatus
from loyalty.turns import Turn
from tests.engines import START
from tests.property.reckoning import WEEKLY, Reckoning

TOLD = {"PlanStarted", "PlanRenewed", "PlanCancelled", "PlanResumed", "PlanRefunded", "PlanLapsed"}


class Billing(RuleBasedStateMachine):
    """One member with one weekly plan, told of at noon of each day."""

    def __init__(self) -> None:
        super().__init__()
        parsed = program.parse(WEEKLY)
        self.version = Version(1, VersionStatus.ACTIVE, parsed, WEEKLY, START)
        profile = {"status": "ACTIVE", "enrolled_at": START}
        self.state = states.from_document(states.new_document("mbr_1", {"profile": profile}, ()))
        self.reckoning = Reckoning()
        self.day = self.told = 0

    def apply(self, change: states.Change) -> list[str]:
        before = len(self.state.facts)
        self.state.apply(change, None, "", self.now)
        return [fact["kind"] for fact in self.state.facts[before:] if fact["kind"] in TOLD]

    @property
    def now(self) -> datetime:
        return START + timedelta(days=self.day)

    def tell(self, kind: EventKind, expected: str | None) -> None:
        self.told += 1
        event = PlanEvent(kind, "billing", str(self.told), "mbr_1", "box", self.now)
        try:
            change = decide_event(Turn(self.state, self.now), self.version, event)
        except Refused:
            assert expected is None
        else:
            assert self.apply(change) == [expected]

    @rule(days=st.integers(0, 12))
    def let_days_pass(self, days: int) -> None:
        self.day += days

    @rule(kind=st.sampled_from([EventKind.START, EventKind.RENEW]))
    def pay(self, kind: EventKind) -> None:
        self.tell(kind, self.reckoning.pay(kind.value, self.day))

    @rule()
    def cancel(self) -> None:
        self.tell(EventKind.CANCEL, self.reckoning.cancel(self.day))

    @rule()
    def resume(self) -> None:
        self.tell(EventKind.RESUME, self.reckoning.resume(self.day))

    @rule()
    def refund(self) -> None:
        self.tell(EventKind.REFUND, self.reckoning.refund(self.day))

    @rule()
    def sweep(self) -> None:
        turn = Turn(self.state, self.now)
        settle(turn, frozenset())
        expected = self.reckoning.sweep(self.day)
        assert self.apply(turn.change()) == ([expected] if expected else [])
        due_at = self.state.value(HOLDINGS).due_at
        assert due_at is None or due_at > self.now

    @invariant()
    def the_plan_stands_where_the_days_say(self) -> None:
        held = plans.memberships(self.state).get("box")
        assert (held.status(self.now).value if held else None) == self.reckoning.status(self.day)
        active = plans.active(self.state, self.version, self.now)
        assert active == ({"box"} if self.reckoning.is_on(self.day) else set())

    @invariant()
    def the_points_are_those_of_what_is_paid_for(self) -> None:
        account = wallets.wallet_of(self.state).account("points")
        assert account.balance == self.reckoning.points

    @invariant()
    def what_is_stored_is_read_again_as_it_was(self) -> None:
        holdings = self.state.value(HOLDINGS)
        assert from_document(to_document(holdings)) == holdings


def test_billing_in_any_order_keeps_the_days_and_the_points() -> None:
    run_state_machine_as_test(
        Billing, settings=settings(max_examples=60, stateful_step_count=40, deadline=None)
    )
