"""Nudges: a fact about a member becomes at most one message; whether it is sent is decided late."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from loyalty import program
from loyalty.engine import Engine
from loyalty.mongo import Document
from loyalty.program import Program, terms
from loyalty.push import rules, store
from loyalty.push.payloads import Category
from loyalty.push.rules import Delivery, DeliveryStatus, Reason

TRIGGERS = {
    "PointsEarned": ("POINTS_EARNED", Category.POINTS),
    "TierReached": ("TIER_REACHED", Category.PROGRESS),
}


async def nudge(engine: Engine, facts: Sequence[Document], *, can_send: bool) -> None:
    """Make a delivery, once, of each fact that members are told of.

    The program's `nudges` say which; a program that lists none has all of them on, with the texts
    of the catalogue. What happened more than 24 hours ago is not told any more, and what happens
    while nothing can be sent is never told.
    """
    now = engine.clock()
    version = await program.find_active(engine) if facts else None
    if version is not None:
        found = [_delivery(fact, version.program, now) for fact in facts]
        wanted = [delivery for delivery in found if delivery is not None]
        if not can_send:
            wanted = [_unsent(delivery) for delivery in wanted]
        await store.deliveries.insert_waiting(engine.mongo, wanted, now)


def _delivery(fact: Document, program: Program, now: datetime) -> Delivery | None:
    kind, data = fact["kind"], fact["data"]
    if kind not in TRIGGERS or not _is_told(kind, data, program):
        return None
    trigger, category = TRIGGERS[kind]
    reason = _why_not(fact, trigger, program, now)
    return Delivery(
        id=fact["_id"],
        campaign_id=None,
        member_id=fact["member"],
        category=category,
        status=DeliveryStatus.SUPPRESSED if reason else DeliveryStatus.PENDING,
        reason=reason,
        title=None,
        body=None,
        created_at=fact["at"],
        kind=kind,
        data=data,
    )


def _unsent(delivery: Delivery) -> Delivery:
    reason = delivery.reason or Reason.NOT_CONFIGURED
    return replace(delivery, status=DeliveryStatus.SUPPRESSED, reason=reason)


def _is_told(kind: str, data: Mapping[str, str], program: Program) -> bool:
    """Tell whether a fact is news to a member: points that only count for tiers are not."""
    if kind != "PointsEarned":
        return True
    currency = program.currency(data["currency"])
    return currency is not None and currency.kind is terms.CurrencyKind.REDEEMABLE


def _why_not(fact: Document, trigger: str, program: Program, now: datetime) -> Reason | None:
    if program.nudges and not any(n.on == trigger and n.enabled for n in program.nudges):
        return Reason.DISABLED
    happened_at = min(fact["at"], fact["data"].get("occurred_at") or fact["at"])
    return Reason.STALE if rules.is_stale(happened_at, now) else None
