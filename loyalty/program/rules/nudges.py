"""Nudges as data: of what the program tells members by itself, when, how often, in which words."""

from collections.abc import Mapping, Sequence
from datetime import time
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from loyalty.program.rules.messaging import MessageCap
from loyalty.program.rules.texts import PERSONAL_FIELDS, DayTime, Terms, Text, Truth, Whole


class NudgeTrigger(StrEnum):
    """Say what a nudge is about: something that happened, or that the clock brings near."""

    POINTS_EARNED = "POINTS_EARNED"
    TIER_REACHED = "TIER_REACHED"
    CHALLENGE_PROGRESS = "CHALLENGE_PROGRESS"
    CHALLENGE_REACHED = "CHALLENGE_REACHED"
    NEAR_REWARD = "NEAR_REWARD"
    NEAR_TIER = "NEAR_TIER"
    POINTS_EXPIRING = "POINTS_EXPIRING"
    OFFER_ENDING = "OFFER_ENDING"
    OFFER_RECEIVED = "OFFER_RECEIVED"
    WELCOME = "WELCOME"
    BIRTHDAY = "BIRTHDAY"
    WIN_BACK = "WIN_BACK"
    REFERRAL_REWARDED = "REFERRAL_REWARDED"
    REFUND_BOOKED = "REFUND_BOOKED"


BY_ITSELF = (
    NudgeTrigger.POINTS_EARNED,
    NudgeTrigger.TIER_REACHED,
    NudgeTrigger.POINTS_EXPIRING,
)
"""The nudges of a program that lists none."""

_OWN_FIELDS: Mapping[NudgeTrigger, str] = {
    NudgeTrigger.POINTS_EARNED: "points",
    NudgeTrigger.TIER_REACHED: "benefits",
    NudgeTrigger.CHALLENGE_PROGRESS: "challenge missing percent until",
    NudgeTrigger.CHALLENGE_REACHED: "challenge level reward",
    NudgeTrigger.NEAR_REWARD: "offer.title missing",
    NudgeTrigger.NEAR_TIER: "missing until",
    NudgeTrigger.POINTS_EXPIRING: "points until days",
    NudgeTrigger.OFFER_ENDING: "offer.title offer.until",
    NudgeTrigger.OFFER_RECEIVED: "offer.title offer.until",
    NudgeTrigger.WELCOME: "program",
    NudgeTrigger.BIRTHDAY: "program",
    NudgeTrigger.WIN_BACK: "program",
    NudgeTrigger.REFERRAL_REWARDED: "reward",
    NudgeTrigger.REFUND_BOOKED: "refund points",
}

NUDGE_FIELDS: Mapping[str, frozenset[str]] = {
    trigger: PERSONAL_FIELDS | frozenset(own.split()) for trigger, own in _OWN_FIELDS.items()
}
"""What the texts of a nudge may name in braces, by its trigger."""

CAPS: Mapping[NudgeTrigger, MessageCap] = {
    NudgeTrigger.CHALLENGE_PROGRESS: MessageCap(count=1, days=1),
    NudgeTrigger.NEAR_REWARD: MessageCap(count=1, days=7),
    NudgeTrigger.NEAR_TIER: MessageCap(count=1, days=30),
    NudgeTrigger.OFFER_ENDING: MessageCap(count=1, days=1),
    NudgeTrigger.WIN_BACK: MessageCap(count=1, days=30),
}
"""How often a member gets a nudge at the most, where it does not say so itself."""

Percent = Annotated[Whole, Field(ge=1, le=99)]
DaysBefore = Annotated[Whole, Field(ge=1, le=365)]


class _Nudge(Terms):
    enabled: Truth = True
    title: Text | None = None
    body: Text | None = None
    cap: MessageCap | None = None


class ClockNudge(_Nudge):
    """Tell of what the clock brings near, from `at` by the member's own clock."""

    at: DayTime = time(10)


class PlainNudge(_Nudge):
    """Tell of what happened, in our words or those written here; `cap` is how often at the most."""

    on: Literal[
        "POINTS_EARNED",
        "TIER_REACHED",
        "CHALLENGE_REACHED",
        "OFFER_RECEIVED",
        "REFERRAL_REWARDED",
        "REFUND_BOOKED",
    ]


class ProgressNudge(_Nudge):
    """Tell at `percents` of the way to a challenge's next level, and with `one_step` just before.

    That is when one time more is all that is missing.
    """

    on: Literal["CHALLENGE_PROGRESS"]
    percents: Annotated[tuple[Percent, ...], Field(max_length=9)] = (50, 80)
    one_step: Truth = True


class NearNudge(_Nudge):
    """Tell when at most `within_percent` of a reward's price, or a tier's threshold, is missing."""

    on: Literal["NEAR_REWARD", "NEAR_TIER"]
    within_percent: Percent = 20


class ExpiryNudge(ClockNudge):
    """Remind of points so many `days` before their last one, of `minimum` points or more.

    `at` is the local time of the member before which the reminders of a day are not sent.
    """

    on: Literal["POINTS_EXPIRING"]
    days: Annotated[tuple[DaysBefore, ...], Field(min_length=1, max_length=9)] = (30, 7, 1)
    minimum: Annotated[Whole, Field(ge=1)] = 1


class EndingNudge(ClockNudge):
    """Tell so many `hours` before an offer that the member has runs out, from `at` of that day."""

    on: Literal["OFFER_ENDING"]
    hours: Annotated[Whole, Field(ge=1, le=720)] = 48


class WelcomeNudge(_Nudge):
    """Welcome a new member `after_minutes`, when their app has told of the phone."""

    on: Literal["WELCOME"]
    after_minutes: Annotated[Whole, Field(ge=0, le=720)] = 5


class BirthdayNudge(ClockNudge):
    """Congratulate on the member's birthday, from `at` by their own clock."""

    on: Literal["BIRTHDAY"]


class WinBackNudge(ClockNudge):
    """Write to a member who was not seen for `after_days`, once until they are."""

    on: Literal["WIN_BACK"]
    after_days: Annotated[Whole, Field(ge=7, le=730)] = 60


Nudge = Annotated[
    PlainNudge
    | ProgressNudge
    | NearNudge
    | ExpiryNudge
    | EndingNudge
    | WelcomeNudge
    | BirthdayNudge
    | WinBackNudge,
    Field(discriminator="on"),
]

_ONE: TypeAdapter[Nudge] = TypeAdapter(Nudge)


def effective(listed: Sequence[Nudge]) -> Mapping[NudgeTrigger, Nudge]:
    """Give the nudges of a program by trigger: those it lists, else those that need no listing."""
    nudges = listed or [_ONE.validate_python({"on": trigger.value}) for trigger in BY_ITSELF]
    return {NudgeTrigger(nudge.on): nudge for nudge in nudges}


def cap_of(nudge: Nudge) -> MessageCap | None:
    """Give how often a member gets a nudge at the most; None for no bound."""
    return nudge.cap or CAPS.get(NudgeTrigger(nudge.on))
