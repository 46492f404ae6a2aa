"""Plans and passes on a real database: each payment counts once, and benefits end when they end."""

import asyncio
from datetime import timedelta

import pytest

from loyalty import activities, audit, members, plans, program, wallets
from loyalty.commands import Outcome
from loyalty.engine import Engine
from loyalty.errors import BadInput, KeyReused, MemberNotActive, Refusal, Refused
from loyalty.plans import (
    EventKind,
    PassNotRefundable,
    PassUnknown,
    PlanAlreadyActive,
    PlanEvent,
    PlanNotActive,
    PlanUnknown,
)
from loyalty.states import STATES
from tests.engines import START, Clock, enrol, purchase, steppable, stored, suspend
from tests.integration.conftest import OpenEngine

CLUB = """
format: 1
id: club
name: Club
money: USD
time_zone: America/New_York
currencies:
  - {id: points, name: points}
earning_rules:
  - id: base
    name: 1 point per 1.00
    currency: points
    effect: {kind: PER_AMOUNT, points: 1, per: "1.00"}
  - id: thanks
    name: 5 points on every purchase of a VIP
    currency: points
    when: {plans: [vip]}
    effect: {kind: FIXED, points: 5}
plans:
  - id: vip
    name: VIP
    price: "100.00"
    period: YEAR
    grace_days: 7
    benefits:
      - {id: double, kind: POINTS_MULTIPLIER, name: Double points, factor: "2"}
    start_grants: [{points: 100, currency: points}]
    renewal_grants: [{points: 50, currency: points}]
passes:
  - {id: sauna, name: Sauna, price: "60.00", months: 6, bonus_months: 1}
"""
NO_PLANS = CLUB.partition("plans:\n")[0].replace("    when: {plans: [vip]}\n", "")


@pytest.fixture
async def anna(engine: Engine) -> str:
    """A member of the club."""
    await program.publish(engine, CLUB)
    return await enrol(engine)


def event(kind: str, member_id: str, event_id: str, plan: str = "vip", **named: int) -> PlanEvent:
    """Tell of something that happened so many days after the start."""
    at = START + timedelta(**named)
    return PlanEvent(EventKind(kind), "billing", event_id, member_id, plan, at)


async def balance(engine: Engine, member_id: str) -> int:
    state = await members.require(engine, member_id)
    return sum(lot.remaining for lot in wallets.wallet_of(state).account("points").lots)


async def status(engine: Engine, member_id: str, plan: str = "vip") -> str:
    held = plans.memberships(await members.require(engine, member_id))
    return held[plan].status(engine.clock()).value


async def refusal_of(engine: Engine, wanted: PlanEvent) -> Refusal:
    """Tell of something that is refused, and see that nothing was written."""
    before = await stored(engine.mongo, wanted.member_id)
    with pytest.raises(Refused) as refused:
        await plans.record(engine, wanted)
    assert await stored(engine.mongo, wanted.member_id) == before
    return refused.value.refusal


async def facts_of(engine: Engine, member_id: str) -> list[str]:
    document = await stored(engine.mongo, member_id) or {}
    return [fact["kind"] for fact in document["outbox"]]


async def test_a_payment_counts_once_for_its_source_and_id(engine: Engine, anna: str) -> None:
    first = await plans.record(engine, event("START", anna, "inv-1"))
    again = await plans.record(engine, event("START", anna, "inv-1"))
    assert (first.replayed, again.replayed) == (False, True)
    assert await balance(engine, anna) == 100
    refusal = await refusal_of(engine, event("RENEW", anna, "inv-1"))
    assert refusal == KeyReused("payment:billing:inv-1")


async def test_two_renewals_at_once_with_one_id_make_one(
    engine: Engine, anna: str, clock: Clock, open_process: OpenEngine
) -> None:
    await plans.record(engine, event("START", anna, "inv-1"))
    processes = [engine, await open_process()]
    renewal = event("RENEW", anna, "inv-2", days=100)
    clock.advance(days=100)
    results: list[Outcome] = await asyncio.gather(
        *(plans.record(processes[n % 2], renewal) for n in range(20))
    )
    assert sorted(outcome.replayed for outcome in results) == [False] + [True] * 19
    [held] = plans.memberships(await members.require(engine, anna)).values()
    assert [stretch.until.isoformat() for stretch in held.paid] == ["2027-03-02", "2028-03-02"]
    assert await balance(engine, anna) == 150


