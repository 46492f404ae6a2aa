"""What would be sent to whom: the nudges that wait, looked at as if their time had come.

Nothing is sent or noted; what happens meanwhile, such as a purchase, is not foreseen, nor what
campaigns send.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from loyalty.engine import Engine
from loyalty.push import rules, store
from loyalty.push.rules import Delivery, DeliveryStatus, Reason
from loyalty.push.rules.deliveries import NUDGE_LIFE
from loyalty.push.service import planning
from loyalty.push.service.planning import Context, Plan
from loyalty.push.store.reached import Wanted
from loyalty.walks import Walk

AHEAD = timedelta(hours=24)
HOLDS = 3
"""So often a message may be held, one time after the other, before it is taken as it stands."""

Sent = dict[str, dict[str, datetime]]
"""When messages go to members, by the keys that caps are kept under and the messages' ids."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A nudge that waits, with what it would say, or the `reason` why it would not be sent.

    `due_at` is when it is looked at, `at` when it goes: later where it is held by quiet hours.
    """

    delivery: Delivery
    due_at: datetime
    at: datetime
    reason: Reason | None = None


async def simulate(engine: Engine, walk: Walk[tuple[datetime, str]]) -> list[Foreseen]:
    """Tell what becomes of the nudges that are due within 24 hours, in the order they are due in.

    A place is when one is due, and its id. What is foreseen counts for the caps of what the same
    member gets later, whatever page that is on.
    """
    now = engine.clock()
    page = await store.deliveries.nudges_due(engine.mongo, now + AHEAD, walk)
    if not page:
        return []
    of = sorted({delivery.member_id for _, delivery in page})
    theirs = await store.deliveries.nudges_due_of(engine.mongo, of, now + AHEAD, now - NUDGE_LIFE)
    waiting = list({delivery.id: (at, delivery) for at, delivery in (*theirs, *page)}.values())
    context = await planning.read(engine, [delivery for _, delivery in waiting])
    planned = [_planned(delivery, due_at, context) for due_at, delivery in waiting]
    planned.sort(key=lambda one: (one.context.now, one.plan.delivery.id))
    sent = await _sent(engine, planned)
    found = {one.plan.delivery.id: await _foreseen(engine, one, sent) for one in planned}
    return [found[delivery.id] for _, delivery in page]


@dataclass(frozen=True, slots=True)
class _Planned:
    """A nudge as it is judged when nothing holds it any more: then is the context's now."""

    plan: Plan
    due_at: datetime
    context: Context

    @property
    def wanted(self) -> list[Wanted]:
        """Give the caps that it is held to."""
        return planning.caps([self.plan.delivery], self.context)


def _planned(delivery: Delivery, due_at: datetime, context: Context) -> _Planned:
    context = replace(context, now=max(due_at, context.now))
    plan = planning.judged(delivery, context)
    for _ in range(HOLDS):
        until = plan.settlement.due_at if plan.settlement else None
        if until is None:
            break
        context = replace(context, now=until)
        plan = planning.judged(delivery, context)
    return _Planned(plan, due_at, context)


async def _sent(engine: Engine, planned: Iterable[_Planned]) -> Sent:
    keys = {wanted.member_id for one in planned for wanted in one.wanted}
    sent = await store.reached.sent_to(engine.mongo, keys)
    return {key: dict(messages) for key, messages in sent.items()}


async def _foreseen(engine: Engine, one: _Planned, sent: Sent) -> Foreseen:
    """Say what becomes of the next one; where it goes, it is among what was sent from then on."""
    plan, context = one.plan, one.context
    if plan.settlement is None and _is_capped(one, sent):
        plan = plan.settled(Reason.FREQUENCY_CAP)
    plan = await planning.written(engine, plan, context)
    if plan.settlement is None:
        for wanted in one.wanted:
            sent[wanted.member_id][wanted.id] = context.now
    return Foreseen(plan.delivery, one.due_at, context.now, _reason(plan))


def _is_capped(one: _Planned, sent: Sent) -> bool:
    return any(
        rules.is_capped(_others(sent[wanted.member_id], wanted.id), wanted.caps, one.context.now)
        for wanted in one.wanted
    )


def _others(sent: Mapping[str, datetime], message: str) -> list[datetime]:
    return [at for id, at in sent.items() if id != message]


def _reason(plan: Plan) -> Reason | None:
    """Say why a message is not sent, as staff read it: one that is too large does not fit."""
    settlement = plan.settlement
    if settlement is None or settlement.status is DeliveryStatus.HELD:
        return None
    return next((one for one in Reason if one == settlement.reason), Reason.STALE)
