"""Whether a member may have an offer now: every reason why not, with how far away it is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from loyalty.errors import Refusal
from loyalty.offers.rules.helds import Holding
from loyalty.offers.rules.refusals import (
    OfferHadAlready,
    OfferLimitReached,
    OfferNotForYou,
    OfferNotYet,
    OfferOver,
    OfferPersonal,
    OfferSoldOut,
    PlanNeeded,
    TierNeeded,
)
from loyalty.program import Program, Who, terms
from loyalty.wallets import InsufficientPoints, refusals

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks for offers, and when: what they are, have, and can spend (points by currency)."""

    who: Who
    holding: Holding
    available: Mapping[str, int]
    now: datetime


@dataclass(frozen=True, slots=True)
class Choice:
    """An offer beside a member: why they may not have it now, and how many are left (of how many).

    `left` is None where there is no end of them.
    """

    offer: terms.Offer
    obstacles: tuple[Refusal, ...]
    left: int | None = None

    @property
    def short(self) -> int:
        """Give the points that are missing; 0 where none are."""
        found = [one.short for one in self.obstacles if isinstance(one, InsufficientPoints)]
        return found[0] if found else 0

    @property
    def lacks_only_points(self) -> bool:
        """Tell whether nothing but points stands between the member and the offer."""
        return len(self.obstacles) == 1 and bool(self.short)


def obstacles(
    offer: terms.Offer, program: Program, asking: Asking, left: int | None
) -> tuple[Refusal, ...]:
    """List why a member may not have an offer now; empty: they may have it."""
    return (
        *barred(offer, program, asking),
        *limits_reached(offer, program, asking),
        *_stock(offer, left),
        *_price(offer, program, asking),
    )


def barred(offer: terms.Offer, program: Program, asking: Asking) -> tuple[Refusal, ...]:
    """List why an offer is not open to a member now, however many are left and whatever it costs.

    Empty: it is open.
    """
    return (*_times(offer, program, asking), *_audience(offer, program, asking))


def is_over(offer: terms.Offer, program: Program, now: datetime) -> OfferOver | None:
    """Say that an offer has ended, with its last day; None while it has not."""
    if offer.ends is None or now < offer.ends:
        return None
    last_day = program.place.day(offer.ends - timedelta(milliseconds=1))
    return OfferOver(offer.id, offer.ends, last_day)


def closed(
    offer: terms.Offer, program: Program, now: datetime, tiers: frozenset[str] = frozenset()
) -> Iterator[OfferNotYet | OfferOver]:
    """Find whether an offer has not begun yet for who has these tiers, or has ended."""
    opens_at = offer.starts_for(tiers)
    if opens_at is not None and now < opens_at:
        yield OfferNotYet(offer.id, opens_at, program.place.day(opens_at))
    over = is_over(offer, program, now)
    if over is not None:
        yield over


def next_best(choices: Sequence[Choice]) -> Choice | None:
    """Choose what a member comes to next: where only points are missing, and the fewest."""
    near = [choice for choice in choices if choice.lacks_only_points]
    return min(near, key=lambda choice: (choice.short, _points(choice.offer)), default=None)


def _points(offer: terms.Offer) -> int:
    return offer.price.points if offer.price else 0


def _times(offer: terms.Offer, program: Program, asking: Asking) -> Iterator[Refusal]:
    if offer.personal:
        yield OfferPersonal(offer.id)
    yield from closed(offer, program, asking.now, asking.who.tiers)


def _audience(offer: terms.Offer, program: Program, asking: Asking) -> Iterator[Refusal]:
    for_whom, who = offer.audience, asking.who
    if for_whom.tiers and for_whom.tiers.isdisjoint(who.tiers):
        named = [t for ladder in program.ladders for t in ladder.tiers if t.id in for_whom.tiers]
        yield TierNeeded(offer.id, tuple(t.id for t in named), tuple(t.name for t in named))
    if for_whom.plans and for_whom.plans.isdisjoint(who.plans):
        names = {one.id: one.name for one in program.plans}
        names |= {one.id: one.name for one in program.passes}
        needed = [plan for plan in names if plan in for_whom.plans]
        yield PlanNeeded(offer.id, tuple(needed), tuple(names[plan] for plan in needed))
    if for_whom.segments and for_whom.segments.isdisjoint(who.segments):
        yield OfferNotForYou(offer.id)


def limits_reached(
    offer: terms.Offer, program: Program, asking: Asking
) -> Iterator[OfferLimitReached | OfferHadAlready]:
    """Find the limits of an offer that a member has reached."""
    today = program.place.day(asking.now)
    days = asking.holding.taken.get(offer.id, {})
    for limit in offer.limits:
        since = _first_day(limit.per, today)
        first = since.isoformat() if since else ""
        if sum(count for day, count in days.items() if day >= first) >= limit.count:
            again_on = _again_on(limit.per, today)
            if again_on is None:
                yield OfferHadAlready(offer.id, limit.count)
            else:
                yield OfferLimitReached(offer.id, limit.count, limit.per, again_on)


def _first_day(per: terms.LimitPeriod, today: date) -> date | None:
    match per:
        case terms.LimitPeriod.DAY:
            return today
        case terms.LimitPeriod.WEEK:
            return today - today.weekday() * DAY
        case terms.LimitPeriod.MONTH:
            return today.replace(day=1)
        case terms.LimitPeriod.YEAR:
            return today.replace(month=1, day=1)
    return None


def _again_on(per: terms.LimitPeriod, today: date) -> date | None:
    match per:
        case terms.LimitPeriod.DAY:
            return today + DAY
        case terms.LimitPeriod.WEEK:
            return today + (7 - today.weekday()) * DAY
        case terms.LimitPeriod.MONTH:
            return (today.replace(day=1) + 31 * DAY).replace(day=1)
        case terms.LimitPeriod.YEAR:
            return date(today.year + 1, 1, 1)
    return None


def _stock(offer: terms.Offer, left: int | None) -> Iterator[Refusal]:
    if offer.is_limited and not left:
        yield OfferSoldOut(offer.id, offer.waiting_list)


def _price(offer: terms.Offer, program: Program, asking: Asking) -> Iterator[Refusal]:
    if offer.price is None:
        return
    currency, points = offer.price.currency, offer.price.points
    asked = program.currency(currency)
    if asked is not None and not asked.is_spendable:
        yield refusals.CurrencyNotRedeemable(currency, asked.name)
        return
    available = asking.available.get(currency, 0)
    if available < points:
        name = asked.name if asked else None
        yield InsufficientPoints(currency, points, available, program.money_of(currency), name)