async def test_two_payments_at_once_both_count(
    engine: Engine, anna: str, open_process: OpenEngine
) -> None:
    other = await open_process()
    await plans.record(engine, event("START", anna, "inv-1"))
    await asyncio.gather(
        plans.record(engine, event("RENEW", anna, "inv-2")),
        plans.record(other, event("RENEW", anna, "inv-3")),
    )
    [held] = plans.memberships(await members.require(engine, anna)).values()
    assert held.paid[-1].until.isoformat() == "2029-03-02"


async def test_a_payment_whose_recorder_died_is_finished(
    engine: Engine, anna: str, clock: Clock, open_process: OpenEngine
) -> None:
    async def die() -> None:
        raise ConnectionAbortedError("the process died")

    dying = await open_process()
    steppable(dying).before["update_batch", STATES] = die
    with pytest.raises(ConnectionAbortedError):
        await plans.record(dying, event("START", anna, "inv-1"))
    assert plans.memberships(await members.require(engine, anna)) == {}
    clock.advance(seconds=31)
    assert await plans.finish_open(engine) == 1
    await engine.commits.drain()
    assert (await status(engine, anna), await balance(engine, anna)) == ("ACTIVE", 100)
    assert await plans.finish_open(engine) == 0


async def test_an_open_payment_that_is_refused_is_set_aside(
    engine: Engine, anna: str, clock: Clock
) -> None:
    document = {"_id": "payment:billing:inv-9", "kind": "RENEW", "source": "billing"}
    document |= {"event_id": "inv-9", "member": anna, "plan": "vip", "key": "k", "input": "i"}
    await engine.mongo.insert_new(
        "plan_events", [{**document, "occurred_at": START, "open_since": START}]
    )
    clock.advance(seconds=31)
    assert await plans.finish_open(engine) == 1
    found = await engine.mongo.find_one("plan_events", {"_id": "payment:billing:inv-9"})
    assert found is not None
    assert (found["refused"], "open_since" in found) == ("KeyReused", False)


async def test_benefits_hold_while_the_plan_is_active_and_in_grace_and_no_longer(
    engine: Engine, anna: str, clock: Clock
) -> None:
    async def earn(purchase_id: str) -> int:
        before = await balance(engine, anna)
        bought = purchase(anna, purchase_id, 1_000, occurred_at=clock())
        await activities.record_purchase(engine, bought)
        return await balance(engine, anna) - before

    assert await earn("1") == 10
    await plans.record(engine, event("START", anna, "inv-1"))
    assert await earn("2") == 25  # doubled, and 5 for VIPs
    clock.advance(days=365 + 7)  # 9 March 2027, the last day of grace
    assert (await status(engine, anna), await earn("3")) == ("GRACE", 25)
    clock.advance(days=1)
    assert (await status(engine, anna), await earn("4")) == ("LAPSED", 10)


async def test_a_lapse_is_told_of_once(engine: Engine, anna: str, clock: Clock) -> None:
    await plans.record(engine, event("START", anna, "inv-1"))
    await plans.record(engine, event("BUY", anna, "inv-2", "sauna"))
    clock.advance(days=215)
    assert await plans.lapse_due(engine) == 1
    clock.advance(days=158)
    assert await plans.lapse_due(engine) == 1
    assert await plans.lapse_due(engine) == 0
    told = ["MemberEnrolled", "PlanStarted", "PassBought", "PassEnded", "PlanLapsed"]
    assert await facts_of(engine, anna) == told
    await plans.record(engine, event("RENEW", anna, "inv-3", days=373))
    assert (await facts_of(engine, anna))[5:] == ["PlanStarted"]
    assert await status(engine, anna) == "ACTIVE"


async def test_a_refund_ends_the_plan_and_takes_back_what_its_payment_gave(
    engine: Engine, anna: str
) -> None:
    await plans.record(engine, event("START", anna, "inv-1"))
    await plans.record(engine, event("RENEW", anna, "inv-2"))
    assert await balance(engine, anna) == 150
    await plans.record(engine, event("REFUND", anna, "ref-2"))
    assert (await status(engine, anna), await balance(engine, anna)) == ("ACTIVE", 100)
    await plans.record(engine, event("REFUND", anna, "ref-1"))
    await plans.record(engine, event("REFUND", anna, "ref-1"))
    assert (await status(engine, anna), await balance(engine, anna)) == ("REFUNDED", 0)
    refusal = await refusal_of(engine, event("REFUND", anna, "ref-3"))
    assert refusal == PlanNotActive("vip", "REFUNDED")
    await engine.commits.drain()
    assert (await audit.verify(engine)).violations == []


