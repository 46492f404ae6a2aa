"""The sending of a batch: claimed, posted, and each noted with what became of it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from loyalty import jobs, leases
from loyalty.engine import Engine
from loyalty.errors import Unavailable
from loyalty.push import rules, store
from loyalty.push.fcm import Heard, Receipt, Sender, to_nobody
from loyalty.push.rules import Delivery, DeliveryStatus, Settlement
from loyalty.push.service import holding, pacing, planning
from loyalty.push.service.planning import Context, Plan
from loyalty.push.service.rooms import Room

BATCH = 128  # phones
BATCHES_AT_ONCE = 2  # are decided on and claimed; however many wait for answers
LEASE = timedelta(seconds=60)
AGAIN = timedelta(seconds=30)
SOON = timedelta(seconds=10)
AGAIN_SECONDS = 0.2


class Postroom:
    """What the batches of a worker share: turns to be claimed in, and places for their messages.

    No more is claimed than can be posted at once, so that few are unknown when a worker dies.
    """

    def __init__(self, sender: Sender) -> None:
        self.sender = sender
        self.turns = asyncio.Semaphore(BATCHES_AT_ONCE)
        self.room = Room(sender.limits.connections)


@dataclass(frozen=True, slots=True)
class Hand:
    """A worker's hand on what it sends: the name it claims by, and whether it may still be sure.

    `heard` is told how many of its messages have been answered, as they are.
    """

    holder: str
    is_sure: Callable[[], bool]
    heard: Heard = to_nobody


async def deliver_due(engine: Engine, sender: Sender) -> int:
    """Send what is due: nudges, what was held, what is tried again; return how many."""
    asked = leases.asked(now := engine.clock())
    hand = Hand(engine.new_id(), lambda: asked.is_sure(LEASE, engine.clock()))
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
        again_at = await pacing.room_for(engine, sender, _count(plans))
    except BaseException:
        await _hand_back(engine, [delivery for delivery, _ in due], hand)
        raise
    if again_at is None and hand.is_sure():
        await _post(engine, sender, plans, (context, hand))
    else:
        settled = [(plan.delivery, plan.settlement) for plan in plans if plan.settlement]
        await store.deliveries.settle(engine.mongo, settled, hand.holder, now)
        unsent = [plan.delivery for plan in plans if not plan.settlement]
        await store.deliveries.hand_back(engine.mongo, unsent, hand.holder, again_at or now)
        waiting = [(one, _pending(again_at or now)) for one in unsent]
        await planning.settle_budgets(engine, [*settled, *waiting], context)
        await holding.look_again(engine, settled, context)
    await _recount(engine, context)
    return len(taken)


async def send_new(
    engine: Engine, postroom: Postroom, batch: Sequence[Delivery], hand: Hand
) -> datetime | None:
    """Send deliveries that nobody has claimed yet; where nobody may send now, give when to go on.

    What another has claimed is left to it. Raises Unavailable.
    """
    async with AsyncExitStack() as staying:
        async with postroom.turns:
            context = await planning.read(engine, batch)
            plans = await planning.plan(engine, batch, context)
            stay = postroom.room.stay(_count(plans))
            hand = replace(hand, heard=await staying.enter_async_context(stay))
            again_at = await pacing.room_for(engine, postroom.sender, _count(plans))
            claimed = await _claim(engine, plans, again_at, (context, hand))
        if claimed:
            await _post(engine, postroom.sender, claimed, (context, hand))
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
    except BaseException:  # it may have been written all the same
        await _hand_back(engine, [delivery for delivery, settled in rows if not settled], hand)
        raise
    if later is not None:
        await planning.settle_budgets(engine, [(d, s or later) for d, s in rows], context)
        return []
    if not hand.is_sure():
        await store.deliveries.hand_back(engine.mongo, mine, hand.holder, engine.clock())
        return []
    ids = {delivery.id for delivery in mine}
    return [plan for plan in plans if plan.delivery.id in ids]


async def _hand_back(engine: Engine, deliveries: Sequence[Delivery], hand: Hand) -> None:
    """Let others send what surely was not sent: it is not to be lost as if it might have been."""
    due_at = engine.clock() + AGAIN
    back = partial(store.deliveries.hand_back, engine.mongo, deliveries, hand.holder, due_at)
    with suppress(Unavailable):
        await _insist(hand, back)


async def _insist(hand: Hand, write: Callable[[], Awaitable[None]]) -> None:
    """Write what may be written twice, through an outage, for as long as the lease surely lasts.

    Raises Unavailable.
    """
    while True:
        try:
            return await write()
        except Unavailable:
            if not hand.is_sure():
                raise
            await asyncio.sleep(AGAIN_SECONDS)


def _count(plans: Sequence[Plan]) -> int:
    return sum(len(plan.outgoing) for plan in plans)


def _pending(due_at: datetime) -> Settlement:
    return Settlement(DeliveryStatus.PENDING, None, {}, due_at)


async def _post(
    engine: Engine, sender: Sender, plans: Sequence[Plan], on: tuple[Context, Hand]
) -> None:
    """Send what is claimed, and note what became of each."""
    context, hand = on
    batch = [plan.delivery for plan in plans]

    async def renew() -> None:
        lease = (hand.holder, engine.clock() + LEASE)
        await store.deliveries.renew(engine.mongo, batch, lease)

    async with leases.kept(LEASE, renew):
        messages = [one for plan in plans for one in plan.outgoing]
        receipts = await sender.send(messages, hand.heard)
    now = engine.clock()
    settled = _settle(plans, receipts, now)

    async def note() -> None:
        await store.deliveries.settle(engine.mongo, settled, hand.holder, now)
        await pacing.heed(engine, sender, receipts)
        await _after(engine, settled, receipts, context)
        await holding.look_again(engine, settled, context)

    await _insist(hand, note)
    if not hand.is_sure():
        await _recount(engine, context)


def _settle(
    plans: Sequence[Plan], receipts: Sequence[Receipt], now: datetime
) -> list[tuple[Delivery, Settlement]]:
    settled = []
    answers = iter(receipts)
    for plan in plans:
        mine = [next(answers) for _ in plan.outgoing]
        settlement = plan.settlement or rules.settle(plan.delivery, mine, now)
        settled.append((plan.delivery, settlement))
    return settled


async def _after(
    engine: Engine,
    settled: Sequence[tuple[Delivery, Settlement]],
    receipts: Sequence[Receipt],
    context: Context,
) -> None:
    """Drop dead devices, take back what reached nobody, and stop what nothing can be sent for."""
    dead = {receipt.device_id for receipt in receipts if rules.is_dead(receipt)}
    devices = [d for owned in context.devices.values() for d in owned if d.id in dead]
    await store.devices.remove_unless_seen(engine.mongo, devices)
    failed = [one for one, how in settled if how.status is DeliveryStatus.FAILED]
    await planning.give_back(engine, settled, planning.caps(failed, context))
    await planning.settle_budgets(engine, settled, context)
    code = rules.halted(receipts)
    if code is not None:
        for campaign_id in context.campaigns:
            await store.campaigns.stop(engine.mongo, campaign_id, code, engine.clock())


async def _recount(engine: Engine, context: Context) -> None:
    """Count once more what became of campaigns that nobody watches closely any more."""
    for campaign in (await store.campaigns.by_id(engine.mongo, {*context.campaigns})).values():
        is_over = campaign.status in rules.campaigns.OVER
        if is_over and not await _is_watched(engine, campaign.id):
            counts = await store.outcomes.count(engine.mongo, campaign.id)
            await store.campaigns.count(engine.mongo, campaign.id, counts, engine.clock())


async def _is_watched(engine: Engine, campaign_id: str) -> bool:
    watch = await jobs.find(engine.mongo, f"{campaign_id}:watch")
    if watch is None or watch.due_at is None:
        return False
    return watch.status is jobs.Status.RUNNING or watch.due_at <= engine.clock() + SOON
