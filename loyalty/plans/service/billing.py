"""What the shop's billing tells: payments, cancellations, refunds; once for source and id."""

from datetime import datetime
from typing import Any, TypeAlias

from loyalty import claims, members, offers, program, wallets
from loyalty.commands import Command, Outcome
from loyalty.engine import Engine
from loyalty.errors import Refused, Unavailable
from loyalty.members import Doing
from loyalty.plans import rules, store
from loyalty.plans.rules import EventKind, Gift, Membership, Payment, PlanEvent, Stretch
from loyalty.program import Program, Version, terms
from loyalty.states import Change, Fact, State
from loyalty.turns import Turn

_MONTHS = {terms.BillingPeriod.MONTH: 1, terms.BillingPeriod.YEAR: 12}
Right: TypeAlias = terms.Plan | terms.Pass
_PAYMENTS = {
    EventKind.START: rules.started,
    EventKind.RENEW: rules.renewed,
    EventKind.BUY: rules.bought,
}
_TOLD = {
    EventKind.START: "PlanStarted",
    EventKind.RENEW: "PlanRenewed",
    EventKind.CANCEL: "PlanCancelled",
    EventKind.RESUME: "PlanResumed",
    EventKind.REFUND: "PlanRefunded",
    EventKind.BUY: "PassBought",
    EventKind.RETURN: "PassRefunded",
}


async def record(engine: Engine, event: PlanEvent) -> Outcome:
    """Record what happened to a plan or a pass, once for its source and id.

    The result of a refunded pass holds its `unused_months`, and what they cost in minor units as
    `refundable`. Raises BadInput; Refused with PlanUnknown, PlanAlreadyActive, PlanNotActive,
    PlanAlreadyCancelled, PlanNotCancelled, PassUnknown, PassNotRefundable, MemberUnknown,
    MemberNotActive, ProgramMissing, or KeyReused when the id was used otherwise; Unavailable.
    """
    rules.check(event, engine.clock())
    return await _record(engine, await program.active(engine), event)


async def _record(engine: Engine, version: Version, event: PlanEvent) -> Outcome:
    document = store.event_document(event)
    fingerprint = wallets.hash_input(**document)
    key = engine.new_id()

    def decide(state: State, now: datetime) -> Change:
        return decide_event(Turn(state, now), version, event)

    claim = store.claim(document, fingerprint, key, engine.clock())
    return await engine.commits.submit(Command(event.member_id, decide, key, fingerprint, claim))


def decide_event(turn: Turn, version: Version, event: PlanEvent) -> Change:
    """Work out everything an event of billing does to its member. Raises Refused."""
    wallets.settle(turn)
    before = turn.of(store.HOLDINGS).memberships.get(event.plan)
    right = _right(version.program, event, before)
    result: dict[str, Any] = {}
    if right is not None and event.kind in rules.PAYMENTS:
        members.must_be_free(turn.state, Doing.EARN)
        after = _paid(turn, version, event, right)
    elif event.kind in rules.REFUNDS:
        paid = _refundable(before, event)
        after = rules.refunded(paid, event.occurred_at)
        if not _take_back(turn, version, event, paid.paid[-1]):
            after = rules.keeping(after, paid.paid[-1])
        result = _unused(version.program, event, paid.paid[-1])
    else:
        changed = rules.cancelled if event.kind is EventKind.CANCEL else rules.resumed
        after = changed(before, event.plan, event.occurred_at)
    turn.put(store.HOLDINGS, turn.of(store.HOLDINGS).with_membership(event.plan, after))
    begins = event.kind is EventKind.RENEW and not rules.is_on(before, event.occurred_at)
    told = _TOLD[EventKind.START if begins else event.kind]
    turn.tell(Fact(told, {"plan": event.plan, "ends_at": after.ends_at}))
    return turn.change(**result)


def _right(whole: Program, event: PlanEvent, held: Membership | None) -> Right | None:
    """Find what an event is about; None for what a member has and the program has no more.

    That can still be cancelled and given back. Raises Refused with PlanUnknown or PassUnknown.
    """
    is_pass = event.kind in rules.OF_PASSES
    rights: list[Right] = [*(whole.passes if is_pass else whole.plans)]
    right = next((right for right in rights if right.id == event.plan), None)
    declared = {right.id for right in whole.rights}
    is_left = held is not None and event.kind not in rules.PAYMENTS and event.plan not in declared
    if right is None and not is_left:
        raise Refused((rules.PassUnknown if is_pass else rules.PlanUnknown)(event.plan))
    return right


