"""The claiming of a batch that is to be sent, new or due, and what is claimed given back."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from loyalty import leases
from loyalty.engine import Engine
from loyalty.errors import Unavailable
from loyalty.push import store
from loyalty.push.fcm import Sender
from loyalty.push.rules import Delivery, DeliveryStatus, Settlement
from loyalty.push.service import holding, pacing, planning, posting
from loyalty.push.service.planning import Context, Plan
from loyalty.push.service.posting import LEASE, Hand
from loyalty.push.store.deliveries import Due

BATCH = 128  # phones
BATCHES_AT_ONCE = 2  # are decided on and claimed; however many wait for answers
AGAIN = timedelta(seconds=30)
BROKEN_OFF = (Exception, asyncio.CancelledError)


class Way(NamedTuple):
    """Where the batches of a worker go out, and their turns to be decided on."""

    sender: Sender
    turns: asyncio.Semaphore


async def deliver_due(engine: Engine, sender: Sender) -> int:
    """Send what is due: nudges, what was held, what is tried again; return how many."""
    if not await store.deliveries.is_any_due(engine.mongo, engine.clock()):
        return 0
    if await pacing.shut_until(engine, sender):
        return 0
    async with sender.room.stay(BATCH) as leave:
        return await _deliver_due(engine, sender, leave)


async def _deliver_due(engine: Engine, sender: Sender, leave: Callable[[int], object]) -> int:
    asked = leases.asked(now := engine.clock())
    hand = Hand(engine.new_id(), lambda: asked.is_sure(LEASE, engine.clock()), leave)
    lease = (hand.holder, now + LEASE)
    due = await store.deliveries.due(engine.mongo, now, BATCH)
    if not due:
        return 0
    try:
        taken = await store.deliveries.take(engine.mongo, due, lease, now)
        if not taken:
            return 0
        context = await planning.read(engine, taken)
        plans = await planning.plan(engine, taken, context)
        leave(BATCH - _count(plans))
        again_at = await pacing.room_for(engine, sender, _count(plans))
    except BROKEN_OFF:  # it may be taken all the same, or be so in a moment
        await _insist(partial(_leave, engine, due, hand))
        raise
    if again_at is None and hand.is_sure():
        await posting.post(engine, sender, plans, (context, hand))
    else:
        await posting.insist(partial(_put_off, engine, plans, again_at or now, (context, hand)))
    await posting.recount(engine, context)
    return len(taken)


async def _put_off(
    engine: Engine, plans: Sequence[Plan], due_at: datetime, on: tuple[Context, Hand]
) -> None:
    """Settle what is not to be sent, and give back the rest until an instant."""
    context, hand = on
    settled = [(plan.delivery, plan.settlement) for plan in plans if plan.settlement]
    await store.deliveries.settle(engine.mongo, settled, hand.holder, engine.clock())
    unsent = [plan.delivery for plan in plans if not plan.settlement]
    await store.deliveries.hand_back(engine.mongo, unsent, hand.holder, due_at)
    waiting = [(one, _pending(due_at)) for one in unsent]
    await planning.settle_budgets(engine, [*settled, *waiting], context)
    await holding.look_again(engine, settled, context)


async def send_new(
    engine: Engine, way: Way, batch: Sequence[Delivery], hand: Hand
) -> datetime | None:
    """Send deliveries that nobody has claimed yet; where nobody may send now, give when to go on.

    It is decided on them when there are places for all that a batch may come to, so that nothing
    decided waits. What another has claimed is left to it. Raises Unavailable.
    """
    sender, turns = way
    async with AsyncExitStack() as staying:
        async with turns:
            leave = await staying.enter_async_context(sender.room.stay(BATCH))
            if again_at := await pacing.shut_until(engine, sender):
                return again_at
            context = await planning.read(engine, batch)
            plans = await planning.plan(engine, batch, context, hand.noted)
            leave(BATCH - _count(plans))
            again_at = await pacing.room_for(engine, sender, _count(plans))
            hand = replace(hand, leave=leave)
            claimed = await _claim(engine, plans, again_at, (context, hand))
        if claimed:
            await posting.post(engine, sender, claimed, (context, hand))
    return again_at


async def _claim(
    engine: Engine, plans: Sequence[Plan], again_at: datetime | None, on: tuple[Context, Hand]
) -> list[Plan]:
    """Put down what was decided; give what is ours to send, nothing where nobody may send now."""
    context, hand = on
    later = None if again_at is None else _pending(again_at)
    lease = (hand.holder, engine.clock() + LEASE)
    rows = [(plan.delivery, plan.settlement or later) for plan in plans]
    try:
        mine = await store.deliveries.insert_claimed(engine.mongo, rows, lease)
        settled = [(plan.delivery, plan.settlement) for plan in plans if plan.settlement]
        await holding.look_again(engine, settled, context)
    except BROKEN_OFF:  # it may have been written all the same, or be so in a moment
        unsent = [delivery for delivery, settled in rows if not settled]
        await _insist(partial(_give_up, engine, unsent, hand))
        raise
    if later is not None:
        await planning.settle_budgets(engine, [(d, s or later) for d, s in rows], context)
        return []
    if not hand.is_sure():
        await _insist(partial(_hand_back, engine, mine, hand))
        return []
    ids = {delivery.id for delivery in mine}
    return [plan for plan in plans if plan.delivery.id in ids]


async def _leave(engine: Engine, due: Sequence[Due], hand: Hand) -> None:
    """Give back what is due, and let a claim of it that is only written now find nothing."""
    await store.deliveries.put_off(engine.mongo, due, engine.clock() + AGAIN)
    await _hand_back(engine, [delivery for delivery, _ in due], hand)


async def _give_up(engine: Engine, unsent: Sequence[Delivery], hand: Hand) -> None:
    """Put new deliveries down as waiting, so that a claim that is only written now comes too late.

    Where it was written before, they are handed back.
    """
    now = engine.clock()
    waiting = [(delivery, _pending(now + AGAIN)) for delivery in unsent]
    await store.deliveries.insert_claimed(engine.mongo, waiting, (hand.holder, now))
    await _hand_back(engine, unsent, hand)


async def _hand_back(engine: Engine, deliveries: Sequence[Delivery], hand: Hand) -> None:
    """Let others send what surely was not sent: it is not to be lost as if it might have been."""
    due_at = engine.clock() + AGAIN
    await store.deliveries.hand_back(engine.mongo, deliveries, hand.holder, due_at)


async def _insist(write: Callable[[], Awaitable[None]]) -> None:
    with suppress(Unavailable):
        await posting.insist(write)


def _count(plans: Sequence[Plan]) -> int:
    return sum(len(plan.outgoing) for plan in plans)


def _pending(due_at: datetime) -> Settlement:
    return Settlement(DeliveryStatus.PENDING, None, {}, due_at)
