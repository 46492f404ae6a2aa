"""Nudges: a fact about a member becomes at most one message; whether it is sent is decided late."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from loyalty import offers, plans, program, states, wallets
from loyalty.engine import Engine
from loyalty.members import Purpose
from loyalty.mongo import Document
from loyalty.offers import Choice
from loyalty.program import NudgeTrigger, Program, Version, terms
from loyalty.push import rules, store
from loyalty.push.payloads import Category
from loyalty.push.rules import Cap, Delivery, DeliveryStatus, Reason
from loyalty.push.service.simulating import Foreseen, simulate
from loyalty.states import State

__all__ = ["Foreseen", "Listed", "delivery", "listed", "nudge", "simulate"]

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Listed:
    """A nudge of the program, and what became of those of the last 24 hours."""

    trigger: NudgeTrigger
    enabled: bool
    purpose: Purpose
    category: Category
    cap: Cap | None
    waiting: int
    sent: int
    suppressed: Mapping[str, int]


async def listed(engine: Engine) -> list[Listed]:
    """List the nudges of the program in force; none before there is one."""
    version = await program.find_active(engine)
    if version is None:
        return []
    since = engine.clock() - DAY
    counts = await store.deliveries.count_nudges(engine.mongo, since)
    return [
        _listed(trigger, version.program, counts)
        for trigger in NudgeTrigger
        if version.program.nudge(trigger) is not None
    ]


def _listed(
    trigger: NudgeTrigger, program: Program, counts: Mapping[tuple[str, str, str | None], int]
) -> Listed:
    told = delivery(trigger, "", "")
    mine = {key[1:]: count for key, count in counts.items() if key[0] == trigger}
    of = Counter[str]()
    for (status, _), count in mine.items():
        of[status] += count
    return Listed(
        trigger,
        rules.nudges.is_on(trigger, program),
        told.purpose,
        told.category,
        rules.nudges.cap_of(told, program),
        waiting=of["PENDING"] + of["HELD"] + of["SENDING"],
        sent=of["SENT"],
        suppressed={r: n for (status, r), n in mine.items() if status == "SUPPRESSED" and r},
    )


async def nudge(engine: Engine, facts: Sequence[Document], *, can_send: bool) -> None:
    """Make a delivery, once, of each fact that members are told of.

    The program's `nudges` say which. What happened more than 24 hours ago is not told any more,
    and what happens while nothing can be sent is never told.
    """
    now = engine.clock()
    version = await program.find_active(engine) if facts else None
    if version is None:
        return
    found = [_of_fact(fact, version.program, now) for fact in facts]
    wanted = [delivery for delivery in found if delivery is not None]
    wanted += await _near_rewards(engine, version, facts)
    if not can_send:
        wanted = [_unsent(delivery) for delivery in wanted]
    await store.deliveries.insert_waiting(engine.mongo, wanted, now)


def _of_fact(fact: Document, program: Program, now: datetime) -> Delivery | None:
    trigger = rules.nudges.FACTS.get(fact["kind"])
    if trigger is None or program.nudge(trigger) is None:
        return None
    if not rules.nudges.is_news(fact["kind"], fact["data"], program) or _is_history(fact):
        return None
    told = delivery(trigger, rules.nudges.occasion_of(trigger, fact, program), fact["member"])
    at = fact["at"] + rules.nudges.wait_after(trigger, program)
    reason = _why_not(fact, trigger, program, now)
    status = DeliveryStatus.SUPPRESSED if reason else DeliveryStatus.PENDING
    return replace(told, created_at=at, data=fact["data"], status=status, reason=reason)


def delivery(trigger: NudgeTrigger, occasion: str, member_id: str) -> Delivery:
    """Make the delivery of an occasion, which tells nothing yet of what it is about."""
    telling = rules.nudges.TELLINGS[trigger]
    return Delivery(
        id=occasion,
        campaign_id=None,
        member_id=member_id,
        category=telling.category,
        status=DeliveryStatus.PENDING,
        reason=None,
        title=None,
        body=None,
        created_at=datetime.min,
        kind=trigger.value,
        purpose=telling.purpose,
    )


def _unsent(delivery: Delivery) -> Delivery:
    reason = delivery.reason or Reason.NOT_CONFIGURED
    return replace(delivery, status=DeliveryStatus.SUPPRESSED, reason=reason)


def _why_not(
    fact: Document, trigger: NudgeTrigger, program: Program, now: datetime
) -> Reason | None:
    if not rules.nudges.is_on(trigger, program):
        return Reason.DISABLED
    return Reason.STALE if rules.is_stale(_happened_at(fact), now) else None


def _is_history(fact: Document) -> bool:
    """Tell whether something was known only when it was no news any more, as what is imported."""
    return rules.is_stale(_happened_at(fact), fact["at"])


def _happened_at(fact: Document) -> datetime:
    at: datetime = fact["at"]
    return min(at, fact["data"].get("occurred_at") or at)


async def _near_rewards(
    engine: Engine, version: Version, facts: Iterable[Document]
) -> list[Delivery]:
    """Find whom points brought near a reward; looked at are only those who have a phone."""
    trigger = NudgeTrigger.NEAR_REWARD
    nudge = version.program.nudge(trigger)
    if not isinstance(nudge, terms.NearNudge) or not nudge.enabled:
        return []
    earned: dict[str, list[Document]] = {}
    now = engine.clock()
    for fact in facts:
        if fact["kind"] == "PointsEarned" and not rules.is_stale(_happened_at(fact), now):
            earned.setdefault(fact["member"], []).append(fact)
    phones = await store.devices.of_members(engine.mongo, list(earned)) if earned else {}
    read = await states.read_states(engine.mongo, list(phones)) if phones else {}
    found = []
    for member_id, state in read.items():
        reward = await _reward_near(engine, state, version, _by_currency(earned[member_id]))
        if reward is not None:
            at = max(fact["at"] for fact in earned[member_id])
            month = rules.nudges.month(at, version.program)
            occasion = rules.nudges.occasion(trigger, member_id, reward.id, month)
            told = delivery(trigger, occasion, member_id)
            found.append(replace(told, created_at=at, data={"offer": reward.id}))
    return found


async def _reward_near(
    engine: Engine, state: State, version: Version, earned: Mapping[str, int]
) -> terms.Offer | None:
    """Choose the reward that points brought near: the dearest now in reach, else the next one."""
    nudge = version.program.nudge(NudgeTrigger.NEAR_REWARD)
    choices = await offers.choices(engine, state, version, plans.active)
    now = engine.clock()
    reached = [one.offer for one in choices if _is_reached(one, state, earned, now)]
    if reached:
        return max(reached, key=lambda offer: offer.price.points if offer.price else 0)
    best = offers.next_best(choices)
    if best is None or best.offer.price is None or not isinstance(nudge, terms.NearNudge):
        return None
    is_near = 100 * best.short <= nudge.within_percent * best.offer.price.points
    return best.offer if is_near else None


def _by_currency(facts: Iterable[Document]) -> Mapping[str, int]:
    """Add up what was earned, by currency: one purchase may earn points and status, two more."""
    earned = Counter[str]()
    for fact in facts:
        earned[fact["data"]["currency"]] += int(fact["data"]["points"])
    return earned


def _is_reached(choice: Choice, state: State, earned: Mapping[str, int], now: datetime) -> bool:
    """Tell whether an offer can be had now, and could not before some points were earned."""
    price = choice.offer.price
    if choice.obstacles or price is None or price.currency not in earned:
        return False
    account = wallets.wallet_of(state, now).account(price.currency)
    return account.available(now) - earned[price.currency] < price.points
