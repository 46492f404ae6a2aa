"""Deliveries: one message to one member, why it is not sent, and what answers make of it."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache

from loyalty.members import Purpose
from loyalty.push.fcm import Outcome, Receipt
from loyalty.push.payloads import Category
from loyalty.values import value

NUDGE_LIFE = timedelta(hours=24)
BACK_OFF_LIMIT = timedelta(hours=1)
ATTEMPTS = 8
NO_ANSWER = "NO_ANSWER"  # why it is unknown, or failed: no answer said anything
TOO_LARGE = "TOO_LARGE"  # why it failed: it does not fit in a message
INTERRUPTED = "INTERRUPTED"  # why it is unknown: its sender died, or sleeps
UNKNOWN_ATTEMPTS = 4  # the first, and at most three more
REACHING = frozenset({Outcome.SENT, Outcome.UNKNOWN})  # it is on the phone, or may be


class DeliveryStatus(StrEnum):
    """Say where a delivery stands; one HELD waits for quiet hours, or a local hour, to pass."""

    PENDING = "PENDING"
    HELD = "HELD"
    SENDING = "SENDING"
    SENT = "SENT"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"
    SUPPRESSED = "SUPPRESSED"


class Reason(StrEnum):
    """Say why a message is not sent."""

    NO_DEVICE = "NO_DEVICE"
    NO_CONSENT = "NO_CONSENT"
    OPTED_OUT = "OPTED_OUT"
    MEMBER_NOT_ACTIVE = "MEMBER_NOT_ACTIVE"
    STALE = "STALE"
    DISABLED = "DISABLED"
    STOPPED = "STOPPED"
    NOT_CONFIGURED = "NOT_CONFIGURED"
    FREQUENCY_CAP = "FREQUENCY_CAP"
    HOLDOUT = "HOLDOUT"
    OVER_BUDGET = "OVER_BUDGET"
    OFFER_SOLD_OUT = "OFFER_SOLD_OUT"
    OFFER_REFUSED = "OFFER_REFUSED"
    OFFER_OVER = "OFFER_OVER"
    SWITCHED_OFF = "SWITCHED_OFF"
    TOO_LATE = "TOO_LATE"
    NOTHING_TO_SAY = "NOTHING_TO_SAY"


@value
class Delivery:
    """One message to one member, to be sent, sent, or not sent with its `reason`.

    A nudge has its fact's id as `id`, and the fact's kind and data; a campaign's delivery is
    `campaign:member`, with the variant that was read. `outcomes` is by device, of all attempts so
    far. `title`, `body`, `deep_link`, `locale` and the payload's `type` and `details` are what was
    shown, `offer` is the held offer that came with it, `redeemed_at` when that was used. `is_paid`
    tells that it was taken out of its campaign's budget.
    """

    id: str
    campaign_id: str | None
    member_id: str
    category: Category
    status: DeliveryStatus
    reason: str | None
    title: str | None
    body: str | None
    created_at: datetime
    sent_at: datetime | None = None
    attempts: int = 0
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    kind: str | None = None
    data: Mapping[str, object] = field(default_factory=dict)
    purpose: Purpose = Purpose.SERVICE
    variant: str | None = None
    deep_link: str | None = None
    type: str | None = None
    locale: str | None = None
    details: Mapping[str, str] | None = None
    offer: str | None = None
    opened_at: datetime | None = None
    clicked_at: datetime | None = None
    redeemed_at: datetime | None = None
    is_paid: bool = False

    @property
    def is_new(self) -> bool:
        """Tell whether it was written down as it was claimed, with what is shown."""
        return self.status is DeliveryStatus.SENDING and self.attempts == 1

    @property
    def is_marketing(self) -> bool:
        """Tell whether the message may never be sent twice, whatever the price."""
        return self.purpose is Purpose.MARKETING


@value
class Settlement:
    """What an attempt came to; `due_at` is when to try again, None when nothing is left to do."""

    status: DeliveryStatus
    reason: str | None
    outcomes: Mapping[str, Outcome]
    due_at: datetime | None = None


def delivery_id(campaign_id: str, member_id: str) -> str:
    """Give the id of a campaign's delivery to a member."""
    return f"{campaign_id}:{member_id}"


def is_stale(happened_at: datetime, now: datetime) -> bool:
    """Tell whether something happened too long ago to be told of."""
    return now - happened_at > NUDGE_LIFE


@cache
def suppressed(reason: Reason) -> Settlement:
    """Settle a delivery that is not sent."""
    return Settlement(DeliveryStatus.SUPPRESSED, reason, {})


