"""What the rules of offers say no to: each is also the reason shown before anybody tries."""

from dataclasses import dataclass
from datetime import date, datetime

from loyalty.errors import Refusal
from loyalty.program import terms


@dataclass(frozen=True, slots=True)
class OfferUnknown(Refusal):
    """The active program declares no such offer."""

    offer: str


@dataclass(frozen=True, slots=True)
class OfferPersonal(Refusal):
    """The offer is only given, never taken."""

    offer: str


@dataclass(frozen=True, slots=True)
class OfferNotYet(Refusal):
    """The offer opens later for this member; `opens_on` is that day in the program's zone."""

    offer: str
    opens_at: datetime
    opens_on: date


@dataclass(frozen=True, slots=True)
class OfferOver(Refusal):
    """The offer has ended; `ended_on` was its last day in the program's zone."""

    offer: str
    ended_at: datetime
    ended_on: date


@dataclass(frozen=True, slots=True)
class TierNeeded(Refusal):
    """The offer is for members of other tiers: one of these."""

    offer: str
    tiers: tuple[str, ...]
    names: tuple[terms.Text, ...]


@dataclass(frozen=True, slots=True)
class PlanNeeded(Refusal):
    """The offer is for members with a plan: one of these."""

    offer: str
    plans: tuple[str, ...]
    names: tuple[terms.Text, ...]


@dataclass(frozen=True, slots=True)
class OfferNotForYou(Refusal):
    """The offer is for a group of members that this one is not in."""

    offer: str


@dataclass(frozen=True, slots=True)
class OfferSoldOut(Refusal):
    """There are none left; with a waiting list one can wait in line."""

    offer: str
    has_waiting_list: bool


@dataclass(frozen=True, slots=True)
class OfferLimitReached(Refusal):
    """The member had it as often as they may; `again_on` is the day from which they may again."""

    offer: str
    count: int
    per: str
    again_on: date


@dataclass(frozen=True, slots=True)
class OfferHadAlready(Refusal):
    """The member had it as often as they ever may."""

    offer: str
    count: int


@dataclass(frozen=True, slots=True)
class OfferNotHeld(Refusal):
    """The member has no such offer."""

    id: str


@dataclass(frozen=True, slots=True)
class OfferNotUsable(Refusal):
    """What the member has is in a state in which this cannot be done."""

    id: str
    state: str


@dataclass(frozen=True, slots=True)
class OfferExpired(Refusal):
    """The time of what the member has is over; `expired_on` was its last day."""

    id: str
    expired_at: datetime
    expired_on: date


@dataclass(frozen=True, slots=True)
class OfferNotActivated(Refusal):
    """It must be activated in the app before it is redeemed."""

    id: str


@dataclass(frozen=True, slots=True)
class OffersExclude(Refusal):
    """Two offers cannot be used in one purchase."""

    offer: str
    other: str


@dataclass(frozen=True, slots=True)
class VoucherUnknown(Refusal):
    """Nobody has this code."""

    voucher: str


@dataclass(frozen=True, slots=True)
class VoucherUsed(Refusal):
    """The code was used before, `used_on` in the program's zone; codes are burned once."""

    voucher: str
    used_at: datetime
    used_on: date
