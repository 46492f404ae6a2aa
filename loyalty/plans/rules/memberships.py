"""What a member paid for, and how long it lasts: the life of a plan or a pass from day to day.

A payment buys whole local days, the last included. Where a membership stands is told by what is
stored and the instant alone.
"""

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from loyalty.errors import Refusal, Refused
from loyalty.program import terms
from loyalty.values import value

PAID_KEPT = 24


class PlanStatus(StrEnum):
    """Say where a membership stands."""

    ACTIVE = "ACTIVE"
    CANCELLED = "CANCELLED"
    GRACE = "GRACE"
    LAPSED = "LAPSED"
    REFUNDED = "REFUNDED"


@dataclass(frozen=True, slots=True)
class PlanUnknown(Refusal):
    """The active program declares no such plan."""

    plan: str


@dataclass(frozen=True, slots=True)
class PlanAlreadyActive(Refusal):
    """The plan was started before and has not lapsed; a payment renews it."""

    plan: str
    active_until: datetime


@dataclass(frozen=True, slots=True)
class PlanNotActive(Refusal):
    """The member does not have the plan (`status` None), or it is over."""

    plan: str
    status: str | None


@dataclass(frozen=True, slots=True)
class PassUnknown(Refusal):
    """The active program declares no such pass."""

    pass_id: str


@dataclass(frozen=True, slots=True)
class PassNotRefundable(Refusal):
    """The member has no such pass that was paid and not given back."""

    pass_id: str


@dataclass(frozen=True, slots=True)
class PlanAlreadyCancelled(Refusal):
    """The plan is cancelled already, and ends with what was paid."""

    plan: str
    active_until: datetime


@dataclass(frozen=True, slots=True)
class PlanNotCancelled(Refusal):
    """The plan is not cancelled, so there is nothing to resume."""

    plan: str


@value
class Gift:
    """Points that a payment gave, and the lot they went to."""

    currency: str
    points: int
    lot: str | None = None


@value
class Payment:
    """A payment for a plan or a pass, and what it buys: `months` or `days`, then days of grace.

    `price` in minor units is for all but `bonus_months` of the months.
    """

    id: str
    plan: str
    paid_at: datetime
    place: terms.Place
    price: int = 0
    months: int = 0
    days: int = 0
    bonus_months: int = 0
    grace_days: int = 0


@value
class Stretch:
    """What one payment bought: from a local day to the end of another.

    It is over at `ends_at`, and its grace at `grace_ends_at`. What it `gave` is taken back with it.
    `brought` are the grants it was for, STARTED or RENEWED; `withheld` says that they were not
    given, because those of a payment that was given back had stayed with the member.
    """

    payment: str
    since: date
    until: date
    ends_at: datetime
    grace_ends_at: datetime
    price: int = 0
    months: int = 0
    bonus_months: int = 0
    gave: tuple[Gift, ...] = ()
    brought: str | None = None
    withheld: bool = False


@value
class Membership:
    """A plan or a pass that a member has or had: what is paid for, oldest first.

    `told` says that its lapse was told of. `kept` are the grants of payments given back that stayed
    with the member, used: the next payments for the same bring nothing.
    """

    started_at: datetime
    paid: tuple[Stretch, ...]
    cancelled_at: datetime | None = None
    refunded_at: datetime | None = None
    told: bool = False
    kept: tuple[str, ...] = ()

    @property
    def ends_at(self) -> datetime:
        """Give when what is paid for is over."""
        return self.paid[-1].ends_at if self.paid else self.started_at

    @property
    def lapses_at(self) -> datetime:
        """Give when the benefits end, if nothing more is paid."""
        if self.cancelled_at or not self.paid:
            return self.ends_at
        return self.paid[-1].grace_ends_at

    @property
    def due_at(self) -> datetime | None:
        """Give when its lapse is to be told of; None where it was, or is no more to come."""
        return None if self.told or self.refunded_at else self.lapses_at

    def status(self, at: datetime) -> PlanStatus:
        """Tell where it stands at an instant (naive UTC)."""
        if self.refunded_at is not None:
            return PlanStatus.REFUNDED
        if at < self.ends_at:
            return PlanStatus.CANCELLED if self.cancelled_at else PlanStatus.ACTIVE
        return PlanStatus.GRACE if at < self.lapses_at else PlanStatus.LAPSED

    def is_on(self, at: datetime) -> bool:
        """Tell whether its benefits hold at an instant."""
        return self.status(at) in (PlanStatus.ACTIVE, PlanStatus.CANCELLED, PlanStatus.GRACE)


def is_on(membership: Membership | None, at: datetime) -> bool:
    """Tell whether a payment made at an instant goes on with a membership, or begins anew."""
    return membership is not None and membership.is_on(at)


