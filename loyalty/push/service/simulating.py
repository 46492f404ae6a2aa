"""What would be sent to whom: the nudges that wait, looked at as if their time had come.

Nothing is sent or noted; what happens meanwhile, such as a purchase, is not foreseen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from loyalty.engine import Engine
from loyalty.push import rules, store
from loyalty.push.rules import Delivery, DeliveryStatus, Reason
from loyalty.push.service import planning
from loyalty.push.service.planning import Context, Plan
from loyalty.walks import Walk

AHEAD = timedelta(hours=24)
HOLDS = 3
"""So often a message may be held, one time after the other, before it is taken as it stands."""

Sent = Mapping[str, Mapping[str, datetime]]


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

    A place is when one is due, and its id.
    """
    waiting = await store.deliveries.nudges_due(engine.mongo, engine.clock() + AHEAD, walk)
    batch = [delivery for _, delivery in waiting]
    if not batch:
        return []
    context = await planning.read(engine, batch)
    caps = [*planning.own_caps(batch, context), *planning.common_caps(batch, context)]
    sent = await store.reached.sent_to(engine.mongo, {one.member_id for one in caps})
    return [await _foreseen(engine, one, due_at, (context, sent)) for due_at, one in waiting]


async def _foreseen(
    engine: Engine, delivery: Delivery, due_at: datetime, on: tuple[Context, Sent]
) -> Foreseen:
    context, sent = on
    context = replace(context, now=max(due_at, context.now))
    plan = planning.judged(delivery, context)
    for _ in range(HOLDS):
        until = plan.settlement.due_at if plan.settlement else None
        if until is None:
            break
        context = replace(context, now=until)
        plan = planning.judged(delivery, context)
    if plan.settlement is None and _is_capped(delivery, context, sent):
        plan = plan.settled(Reason.FREQUENCY_CAP)
    plan = await planning.written(engine, plan, context)
    return Foreseen(plan.delivery, due_at, context.now, _reason(plan))


def _is_capped(delivery: Delivery, context: Context, sent: Sent) -> bool:
    asked = [*planning.own_caps([delivery], context), *planning.common_caps([delivery], context)]
    return any(
        rules.is_capped(_times(sent.get(one.member_id, {}), delivery), one.caps, context.now)
        for one in asked
    )


def _times(sent: Mapping[str, datetime], delivery: Delivery) -> Sequence[datetime]:
    return [at for message, at in sent.items() if message != delivery.id]


def _reason(plan: Plan) -> Reason | None:
    """Say why a message is not sent, as staff read it: one that is too large does not fit."""
    settlement = plan.settlement
    if settlement is None or settlement.status is DeliveryStatus.HELD:
        return None
    return next((one for one in Reason if one == settlement.reason), Reason.STALE)
