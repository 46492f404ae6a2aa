"""What is to become of messages that are about to be sent, decided on what is true now, in batches.

Whoever may be written to is written to within caps and budget, and has the offer first; nothing is
sent here.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

import structlog

from loyalty import members, offers, program
from loyalty.engine import Engine
from loyalty.errors import Refused, Unavailable
from loyalty.members import contact
from loyalty.offers import Held
from loyalty.program import Program
from loyalty.push import rules, store
from loyalty.push.fcm import Outgoing
from loyalty.push.rules import (
    Act,
    Campaign,
    CampaignStatus,
    Cap,
    Delivery,
    DeliveryStatus,
    Device,
    Reason,
    Settlement,
)
from loyalty.push.rules.judging import Recipient
from loyalty.push.rules.switches import Switched
from loyalty.push.service import enclosures, texts, wording, writing
from loyalty.push.service.readers import Reader
from loyalty.push.service.writing import Moulds, Written
from loyalty.push.store.reached import Wanted
from loyalty.states import State
from loyalty.values import value

NOT_PLANNED = "NOT_PLANNED"
UNSENT = frozenset({DeliveryStatus.SUPPRESSED, DeliveryStatus.FAILED})
Settled = tuple[Delivery, Settlement]
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Context:
    """What a batch is decided on, read once for all of it.

    `thin` are campaigns with a text that may say nothing to some; `unread` are members of whom
    something is there, and cannot be read.
    """

    program: Program
    now: datetime
    switch: Switched | None
    states: Mapping[str, State]
    devices: Mapping[str, list[Device]]
    campaigns: Mapping[str, Campaign]
    moulds: dict[str, Moulds] = field(default_factory=dict)
    thin: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()

    def campaign_of(self, delivery: Delivery) -> Campaign | None:
        """Give the campaign of a delivery; a nudge has none, and some cannot be read."""
        return self.campaigns.get(delivery.campaign_id) if delivery.campaign_id else None


@value
class Plan:
    """A delivery and what to do with it: messages to send, or a settlement without any."""

    delivery: Delivery
    outgoing: tuple[Outgoing, ...] = ()
    settlement: Settlement | None = None
    held: Held | None = None

    def settled(self, reason: Reason) -> "Plan":
        """Leave it unsent for a reason."""
        return Plan(self.delivery, (), rules.suppressed(reason), self.held)


async def read(engine: Engine, batch: Sequence[Delivery]) -> Context:
    """Read what a batch is decided on."""
    mongo, ids = engine.mongo, {delivery.member_id for delivery in batch}
    nudges = any(delivery.campaign_id is None for delivery in batch)
    terms, now = (await program.active(engine)).program, engine.clock()
    fresh = rules.seen_since(now, terms.messaging.device_days)
    devices = await store.devices.of_members(mongo, ids, fresh)
    campaigns = await store.campaigns.by_id(mongo, {d.campaign_id for d in batch if d.campaign_id})
    reading = partial(
        store.recipients.read,
        mongo,
        for_nudges=nudges,
        with_offers=any(campaign.brief.offer for campaign in campaigns.values()),
    )
    # Who has no phone is looked at for the reason only.
    others = await reading(ids - devices.keys(), only_who=True)
    states = others | await reading(devices.keys())
    unread = {id for id, state in states.items() if state is None}
    unread |= {id for id, owned in devices.items() if not owned}
    thin = (id for id, one in campaigns.items() if texts.may_say_nothing(one.brief))
    return Context(
        terms,
        now,
        await store.switches.find(mongo),
        {id: state for id, state in states.items() if state is not None},
        devices,
        campaigns,
        thin=frozenset(thin),
        unread=frozenset(unread),
    )


async def plan(
    engine: Engine,
    batch: Sequence[Delivery],
    context: Context,
    noted_before: Collection[str] = frozenset(),
) -> list[Plan]:
    """Decide about each of a batch, in its order; what breaks for one is that one's alone.

    Caps know of what was tried before, and of what is named. Raises Unavailable.
    """
    plans = [_judged_alone(delivery, context) for delivery in batch]
    noted = caps([one for one in batch if one.attempts > 1 or one.id in noted_before], context)
    for caps_of in (own_caps, common_caps):
        plans, news = await _within(engine, plans, caps_of, context)
        noted += news
    plans = await _within_budgets(engine, plans, context)
    if any(campaign.brief.offer for campaign in context.campaigns.values()):
        enclosing = (_alone(plan, _with_offer(engine, plan, context)) for plan in plans)
        plans = await asyncio.gather(*enclosing)
    plans = [
        plan if plan.settlement else await _alone(plan, written(engine, plan, context))
        for plan in plans
    ]
    plans = [_unless_told(plan) for plan in plans]
    settled = [(plan.delivery, plan.settlement) for plan in plans if plan.settlement]
    written_as_paid = {delivery.id for delivery in batch if delivery.is_paid}
    new = [(one, how) for one, how in settled if one.id not in written_as_paid]
    await give_back(engine, settled, noted)
    await settle_budgets(engine, new, context)
    return plans


def _unless_told(plan: Plan) -> Plan:
    if plan.settlement is None or not plan.delivery.outcomes:
        return plan
    return replace(plan, settlement=rules.unless_told(plan.delivery, plan.settlement))


def _judged_alone(delivery: Delivery, context: Context) -> Plan:
    campaign, state = context.campaign_of(delivery), context.states.get(delivery.member_id)
    if campaign is None and delivery.campaign_id:  # it may be of a newer worker, and read by that
        later = context.now + store.deliveries.UNREAD
        return Plan(delivery, settlement=rules.held(delivery, later))
    try:
        if campaign is not None and campaign.brief.offer and state is not None:
            delivery = enclosures.of_earlier(delivery, state)
        return judged(delivery, context)
    except Exception as error:  # noqa: BLE001 - one member's trouble is not that of the others
        return _broken(Plan(delivery), error)


async def _alone(plan: Plan, step: Awaitable[Plan]) -> Plan:
    try:
        return await step
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 - as above
        return _broken(plan, error)


def _broken(plan: Plan, error: Exception) -> Plan:
    """Leave a message unsent that cannot be planned, and tell whom to look at by its id."""
    _log.error("message_not_planned", delivery=plan.delivery.id, exc_info=error)
    return replace(plan, settlement=rules.rejected(NOT_PLANNED))


def judged(delivery: Delivery, context: Context) -> Plan:
    """Decide whether a member is written to, and when; caps and budgets are not looked at.

    Whom there is nothing to tell is left out before anything is taken for them.
    """
    campaign = context.campaign_of(delivery)
    settlement = _hindrance(delivery, campaign, context)
    if settlement is None and (reason := _left_out(delivery, campaign, context)):
        settlement = rules.suppressed(reason)
    return Plan(delivery, settlement=settlement)


def _left_out(delivery: Delivery, campaign: Campaign | None, context: Context) -> Reason | None:
    """Say why a member who may be written to is left out: it says nothing, or they are held out.

    The holdout is of those who would be written to, so that the two can be compared.
    """
    if campaign is None or campaign.id in context.thin:
        state = context.states[delivery.member_id]
        reader = Reader(state, members.profile_of(state), context.program, context.now)
        if campaign is None:
            return None if wording.is_news(delivery, reader) else Reason.STALE
        variant = rules.campaigns.variant_for(campaign, state.member_id)
        if texts.says_nothing(variant, reader):
            return Reason.NOTHING_TO_SAY
    has_holdout = campaign.brief.holdout_percent > 0
    if has_holdout and rules.campaigns.is_held_out(campaign, delivery.member_id):
        return Reason.HOLDOUT
    return None


def _hindrance(
    delivery: Delivery, campaign: Campaign | None, context: Context
) -> Settlement | None:
    """Settle what may not go to its member now; None where nothing speaks against it."""
    if reason := _outdated(delivery, campaign, context):
        return rules.suppressed(reason)
    if campaign is None and context.switch and context.switch.keeps(delivery.purpose):
        return rules.suppressed(Reason.SWITCHED_OFF)
    if campaign is not None and rules.campaigns.waits_for_staff(campaign, context.switch):
        return rules.held(delivery, _paused_until(campaign, context))
    if delivery.member_id in context.unread:
        return rules.rejected(NOT_PLANNED)
    recipient = _recipient(delivery, context)
    if reason := rules.judging.why_not(delivery, recipient):
        return rules.suppressed(reason)
    wait = rules.judging.wait(
        delivery,
        recipient,
        recipient.quiet(context.program.messaging),
        campaign.schedule if campaign else None,
        context.now,
    )
    if isinstance(wait, Reason):
        return rules.suppressed(wait)
    return None if wait is None else rules.held(delivery, wait)


def _paused_until(campaign: Campaign, context: Context) -> datetime:
    """Give when to look again at what waits for staff; as they let it go on, it is looked at."""
    paused_at = rules.campaigns.last_at(campaign, Act.PAUSE, Act.HALT)
    switched_at = context.switch and context.switch.at
    since = max((at for at in (paused_at, switched_at) if at), default=context.now)
    return rules.campaigns.looked_at_again(since, context.now)


def _outdated(delivery: Delivery, campaign: Campaign | None, context: Context) -> Reason | None:
    if campaign is None:
        return rules.nudges.outdated(delivery, context.program, context.now)
    if campaign.status is CampaignStatus.STOPPED:
        return Reason.STOPPED
    if campaign.brief.offer is not None:
        offer = context.program.offer(campaign.brief.offer)
        if offer is None or (offer.ends is not None and offer.ends <= context.now):
            return Reason.OFFER_OVER
    return None


def _recipient(delivery: Delivery, context: Context) -> Recipient:
    state = context.states.get(delivery.member_id)
    devices = context.devices.get(delivery.member_id, [])
    if state is None:
        return Recipient(None, contact.Preferences(), len(devices))
    return Recipient(contact.hearing_of(state), contact.preferences_of(state), len(devices))


async def _within(
    engine: Engine,
    plans: list[Plan],
    caps_of: Callable[[Sequence[Delivery], Context], list[Wanted]],
    context: Context,
) -> tuple[list[Plan], list[Wanted]]:
    """Leave out who has got as many messages as they may; give what was noted of those that go."""
    asked = caps_of(_open(plans), context)
    if not asked:
        return plans, []
    may_go = await store.reached.note(engine.mongo, asked, context.now)
    capped = {one.id for one in asked} - may_go
    within = [
        plan.settled(Reason.FREQUENCY_CAP) if plan.delivery.id in capped else plan for plan in plans
    ]
    return within, [one for one in asked if one.id in may_go]


def common_caps(batch: Sequence[Delivery], context: Context) -> list[Wanted]:
    """Say what marketing is held to: the caps of its campaign, else those of the program."""
    marketing = [delivery for delivery in batch if delivery.is_marketing]
    caps_of = {id: _caps(id, context) for id in {one.campaign_id for one in marketing}}
    return [Wanted(one.id, one.member_id, caps_of[one.campaign_id]) for one in marketing]


def _caps(campaign_id: str | None, context: Context) -> list[Cap]:
    campaign = context.campaigns.get(campaign_id) if campaign_id else None
    own = campaign.brief.cap if campaign else None
    caps = [own] if own else context.program.messaging.caps
    return [Cap(cap.count, cap.days) for cap in caps]


def own_caps(batch: Sequence[Delivery], context: Context) -> list[Wanted]:
    """Say what nudges are held to, each by itself: so many of one trigger to a member."""
    asked = ((d, rules.nudges.cap_of(d, context.program)) for d in batch if not d.campaign_id)
    return [Wanted(d.id, f"{d.member_id}:{d.kind}", [cap]) for d, cap in asked if cap]


def caps(batch: Sequence[Delivery], context: Context) -> list[Wanted]:
    """Say everything that messages are held to by how often a member gets any."""
    return [*own_caps(batch, context), *common_caps(batch, context)]


async def _within_budgets(engine: Engine, plans: list[Plan], context: Context) -> list[Plan]:
    """Take each message out of its campaign's budget, however often it is tried, once."""
    for campaign in context.campaigns.values():
        budget = campaign.brief.budget
        mine = [plan for plan in plans if plan.delivery.campaign_id == campaign.id]
        asked = [one.id for one in _open(mine)]
        paid = [plan.delivery.id for plan in mine if plan.delivery.is_paid]
        if budget is not None and (asked or paid):
            may_go = await store.budgets.take(engine.mongo, campaign.id, budget, asked, paid)
            over = set(asked) - may_go
            plans = [_paid(plan, may_go, over) for plan in plans]
    return plans