def started(before: Membership | None, payment: Payment) -> Membership:
    """Begin with a payment. Raises Refused(PlanAlreadyActive) while the plan goes on."""
    if before is not None and before.is_on(payment.paid_at):
        raise Refused(PlanAlreadyActive(payment.plan, before.ends_at))
    first_day = payment.place.day(payment.paid_at)
    kept = () if before is None else before.kept
    return Membership(payment.paid_at, (_stretch(payment, first_day, first_day.day),), kept=kept)


def renewed(before: Membership | None, payment: Payment) -> Membership:
    """Go on with a payment, from the end of what is paid for; where it has lapsed, begin anew.

    A cancellation is taken back. Raises Refused(PlanNotActive) for a plan that was never started,
    or was given back.
    """
    if before is None or before.refunded_at is not None:
        raise Refused(not_active(before, payment.plan, payment.paid_at))
    return bought(before, payment)


def bought(before: Membership | None, payment: Payment) -> Membership:
    """Make a membership that goes on longer, or begin one."""
    if before is None or not before.is_on(payment.paid_at):
        return started(before, payment)
    day = payment.place.day(before.started_at).day
    added = _stretch(payment, before.paid[-1].until, day)
    paid = (*before.paid, added)[-PAID_KEPT:]
    return replace(before, paid=paid, cancelled_at=None, told=False)


def with_gifts(membership: Membership, brought: str, gave: tuple[Gift, ...]) -> Membership:
    """Note what the last payment was for, and gave."""
    last = replace(membership.paid[-1], gave=gave, brought=brought)
    return replace(membership, paid=(*membership.paid[:-1], last))


def withholding(membership: Membership, brought: str) -> Membership:
    """Let the last payment bring nothing, in place of one whose grants stayed with the member."""
    last = replace(membership.paid[-1], brought=brought, withheld=True)
    kept = list(membership.kept)
    kept.remove(brought)
    return replace(membership, paid=(*membership.paid[:-1], last), kept=tuple(kept))


def keeping(membership: Membership, stretch: Stretch) -> Membership:
    """Note that the grants of a payment that was given back stayed with the member."""
    kept = (*membership.kept, *filter(None, (stretch.brought,)))
    return replace(membership, kept=kept)


def cancelled(before: Membership | None, plan: str, at: datetime) -> Membership:
    """Let a plan end with what is paid for; in grace that is at once.

    Raises Refused with PlanNotActive or PlanAlreadyCancelled.
    """
    if before is None or not before.is_on(at):
        raise Refused(not_active(before, plan, at))
    if before.cancelled_at is not None:
        raise Refused(PlanAlreadyCancelled(plan, before.ends_at))
    return replace(before, cancelled_at=at)


def resumed(before: Membership | None, plan: str, at: datetime) -> Membership:
    """Take a cancellation back. Raises Refused with PlanNotActive or PlanNotCancelled."""
    if before is None or not before.is_on(at):
        raise Refused(not_active(before, plan, at))
    if before.cancelled_at is None:
        raise Refused(PlanNotCancelled(plan))
    return replace(before, cancelled_at=None)


def refunded(before: Membership, at: datetime) -> Membership:
    """Give the last payment back: one whose time has begun ends everything, at once.

    One for a time to come only makes it shorter.
    """
    earlier = before.paid[:-1]
    if earlier and at < earlier[-1].ends_at:
        return replace(before, paid=earlier)
    return replace(before, paid=earlier, refunded_at=before.refunded_at or at)


def unused_months(stretch: Stretch, today: date) -> int:
    """Give how many of the months paid for lie ahead, whole ones; bonus months are used last."""
    first = max(today, stretch.since)
    whole = stretch.months + stretch.bonus_months
    left = next(
        n for n in range(whole, -1, -1) if n == 0 or terms.add_months(first, n) <= stretch.until
    )
    return max(0, left - stretch.bonus_months)


def unused_price(stretch: Stretch, today: date) -> int:
    """Give what was paid for the unused months: price x unused / months, minor units, down."""
    return stretch.price * unused_months(stretch, today) // stretch.months


def not_active(before: Membership | None, plan: str, at: datetime) -> PlanNotActive:
    """Say that a plan is not active, and where it stands."""
    return PlanNotActive(plan, None if before is None else before.status(at).value)


def _stretch(payment: Payment, since: date, day: int) -> Stretch:
    """Give what a payment buys from a local day on; months end on a day of the month."""
    if payment.days:
        until = since + timedelta(days=payment.days)
    else:
        month = terms.add_months(since.replace(day=1), payment.months + payment.bonus_months)
        until = month.replace(day=min(day, monthrange(month.year, month.month)[1]))
    return Stretch(
        payment=payment.id,
        since=since,
        until=until,
        ends_at=payment.place.end_of(until),
        grace_ends_at=payment.place.end_of(until + timedelta(days=payment.grace_days)),
        price=payment.price,
        months=payment.months,
        bonus_months=payment.bonus_months,
    )