def held(delivery: Delivery, until: datetime) -> Settlement:
    """Let a delivery wait; nothing of what was found before is forgotten."""
    return Settlement(DeliveryStatus.HELD, None, delivery.outcomes, until)


def rejected(reason: str) -> Settlement:
    """Settle a delivery that cannot be sent as it is."""
    return Settlement(DeliveryStatus.FAILED, reason, {})


def unless_told(delivery: Delivery, settlement: Settlement) -> Settlement:
    """Settle a delivery that goes no further: what is on a phone, or may be, stands.

    One that waits on is left as it is.
    """
    if settlement.due_at is not None:
        return settlement
    found = set(delivery.outcomes.values())
    if Outcome.SENT in found:
        return Settlement(DeliveryStatus.SENT, None, delivery.outcomes)
    if Outcome.UNKNOWN in found:
        return Settlement(DeliveryStatus.UNKNOWN, NO_ANSWER, delivery.outcomes)
    return settlement


def is_lost(delivery: Delivery) -> bool:
    """Tell whether a delivery that is taken again may not be sent: its sender died in the middle.

    Nobody knows whether it arrived: marketing is never repeated, a nudge three times.
    `delivery.attempts` counts the attempt that is about to be made.
    """
    if delivery.status is not DeliveryStatus.SENDING:
        return False
    return delivery.is_marketing or delivery.attempts > UNKNOWN_ATTEMPTS


def is_open(delivery: Delivery, device: str) -> bool:
    """Tell whether a device is still to be sent to.

    One that is new since marketing reached another may be that one under another id.
    """
    if device not in delivery.outcomes:
        return not delivery.is_marketing or REACHING.isdisjoint(delivery.outcomes.values())
    return _is_open(delivery, delivery.outcomes[device])


def _is_open(delivery: Delivery, outcome: Outcome) -> bool:
    match outcome:
        case Outcome.THROTTLED | Outcome.TRANSIENT:
            return True
        case Outcome.UNKNOWN | Outcome.HALT:
            return not delivery.is_marketing
        case _:
            return False


def settle(delivery: Delivery, receipts: Sequence[Receipt], now: datetime) -> Settlement:
    """Decide from the answers of one attempt: sent, failed, unknown, or again later.

    `delivery.attempts` counts this attempt.
    """
    outcomes = {**delivery.outcomes, **{r.device_id: r.outcome for r in receipts}}
    left = {outcome for outcome in outcomes.values() if _is_open(delivery, outcome)}
    limit = UNKNOWN_ATTEMPTS if Outcome.UNKNOWN in left else ATTEMPTS
    if left and delivery.attempts < limit:
        wait = _back_off(delivery.attempts, receipts)
        return Settlement(DeliveryStatus.PENDING, None, outcomes, now + wait)
    found = set(outcomes.values())
    if Outcome.SENT in found:
        return Settlement(DeliveryStatus.SENT, None, outcomes)
    code = next((r.code for r in receipts if r.code), None)
    unknown = Outcome.UNKNOWN in found
    status = DeliveryStatus.UNKNOWN if unknown else DeliveryStatus.FAILED
    return Settlement(status, code or NO_ANSWER, outcomes)


def _back_off(attempts: int, receipts: Sequence[Receipt]) -> timedelta:
    """Wait 5 s, 20 s, 80 s ... at most an hour, or as long as FCM asks for."""
    asked = max((r.retry_after_seconds or 0 for r in receipts), default=0)
    seconds = max(5 * 4 ** (attempts - 1), asked)
    return min(timedelta(seconds=seconds), BACK_OFF_LIMIT)


def pause(receipts: Sequence[Receipt]) -> timedelta:
    """Give how long FCM asks us to send nothing: a second at least where it asks at all."""
    throttled = [r for r in receipts if r.outcome is Outcome.THROTTLED]
    seconds = max((max(1, r.retry_after_seconds or 0) for r in throttled), default=0)
    return min(timedelta(seconds=seconds), BACK_OFF_LIMIT)


def halted(receipts: Sequence[Receipt]) -> str | None:
    """Give the code of an answer after which nothing we send can succeed, or None."""
    return next((r.code or r.outcome for r in receipts if r.outcome is Outcome.HALT), None)


def is_dead(receipt: Receipt) -> bool:
    """Tell whether an answer says that the device is gone."""
    return receipt.outcome is Outcome.DEAD_DEVICE
