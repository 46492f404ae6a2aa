"""What a member has of offers: from issue to its end, and how often each was taken."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from loyalty.program import terms
from loyalty.values import value

FINISHED_KEPT = 50
DAYS_KEPT = 400
REFUNDABLE = timedelta(days=DAYS_KEPT)
EARLIER = ""
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # of Crockford: nothing that is read as another
CODE_LENGTH = 12


class HeldState(StrEnum):
    """Say where something a member has of an offer stands."""

    WAITING = "WAITING"
    RESERVED = "RESERVED"
    ISSUED = "ISSUED"
    ACTIVATED = "ACTIVATED"
    REDEEMED = "REDEEMED"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"
    WITHDRAWN = "WITHDRAWN"


class HeldEnd(StrEnum):
    """Say why it ended, where that was neither the member's doing nor the clock's."""

    OFFER_DROPPED = "OFFER_DROPPED"
    OFFER_ENDED = "OFFER_ENDED"
    TURN_NOT_FOR_YOU = "TURN_NOT_FOR_YOU"
    TURN_NOT_PAID = "TURN_NOT_PAID"
    TURN_NOT_ACTIVE = "TURN_NOT_ACTIVE"


LIVE = frozenset({HeldState.WAITING, HeldState.RESERVED, HeldState.ISSUED, HeldState.ACTIVATED})
USABLE = frozenset({HeldState.ISSUED, HeldState.ACTIVATED})


@value
class Held:
    """One offer that a member has; `id` is unique over everything.

    `expires_at` ends what is usable, or the reservation while it is RESERVED. `unit` is what it
    took of a limited stock, as its `taker`; `paid` the points it cost, `hold` those set aside.
    `claimed_on` is the local day it counts on for the member's limits; `why` says what issued it.
    `gave` is what one of kind POINTS credited, and to which lot.
    """

    id: str
    offer: str
    state: HeldState
    version: int
    issued_at: datetime
    why: Mapping[str, object] = field(default_factory=dict)
    expires_at: datetime | None = None
    code: str | None = None
    unit: str | None = None
    taker: str | None = None
    paid: Mapping[str, Any] = field(default_factory=dict)
    gave: Mapping[str, Any] = field(default_factory=dict)
    hold: str | None = None
    claimed_on: date | None = None
    cycle: str | None = None
    activated_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: HeldEnd | None = None
    receipt: str | None = None

    @property
    def number(self) -> int:
        """Give the how manieth it is that the member got."""
        return int(self.id.rpartition("_")[2])

    @property
    def is_live(self) -> bool:
        """Tell whether something may still become of it."""
        return self.state in LIVE

    def may_be_taken_back(self, now: datetime) -> bool:
        """Tell whether a refund may yet take back the points that it gave for a purchase."""
        if not self.gave or self.state is not HeldState.REDEEMED or self.ended_at is None:
            return False
        return self.why.get("kind") == "ACTIVITY" and now - self.ended_at < REFUNDABLE

    def is_over(self, now: datetime) -> bool:
        """Tell whether its time has passed while it was still live."""
        return self.is_live and self.expires_at is not None and self.expires_at <= now

    def at(self, now: datetime) -> "Held":
        """Give it as it is now: EXPIRED where its time has passed."""
        if not self.is_over(now):
            return self
        kept = self if self.state in USABLE else self.back_in_stock()
        return replace(kept, state=HeldState.EXPIRED, ended_at=self.expires_at)

    def back_in_stock(self) -> "Held":
        """Give it without the code of a list, which goes back with its unit; its own one stays."""
        return self if self.code == unique_code(self.id) else replace(self, code=None)


@dataclass(frozen=True, slots=True)
class Holding:
    """All that a member has of offers, oldest first, and how often they took each by local day.

    `issued` counts everything ever issued, so that ids are never used twice.
    """

    helds: tuple[Held, ...] = ()
    taken: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    issued: int = 0

    def held(self, held_id: str) -> Held | None:
        """Find one by its id."""
        return next((held for held in self.helds if held.id == held_id), None)

    def replaced(self, changed: Held) -> "Holding":
        """Put a newer value in the place of one that is there."""
        helds = tuple(changed if held.id == changed.id else held for held in self.helds)
        return replace(self, helds=helds)

    def added(self, new: Held) -> "Holding":
        """Add one, and forget the oldest of those that ended, unless a refund may ask for them."""
        finished = [
            held.id
            for held in self.helds
            if not held.is_live and not held.may_be_taken_back(new.issued_at)
        ]
        forgotten = set(finished[: max(0, len(finished) - FINISHED_KEPT)])
        kept = tuple(held for held in self.helds if held.id not in forgotten)
        return replace(self, helds=(*kept, new), issued=self.issued + 1)

    def counted(self, offer: str, day: date, by: int) -> "Holding":
        """Count an offer as taken on a local day, or as given back where `by` is -1."""
        oldest = (day - timedelta(days=DAYS_KEPT)).isoformat()
        days: dict[str, int] = {}
        for at, count in self.taken.get(offer, {}).items():
            kept = at if at >= oldest else EARLIER
            days[kept] = days.get(kept, 0) + count
        at = day.isoformat() if day.isoformat() in days or by > 0 else EARLIER
        days[at] = days.get(at, 0) + by
        left = {at: count for at, count in days.items() if count}
        return replace(self, taken={**self.taken, offer: left})

    @property
    def due_at(self) -> datetime | None:
        """Give when the next live one runs out."""
        ends = (held.expires_at for held in self.helds if held.is_live and held.expires_at)
        return min(ends, default=None)


@value
class Issue:
    """What is to be issued to whom, when, and why."""

    member_id: str
    offer: terms.Offer
    version: int
    now: datetime
    zone: ZoneInfo
    why: Mapping[str, object] = field(default_factory=dict)
    cycle: str | None = None


def new_held(holding: Holding, wanted: Issue) -> Held:
    """Make what a member will have: ISSUED, with its validity and, where it has one, its code."""
    held_id = f"off_{wanted.member_id.removeprefix('mbr_')}_{holding.issued + 1}"
    return Held(
        id=held_id,
        offer=wanted.offer.id,
        state=HeldState.ISSUED,
        version=wanted.version,
        issued_at=wanted.now,
        why=wanted.why,
        expires_at=valid_until(wanted.offer, wanted.now, wanted.zone),
        code=own_code(wanted.offer, held_id),
        cycle=wanted.cycle,
    )


def valid_until(offer: terms.Offer, issued_at: datetime, zone: ZoneInfo) -> datetime | None:
    """Give when something issued at an instant runs out (naive UTC).

    It lasts its own days, to the end of the last; without any, as long as the offer.
    """
    if offer.valid_days is None:
        return offer.ends
    last_day = terms.local_day(issued_at, zone) + timedelta(days=offer.valid_days)
    return terms.end_of_day(last_day, zone)


def reserved_until(offer: terms.Offer, now: datetime) -> datetime:
    """Give until when a reservation waits: its minutes, never longer than the offer."""
    until = now + timedelta(minutes=offer.reserve_minutes)
    return until if offer.ends is None else min(until, offer.ends)


def own_code(offer: terms.Offer, held_id: str) -> str | None:
    """Make the code that is this one's alone: None for one of a list, or a generic one."""
    is_own = offer.code is not None and offer.code.kind is terms.CodeKind.UNIQUE
    return unique_code(held_id) if is_own else None


def unique_code(seed: str) -> str:
    """Make a code of 60 bits in groups of four from a text that nobody else has."""
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big")
    letters = [_ALPHABET[number >> 5 * place & 31] for place in range(CODE_LENGTH)]
    return "-".join("".join(letters[at : at + 4]) for at in range(0, CODE_LENGTH, 4))