def _paid(plan: Plan, may_go: set[str], over: set[str]) -> Plan:
    if plan.delivery.id in over:
        return plan.settled(Reason.OVER_BUDGET)
    if plan.delivery.id not in may_go:
        return plan
    return replace(plan, delivery=replace(plan.delivery, is_paid=True))


def _open(plans: Sequence[Plan]) -> list[Delivery]:
    return [plan.delivery for plan in plans if not plan.settlement]


async def _with_offer(engine: Engine, plan: Plan, context: Context) -> Plan:
    delivery, campaign = plan.delivery, context.campaign_of(plan.delivery)
    if plan.settlement is not None or campaign is None or campaign.brief.offer is None:
        return plan
    wanted = offers.personal.Enclosed(delivery.member_id, campaign.brief.offer, delivery.id)
    try:
        held = await offers.personal.enclose(engine, wanted)
    except Refused as refused:
        is_sold_out = isinstance(refused.refusal, offers.refusals.OfferSoldOut)
        return plan.settled(Reason.OFFER_SOLD_OUT if is_sold_out else Reason.OFFER_REFUSED)
    if held is None or not held.at(context.now).is_live:
        return plan.settled(Reason.OFFER_OVER)
    return replace(plan, held=held, delivery=replace(delivery, offer=held.id))