def _paid(turn: Turn, version: Version, event: PlanEvent, right: Right) -> Membership:
    """Let a payment begin the membership or make it longer, and give what it gives."""
    before = turn.of(store.HOLDINGS).memberships.get(event.plan)
    after = _PAYMENTS[event.kind](before, _payment(event, right, version.program))
    if isinstance(right, terms.Pass):
        return after
    goes_on = rules.is_on(before, event.occurred_at)
    grants, payment = (
        (right.renewal_grants, "RENEWED") if goes_on else (right.start_grants, "STARTED")
    )
    if payment in after.kept:
        return rules.withholding(after, payment)
    bought, posted = after.paid[-1], len(turn.entries)
    period = {"since": bought.since.isoformat(), "until": bought.until.isoformat()}
    offers.give(turn, version, grants, {**_why("PLAN", event), "payment": payment, **period})
    gave = (Gift(e["currency"], e["points"], e.get("lot")) for e in turn.entries[posted:])
    return rules.with_gifts(after, payment, tuple(gave))


def _payment(event: PlanEvent, right: Right, whole: Program) -> Payment:
    if isinstance(right, terms.Pass):
        months, bonus, days, grace = right.months, right.bonus_months, 0, 0
    else:
        months, bonus, grace = _MONTHS.get(right.period, 0) * right.every, 0, right.grace_days
        days = 0 if months else 7 * right.every
    return Payment(
        id=event.reference,
        plan=event.plan,
        paid_at=event.occurred_at,
        place=whole.place,
        price=terms.minor_units(right.price, whole.exponent),
        months=months,
        days=days,
        bonus_months=bonus,
        grace_days=grace,
    )


def _refundable(before: Membership | None, event: PlanEvent) -> Membership:
    """Give what has a payment to give back. Raises Refused."""
    if before is not None and before.paid:
        return before
    if event.kind is EventKind.RETURN:
        raise Refused(rules.PassNotRefundable(event.plan))
    raise Refused(rules.not_active(before, event.plan, event.occurred_at))


def _take_back(turn: Turn, version: Version, event: PlanEvent, stretch: Stretch) -> bool:
    """Take back what a payment gave; tell whether all of it came back.

    It did not where the payment brought nothing, for what an earlier one had given and was kept.
    """
    came_back = not stretch.withheld
    for gift in stretch.gave:
        if version.program.currency(gift.currency) is not None:
            wanted = wallets.Clawback(gift.currency, gift.points, gift.lot)
            clawed = wallets.clawback(turn, version, wanted, _why("PLAN_REFUND", event))
            came_back = came_back and not clawed.written_off
    given = {"kind": "PLAN", "plan": event.plan, "activity": stretch.payment}
    return offers.withdraw(turn, given) and came_back


def _unused(whole: Program, event: PlanEvent, stretch: Stretch) -> dict[str, Any]:
    """Tell what of a pass that is given back was not used; nothing of a plan."""
    if event.kind is not EventKind.RETURN:
        return {}
    today = whole.place.day(event.occurred_at)
    return {
        "unused_months": rules.unused_months(stretch, today),
        "refundable": rules.unused_price(stretch, today),
        "money": whole.money,
    }


def _why(kind: str, event: PlanEvent) -> dict[str, object]:
    return {"kind": kind, "plan": event.plan, "activity": event.reference}


async def finish_open(engine: Engine, limit: int = 200) -> int:
    """Finish events whose recorder died between claiming the id and the commit.

    One that cannot be finished is set aside with its reason; billing may send it again. Returns
    how many were looked at.
    """
    left = await claims.left_open(engine.mongo, store.EVENTS, engine.clock(), limit)
    version = await program.find_active(engine)
    if version is None:
        return 0
    for document in left:
        try:
            await _record(engine, version, store.event_from_document(document))
        except Unavailable:
            break
        except Refused as refused:
            reason = type(refused.refusal).__name__
            await claims.set_aside(engine.mongo, store.EVENTS, document["_id"], reason)
        except Exception as error:  # noqa: BLE001 - one that is damaged must not stop the others
            reason = type(error).__name__
            await claims.set_aside(engine.mongo, store.EVENTS, document["_id"], reason)
    return len(left)
