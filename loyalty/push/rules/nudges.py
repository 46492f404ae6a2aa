"""Nudges: what each trigger is to the member it is told, which facts it follows, and its occasions.

Whether it is still true when it is sent is told by `service.news`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from loyalty.members import Purpose
from loyalty.program import NudgeTrigger, Program, terms
from loyalty.push.payloads import Category
from loyalty.push.rules.caps import Cap
from loyalty.push.rules.deliveries import Delivery, Reason, is_stale
from loyalty.push.rules.timing import local_instant


@dataclass(frozen=True, slots=True)
class Telling:
    """What a nudge is to its reader: why they are written to, and what they may mute it by."""

    purpose: Purpose
    category: Category


def _service(category: Category) -> Telling:
    return Telling(Purpose.SERVICE, category)


def _marketing(category: Category) -> Telling:
    return Telling(Purpose.MARKETING, category)


TELLINGS: Mapping[NudgeTrigger, Telling] = {
    NudgeTrigger.POINTS_EARNED: _service(Category.POINTS),
    NudgeTrigger.TIER_REACHED: _service(Category.PROGRESS),
    NudgeTrigger.CHALLENGE_PROGRESS: _marketing(Category.PROGRESS),
    NudgeTrigger.CHALLENGE_REACHED: _service(Category.PROGRESS),
    NudgeTrigger.NEAR_REWARD: _marketing(Category.OFFERS),
    NudgeTrigger.NEAR_TIER: _marketing(Category.PROGRESS),
    NudgeTrigger.POINTS_EXPIRING: _service(Category.POINTS),
    NudgeTrigger.OFFER_ENDING: _marketing(Category.OFFERS),
    NudgeTrigger.OFFER_RECEIVED: _service(Category.OFFERS),
    NudgeTrigger.WELCOME: _service(Category.CAMPAIGN),
    NudgeTrigger.BIRTHDAY: _marketing(Category.CAMPAIGN),
    NudgeTrigger.WIN_BACK: _marketing(Category.CAMPAIGN),
    NudgeTrigger.REFERRAL_REWARDED: _service(Category.POINTS),
    NudgeTrigger.REFUND_BOOKED: _service(Category.POINTS),
}

FACTS: Mapping[str, NudgeTrigger] = {
    "PointsEarned": NudgeTrigger.POINTS_EARNED,
    "TierReached": NudgeTrigger.TIER_REACHED,
    "ChallengeProgressed": NudgeTrigger.CHALLENGE_PROGRESS,
    "ChallengeCompleted": NudgeTrigger.CHALLENGE_REACHED,
    "TierNeared": NudgeTrigger.NEAR_TIER,
    "OfferIssued": NudgeTrigger.OFFER_RECEIVED,
    "MemberEnrolled": NudgeTrigger.WELCOME,
    "ReferralRewarded": NudgeTrigger.REFERRAL_REWARDED,
    "PurchaseRefunded": NudgeTrigger.REFUND_BOOKED,
}
"""The facts that are told as they happen; NEAR_REWARD and the clock's triggers are looked for."""

WITH_THEIR_OWN_WORDS = frozenset({"MESSAGE"})
"""What issues an offer with a message of its own, so that no second one tells of it."""


def is_news(kind: str, data: Mapping[str, object], program: Program) -> bool:
    """Tell whether a fact is news to a member.

    Points that only count for tiers are not, nor an offer that they claimed themselves.
    """
    if kind == "PointsEarned":
        currency = program.currency(str(data["currency"]))
        return currency is not None and currency.kind is terms.CurrencyKind.REDEEMABLE
    if kind == "OfferIssued":
        return not data.get("claimed") and data.get("by") not in WITH_THEIR_OWN_WORDS
    return True


def occasion(trigger: NudgeTrigger, member_id: str, *what: str) -> str:
    """Name an occasion, so that it is told once: the delivery's id."""
    return ":".join((trigger.value, member_id, *what))


def occasion_of(trigger: NudgeTrigger, fact: Mapping[str, Any], program: Program) -> str:
    """Name the occasion that a fact makes: itself, or what it comes back to when it happens again.

    Progress counts once for each mark of a period, a tier comes near once a month.
    """
    data, member_id = fact["data"], fact["member"]
    if trigger is NudgeTrigger.CHALLENGE_PROGRESS:
        names = ("challenge", "period", "passed", "mark")
        return occasion(trigger, member_id, *(str(data[name]) for name in names))
    if trigger is NudgeTrigger.NEAR_TIER:
        return occasion(trigger, member_id, data["ladder"], month(data["occurred_at"], program))
    return str(fact["_id"])


def month(at: datetime, program: Program) -> str:
    """Name the local month of an instant (naive UTC)."""
    return f"{program.place.day(at):%Y-%m}"


def wait_after(trigger: NudgeTrigger, program: Program) -> timedelta:
    """Give how long after its fact a nudge is sent."""
    nudge = program.nudge(trigger)
    if isinstance(nudge, terms.WelcomeNudge):
        return timedelta(minutes=nudge.after_minutes)
    return timedelta(0)


def is_on(trigger: NudgeTrigger, program: Program) -> bool:
    """Tell whether a program has a nudge, and it is not switched off."""
    nudge = program.nudge(trigger)
    return nudge is not None and nudge.enabled


def outdated(told: Delivery, program: Program, now: datetime) -> Reason | None:
    """Say why a nudge is not sent any more, whatever has become of what it is about."""
    trigger = next((one for one in TELLINGS if one == told.kind), None)
    if trigger is None or not is_on(trigger, program):
        return Reason.DISABLED
    happened_at: object = told.data.get("occurred_at")  # before it was told of, where reported late
    at = min(told.created_at, happened_at if isinstance(happened_at, datetime) else told.created_at)
    return Reason.STALE if is_stale(at, now) else None


def cap_of(told: Delivery, program: Program) -> Cap | None:
    """Give how often a member gets such a nudge at the most; None for no bound."""
    trigger = next((one for one in TELLINGS if one == told.kind), None)
    nudge = program.nudge(trigger) if trigger else None
    cap = terms.cap_of(nudge) if nudge else None
    return Cap(cap.count, cap.days) if cap else None


def not_before(day: date, at: time, zone: ZoneInfo, earliest: datetime) -> datetime:
    """Give the instant of a local time of a member's day, or a later one that is the earliest."""
    return max(local_instant(day, at, zone), earliest)
