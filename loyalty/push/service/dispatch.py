"""The sending: read members again, leave out whom we may not write to, write, send, settle."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pydantic import ValidationError

from loyalty import members, program
from loyalty.engine import Engine
from loyalty.program import Program
from loyalty.push import rules, store
from loyalty.push.fcm import Outgoing, Receipt, Sender
from loyalty.push.payloads import Address, AddressKind, Notification, to_message
from loyalty.push.rules import (
    Campaign,
    CampaignStatus,
    Delivery,
    Device,
    Reason,
    Settlement,
)
from loyalty.push.service import leases, texts, wording
from loyalty.push.service.readers import Reader
from loyalty.states import State

DUE = 200


@dataclass(frozen=True, slots=True)
class Report:
    """What the answers ask of the worker: how long to pause."""

    pause: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class _Context:
    """What a batch is decided on, read once for all of it."""

    program: Program
    now: datetime
    states: Mapping[str, State]
    devices: Mapping[str, list[Device]]
    campaigns: Mapping[str, Campaign]


@dataclass(frozen=True, slots=True)
class _Plan:
    """A delivery and what to do with it: messages to send, or a settlement without any."""

    delivery: Delivery
    outgoing: tuple[Outgoing, ...] = ()
    settlement: Settlement | None = None


async def deliver_due(engine: Engine, sender: Sender) -> int:
    """Send what is due: nudges, what is tried again, what dead workers left; return how many."""
    now = engine.clock()
    lease = (engine.new_id(), leases.until(now))
    taken = await store.deliveries.take_due(engine.mongo, now, lease, DUE)
    lost = [(d, rules.lost(d)) for d in taken if rules.is_lost(d)]
    await store.deliveries.settle(engine.mongo, lost, lease[0], now)
    await deliver(engine, sender, [d for d in taken if not rules.is_lost(d)], lease[0])
    return len(taken)


async def deliver(engine: Engine, sender: Sender, batch: Sequence[Delivery], holder: str) -> Report:
    """Send deliveries that are leased to `holder`, and note what became of each."""
    if not batch:
        return Report()
    context = await _read(engine, batch)
    plans = [await _plan(engine, delivery, context) for delivery in batch]

    async def renew() -> None:
        lease = (holder, leases.until(engine.clock()))
        await store.deliveries.renew(engine.mongo, batch, lease)

    async with leases.kept(renew):
        receipts = await sender.send([one for plan in plans for one in plan.outgoing])
    now = engine.clock()
    settled = _settle(plans, receipts, now)
    await store.deliveries.settle(engine.mongo, settled, holder, now)
    await _after(engine, receipts, context)
    return Report(rules.pause(receipts))


async def _read(engine: Engine, batch: Sequence[Delivery]) -> _Context:
    mongo, ids = engine.mongo, [delivery.member_id for delivery in batch]
    nudges = any(delivery.campaign_id is None for delivery in batch)
    terms, now = (await program.active(engine)).program, engine.clock()
    fresh = rules.seen_since(now, terms.messaging.device_days)
    return _Context(
        terms,
        now,
        await store.recipients.read(mongo, ids, for_nudges=nudges),
        await store.devices.of_members(mongo, ids, fresh),
        await store.campaigns.by_id(mongo, {d.campaign_id for d in batch if d.campaign_id}),
    )


async def _plan(engine: Engine, delivery: Delivery, context: _Context) -> _Plan:
    """Decide, from what is true now, whether and what to send."""
    state = context.states.get(delivery.member_id)
    profile = members.profile_of(state) if state else None
    devices = context.devices.get(delivery.member_id, [])
    reason = _outdated(delivery, context) or rules.why_not(profile, delivery.purpose, len(devices))
    if reason is not None or state is None or profile is None:
        return _Plan(delivery, settlement=rules.suppressed(reason or Reason.MEMBER_NOT_ACTIVE))
    reader = Reader(state, profile, context.program, context.now)
    try:
        notification = await _notification(engine, delivery, reader, context)
    except ValidationError:
        return _Plan(delivery, settlement=rules.rejected("TOO_LARGE"))
    if notification is None:
        return _Plan(delivery, settlement=rules.suppressed(Reason.STALE))
    shown, data = notification.notification, notification.data
    open_to = [device for device in devices if rules.is_open(delivery, device.id)]
    return _Plan(
        replace(
            delivery,
            title=shown.title,
            body=shown.body,
            deep_link=data.deep_link,
            type=data.type,
            locale=reader.locale,
        ),
        tuple(
            Outgoing(device.id, to_message(notification, _address(device), context.now))
            for device in open_to
        ),
    )


def _outdated(delivery: Delivery, context: _Context) -> Reason | None:
    if delivery.campaign_id is None:
        return rules.nudges.outdated(delivery, context.program, context.now)
    campaign = context.campaigns[delivery.campaign_id]
    return Reason.STOPPED if campaign.status is CampaignStatus.STOPPED else None


async def _notification(
    engine: Engine, delivery: Delivery, reader: Reader, context: _Context
) -> Notification | None:
    if delivery.campaign_id is not None:
        wanted = context.campaigns[delivery.campaign_id]
        variant = rules.campaigns.variant_for(wanted, delivery.member_id)
        return texts.campaign(wanted, variant, delivery.id, reader)
    return await wording.nudge(engine, delivery, reader)


def _address(device: Device) -> Address:
    return Address(value=device.token, kind=AddressKind(device.token_kind.value.lower()))


def _settle(
    plans: Sequence[_Plan], receipts: Sequence[Receipt], now: datetime
) -> list[tuple[Delivery, Settlement]]:
    settled = []
    answers = iter(receipts)
    for plan in plans:
        mine = [next(answers) for _ in plan.outgoing]
        settlement = plan.settlement or rules.settle(plan.delivery, mine, now)
        settled.append((plan.delivery, settlement))
    return settled


async def _after(engine: Engine, receipts: Sequence[Receipt], context: _Context) -> None:
    """Drop dead devices, and stop the campaigns that nothing more can be sent for."""
    dead = {receipt.device_id for receipt in receipts if rules.is_dead(receipt)}
    devices = [d for owned in context.devices.values() for d in owned if d.id in dead]
    await store.devices.remove_unless_seen(engine.mongo, devices)
    code = rules.halted(receipts)
    if code is not None:
        for campaign_id in context.campaigns:
            await store.campaigns.stop(engine.mongo, campaign_id, code, engine.clock())