async def written(engine: Engine, plan: Plan, context: Context) -> Plan:
    """Write the message in the member's language, for each of their devices that is still open."""
    delivery, state = plan.delivery, context.states.get(plan.delivery.member_id)
    if plan.settlement is not None or state is None:
        return plan
    profile = members.profile_of(state)
    reader = Reader(state, profile, context.program, context.now, plan.held)
    devices = context.devices.get(delivery.member_id, [])
    to = [device for device in devices if rules.is_open(delivery, device.id)]
    if not to:  # those that were to be tried again are gone
        return replace(plan, settlement=rules.rejected(rules.NO_ANSWER))
    try:
        message = await _message(engine, delivery, reader, (context, to))
    except ValueError:  # TooLarge, or pydantic's where a text of the program's does not fit
        return replace(plan, settlement=rules.rejected(rules.TOO_LARGE))
    if message is None:
        return plan.settled(Reason.NOTHING_TO_SAY if delivery.campaign_id else Reason.STALE)
    return Plan(message.delivery, message.outgoing, held=plan.held)


async def _message(
    engine: Engine, delivery: Delivery, reader: Reader, to: tuple[Context, Sequence[Device]]
) -> Written | None:
    context, devices = to
    campaign = context.campaign_of(delivery)
    if campaign is not None:
        moulds = context.moulds.setdefault(campaign.id, Moulds(campaign, context.now))
        return writing.campaign(moulds, delivery, reader, devices)
    return await writing.nudge(engine, delivery, reader, devices)


async def give_back(engine: Engine, settled: Sequence[Settled], noted: Sequence[Wanted]) -> None:
    """Take back what was noted for messages that reach nobody after all."""
    unheard = {one.id for one, how in settled if how.status in UNSENT}
    back = {(one.member_id, one.id) for one in noted if one.id in unheard}
    await store.reached.forget(engine.mongo, back)


async def settle_budgets(engine: Engine, settled: Sequence[Settled], context: Context) -> None:
    """Put back what reaches nobody after all; what was sent, or waits, stays paid for."""
    for campaign in context.campaigns.values():
        if campaign.brief.budget is None:
            continue
        mine = [(one.id, how.status) for one, how in settled if one.campaign_id == campaign.id]
        done = [id for id, status in mine if status not in UNSENT]
        unsent = [id for id, status in mine if status in UNSENT]
        await store.budgets.settle(engine.mongo, campaign.id, done, unsent)