async def test_the_audit_misses_a_payment_that_nobody_made(engine: Engine, anna: str) -> None:
    await plans.record(engine, event("START", anna, "inv-1"))
    await engine.commits.drain()
    assert (await audit.verify(engine)).violations == []
    forged = {"$set": {"plans.memberships.vip.paid.0.payment": "payment:billing:inv-9"}}
    await engine.mongo.update_one(STATES, {"_id": anna}, forged)
    [violation] = (await audit.verify(engine)).violations
    assert violation.rule == "what_is_paid_for_has_its_payment"
    assert violation.detail == "vip: payment:billing:inv-9"


async def test_a_returned_pass_tells_what_was_not_used(engine: Engine, anna: str) -> None:
    await plans.record(engine, event("BUY", anna, "inv-1", "sauna"))
    outcome = await plans.record(engine, event("RETURN", anna, "ref-1", "sauna", days=1))
    assert outcome.result == {"unused_months": 5, "refundable": 5_000, "money": "USD"}
    assert await status(engine, anna, "sauna") == "REFUNDED"


@pytest.mark.parametrize(
    ("kind", "plan", "refusal"),
    [
        ("START", "vop", PlanUnknown("vop")),
        ("START", "sauna", PlanUnknown("sauna")),
        ("RENEW", "vip", PlanNotActive("vip", None)),
        ("CANCEL", "vip", PlanNotActive("vip", None)),
        ("RESUME", "vip", PlanNotActive("vip", None)),
        ("REFUND", "vip", PlanNotActive("vip", None)),
        ("CANCEL", "vop", PlanUnknown("vop")),
        ("BUY", "vip", PassUnknown("vip")),
        ("RETURN", "sauna", PassNotRefundable("sauna")),
        ("RETURN", "vop", PassUnknown("vop")),
    ],
)
async def test_what_cannot_be_is_refused_with_its_facts(
    engine: Engine, anna: str, kind: str, plan: str, refusal: Refusal
) -> None:
    assert await refusal_of(engine, event(kind, anna, "x", plan)) == refusal


async def test_an_id_that_was_refused_can_be_used_again(engine: Engine, anna: str) -> None:
    await plans.record(engine, event("START", anna, "inv-1"))
    refusal = await refusal_of(engine, event("START", anna, "inv-2"))
    assert isinstance(refusal, PlanAlreadyActive)
    await plans.record(engine, event("RENEW", anna, "inv-2"))
    assert await balance(engine, anna) == 150


async def test_a_member_who_is_not_active_pays_for_nothing(engine: Engine, anna: str) -> None:
    await plans.record(engine, event("START", anna, "inv-1"))
    await suspend(engine, anna)
    refusal = await refusal_of(engine, event("RENEW", anna, "inv-2"))
    assert refusal == MemberNotActive(anna, "SUSPENDED")
    await plans.record(engine, event("REFUND", anna, "ref-1"))
    assert await status(engine, anna) == "REFUNDED"


async def test_what_the_program_lets_go_of_can_be_cancelled_and_given_back(
    engine: Engine, anna: str
) -> None:
    await plans.record(engine, event("START", anna, "inv-1"))
    await program.publish(engine, NO_PLANS)
    assert await refusal_of(engine, event("RENEW", anna, "inv-2")) == PlanUnknown("vip")
    await plans.record(engine, event("CANCEL", anna, "c-1"))
    await plans.record(engine, event("REFUND", anna, "ref-1"))
    assert await balance(engine, anna) == 0


@pytest.mark.parametrize(
    "wanted",
    [
        PlanEvent(EventKind.START, "a:b", "1", "mbr_1", "vip", START),
        PlanEvent(EventKind.START, "", "1", "mbr_1", "vip", START),
        PlanEvent(EventKind.START, "a", "1" * 201, "mbr_1", "vip", START),
        PlanEvent(EventKind.START, "a", "1", "mbr_1", "vip", START + timedelta(days=2)),
    ],
)
async def test_an_event_that_cannot_have_happened_is_bad_input(
    engine: Engine, wanted: PlanEvent
) -> None:
    with pytest.raises(BadInput):
        await plans.record(engine, wanted)
