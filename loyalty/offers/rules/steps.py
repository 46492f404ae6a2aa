"""The steps in the life of something a member has of an offer, each allowed from some states."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from loyalty.errors import Refused
from loyalty.offers.rules.helds import USABLE, Held, HeldEnd, HeldState
from loyalty.offers.rules.refusals import OfferExpired, OfferNotActivated, OfferNotUsable
from loyalty.program import Program, terms

CANCELLABLE = frozenset({HeldState.WAITING, HeldState.RESERVED, HeldState.ISSUED})


def check_usable(
    held: Held, program: Program, now: datetime, allowed: Collection[HeldState] = USABLE
) -> Held:
    """Give it as it is now, in one of the allowed states.

    Raises Refused(OfferExpired) where its time has passed, or Refused(OfferNotUsable).
    """
    current = held.at(now)
    if current.state is HeldState.EXPIRED:
        ended_at = current.ended_at or now
        last_day = program.place.day(ended_at - timedelta(milliseconds=1))
        raise Refused(OfferExpired(held.id, ended_at, last_day))
    if current.state not in allowed:
        raise Refused(OfferNotUsable(held.id, current.state))
    return current


def activated(held: Held, offer: terms.Offer, now: datetime) -> Held:
    """Switch it on: from now it runs for the offer's minutes, never beyond its own time."""
    expires_at = held.expires_at
    if offer.active_minutes is not None:
        off_at = now + timedelta(minutes=offer.active_minutes)
        expires_at = min(off_at, expires_at or off_at)
    return replace(held, state=HeldState.ACTIVATED, activated_at=now, expires_at=expires_at)


def redeemed(held: Held, offer: terms.Offer, now: datetime, receipt: str | None = None) -> Held:
    """Use it. Raises Refused(OfferNotActivated) where it must be activated first."""
    if offer.active_minutes is not None and held.state is not HeldState.ACTIVATED:
        raise Refused(OfferNotActivated(held.id))
    return replace(held, state=HeldState.REDEEMED, ended_at=now, receipt=receipt)


def cancelled(held: Held, offer: terms.Offer, now: datetime) -> Held:
    """Give it back unused. Raises Refused(OfferNotUsable)."""
    if held.state is HeldState.ISSUED and not offer.can_be_cancelled:
        raise Refused(OfferNotUsable(held.id, held.state))
    return replace(held.back_in_stock(), state=HeldState.CANCELLED, ended_at=now)


def is_given_up(held: Held, offer: terms.Offer) -> bool:
    """Tell whether who leaves gives it back to others: a place in line, or one of a limited stock.

    A code that was shown is not given to somebody else.
    """
    if held.state is HeldState.ISSUED:
        return held.unit is not None and offer.can_be_cancelled
    return held.state in CANCELLABLE


def is_unshown(held: Held) -> bool:
    """Tell whether it can be taken from who was never told of it: not once it is being used.

    Nor with a code of a list, which may have been seen, and is not given to somebody else.
    """
    return held.state is HeldState.ISSUED and held.code == held.back_in_stock().code


def withdrawn(held: Held, now: datetime, ended_by: HeldEnd | None = None) -> Held:
    """Take it back, as its cause was undone, or its offer is no more before it was had."""
    return replace(held.back_in_stock(), state=HeldState.WITHDRAWN, ended_at=now, ended_by=ended_by)


def missed(held: Held, now: datetime, ended_by: HeldEnd) -> Held:
    """Let it go by, as it cannot be had when it is the member's turn."""
    return replace(held, state=HeldState.CANCELLED, ended_at=now, ended_by=ended_by)
