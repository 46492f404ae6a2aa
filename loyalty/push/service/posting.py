"""A claimed batch on its way: posted, and what is answered noted while the rest is waited for."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from loyalty import jobs, leases
from loyalty.ending import end
from loyalty.engine import Engine
from loyalty.errors import Unavailable
from loyalty.push import rules, store
from loyalty.push.fcm import Receipt, Sender
from loyalty.push.rules import DeliveryStatus
from loyalty.push.service import holding, pacing, planning
from loyalty.push.service.planning import Context, Plan, Settled

LEASE = timedelta(seconds=60)
NOTED_EVERY = 0.25
INSISTED_FOR = 40.0
AGAIN_SECONDS = 0.2
SOON = timedelta(seconds=10)

Placed = tuple[Plan, slice]
Answered = tuple[Plan, list[Receipt]]


@dataclass(frozen=True, slots=True)
class Hand:
    """A worker's hand on what it sends: the name it claims by, and whether it may still be sure.

    `leave` is told of each message as it is answered. `noted` is what caps were told of before, by
    who ended or broke off before it was written down.
    """

    holder: str
    is_sure: Callable[[], bool]
    leave: Callable[[int], object] = lambda answered: None
    noted: Collection[str] = frozenset()


async def post(
    engine: Engine, sender: Sender, plans: Sequence[Plan], on: tuple[Context, Hand]
) -> None:
    """Send what is claimed, and note what becomes of each as it is known. Raises Unavailable."""
    context, hand = on
    batch = [plan.delivery for plan in plans]
    messages = [one for plan in plans for one in plan.outgoing]
    answers: list[Receipt | None] = [None] * len(messages)

    def heard(place: int, receipt: Receipt) -> None:
        answers[place] = receipt
        hand.leave(1)

    async def renew() -> None:
        lease = (hand.holder, engine.clock() + LEASE)
        await store.deliveries.renew(engine.mongo, batch, lease)

    async with leases.kept(LEASE, renew):
        sending = asyncio.create_task(sender.send(messages, heard))
        try:
            waiting, is_over = _placed(plans), False
            while not is_over:
                await asyncio.wait([sending], timeout=NOTED_EVERY)
                is_over = sending.done()
                answers[:] = sending.result() if is_over else answers
                answered, waiting = _parted(waiting, answers)
                if answered:
                    await _note(engine, sender, answered, on)
        finally:
            await end([sending])
    if not hand.is_sure():
        await recount(engine, context)


def _placed(plans: Sequence[Plan]) -> list[Placed]:
    """Give plans with the places of their messages among all of the batch."""
    placed, start = [], 0
    for plan in plans:
        places = slice(start, start + len(plan.outgoing))
        placed.append((plan, places))
        start = places.stop
    return placed


def _parted(
    waiting: Sequence[Placed], answers: Sequence[Receipt | None]
) -> tuple[list[Answered], list[Placed]]:
    """Part those whose phones have all answered, with the answers, from those to wait for."""
    answered: list[Answered] = []
    left: list[Placed] = []
    for plan, places in waiting:
        mine = [answer for answer in answers[places] if answer is not None]
        if len(mine) == len(plan.outgoing):
            answered.append((plan, mine))
        else:
            left.append((plan, places))
    return answered, left


async def _note(
    engine: Engine, sender: Sender, answered: Sequence[Answered], on: tuple[Context, Hand]
) -> None:
    """Note what became of those who were answered."""
    (context, hand), now = on, engine.clock()
    receipts = [receipt for _, mine in answered for receipt in mine]
    settled: list[Settled] = [
        (plan.delivery, plan.settlement or rules.settle(plan.delivery, mine, now))
        for plan, mine in answered
    ]

    async def write() -> None:
        await store.deliveries.settle(engine.mongo, settled, hand.holder, now)
        await pacing.heed(engine, sender, receipts)
        await _after(engine, settled, receipts, context)
        await holding.look_again(engine, settled, context)

    await insist(write)


async def insist(write: Callable[[], Awaitable[None]]) -> None:
    """Write what may be written twice, through an outage that is not too long. Raises Unavailable.

    Others may have taken over by then: what is written is guarded by who has it.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + INSISTED_FOR
    while True:
        try:
            return await write()
        except Unavailable:
            if loop.time() > until:
                raise
            await asyncio.sleep(AGAIN_SECONDS)


async def _after(
    engine: Engine,
    settled: Sequence[Settled],
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


async def recount(engine: Engine, context: Context) -> None:
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
