"""Who brought whom, what counts as brought, and what is due for it; gives nothing itself."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from loyalty.errors import Refusal, Refused
from loyalty.program import Purchase, Who, terms
from loyalty.values import value

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that is read or heard as another
CODE_LENGTH = 7


class InvitationState(StrEnum):
    """Say how far an accepted invitation has come, and what its member was given for it."""

    JOINED = "JOINED"
    WAITING = "WAITING"
    CONFIRMED = "CONFIRMED"
    REWARDED = "REWARDED"
    COUNTED = "COUNTED"
    CAPPED = "CAPPED"
    DENIED = "DENIED"


class Doubt(StrEnum):
    """Say why a friend does not count: one person with who brought them, a ring, not new, gone."""

    SAME_MEMBER = "SAME_MEMBER"
    SAME_EMAIL = "SAME_EMAIL"
    SAME_PHONE = "SAME_PHONE"
    SAME_DEVICE = "SAME_DEVICE"
    RING = "RING"
    BOUGHT_BEFORE = "BOUGHT_BEFORE"
    FRIEND_GONE = "FRIEND_GONE"
    REFERRER_GONE = "REFERRER_GONE"
    NOT_OFFERED = "NOT_OFFERED"


@dataclass(frozen=True, slots=True)
class ReferralNotOffered(Refusal):
    """The program rewards nobody for bringing friends."""


@dataclass(frozen=True, slots=True)
class ReferralCodeUnknown(Refusal):
    """The code leads to nobody who takes part."""

    referral_code: str


@dataclass(frozen=True, slots=True)
class ReferralCodeTaken(Refusal):
    """The code leads to another member already."""

    referral_code: str


@dataclass(frozen=True, slots=True)
class ReferralToSelf(Refusal):
    """The friend is the member who brings them, as `told_by` tells."""

    told_by: str


@dataclass(frozen=True, slots=True)
class ReferralInRing(Refusal):
    """The member who brings the friend was brought by that friend."""

    referral_code: str


@dataclass(frozen=True, slots=True)
class ReferralAcceptedBefore(Refusal):
    """The friend came with another code."""

    referral_code: str


@dataclass(frozen=True, slots=True)
class ReferralTooLate(Refusal):
    """The friend joined longer ago than a code can be accepted."""

    days: int


@dataclass(frozen=True, slots=True)
class ReferralNotNew(Refusal):
    """The friend bought something before they had the code."""

    purchases: int


class Reachable(Protocol):
    """Whoever can be reached: what is known, or said, of a person."""

    @property
    def email(self) -> str | None:
        """Give the mail address."""
        ...

    @property
    def phone(self) -> str | None:
        """Give the phone number (E.164)."""
        ...


@value
class Invitation:
    """A code that a member accepted: whose, when, and what has come of it.

    `purchase` is the one that counts (`source:id`), `due_at` the end of its return window.
    `thanked_for` is the purchase that the friend has their own reward for; `why` says what it was
    denied for. Instants are naive UTC.
    """

    by: str
    code: str
    accepted_at: datetime
    state: InvitationState = InvitationState.JOINED
    purchase: str | None = None
    due_at: datetime | None = None
    thanked_for: str | None = None
    why: str | None = None

    @property
    def is_undecided(self) -> bool:
        """Tell whether it may still come to nothing."""
        return self.state in (InvitationState.JOINED, InvitationState.WAITING)

    def is_open(self, now: datetime) -> bool:
        """Tell whether its purchase may still be returned."""
        is_waiting = self.state is InvitationState.WAITING
        return is_waiting and self.due_at is not None and now < self.due_at

    def is_due(self, now: datetime) -> bool:
        """Tell whether its purchase was kept to the end of its return window."""
        return self.state is InvitationState.WAITING and not self.is_open(now)


@value
class Standing:
    """What a member has to do with referral: their code, their friends, their own invitation.

    `friends` counts who accepted the code, `confirmed` who bought and kept it, `rewards` what was
    given, `towards` the friends since; `month_rewards` is of the local `month` (2026-03).
    """

    code: str | None = None
    ambassador_since: datetime | None = None
    friends: int = 0
    confirmed: int = 0
    rewards: int = 0
    towards: int = 0
    month: str | None = None
    month_rewards: int = 0
    invitation: Invitation | None = None


def written(code: str) -> str:
    """Write a code as it is kept: capital letters and digits, however it was typed."""
    return "".join(letter for letter in code.upper() if letter.isalnum())[:40]


def codes_of(member_id: str) -> Iterator[str]:
    """Give the codes that a member may have, best first; the same at every call."""
    for attempt in range(100):
        digest = hashlib.sha256(f"referral:{member_id}:{attempt}".encode()).digest()
        number = int.from_bytes(digest[:8], "big")
        yield "".join(
            ALPHABET[number // len(ALPHABET) ** place % len(ALPHABET)]
            for place in range(CODE_LENGTH)
        )


def pseudonym(member_id: str) -> str:
    """Name a friend so that nobody is known by it, and always the same."""
    return "friend_" + hashlib.sha256(f"friend:{member_id}".encode()).hexdigest()[:12]


def sameness(friend: Reachable, referrer: Reachable) -> Doubt | None:
    """Tell by what two are one person, or None."""
    if friend.phone and friend.phone == referrer.phone:
        return Doubt.SAME_PHONE
    if friend.email and referrer.email and friend.email.lower() == referrer.email.lower():
        return Doubt.SAME_EMAIL
    return None


def check_person(friend: Reachable, referrer: Reachable) -> None:
    """Refuse to let people bring themselves. Raises Refused(ReferralToSelf)."""
    doubt = sameness(friend, referrer)
    if doubt is not None:
        raise Refused(ReferralToSelf(doubt))


def check_newcomer(
    enrolled_at: datetime, purchases: int, referral: terms.Referral, now: datetime
) -> None:
    """Refuse who is no newcomer. Raises Refused with ReferralTooLate, ReferralNotNew."""
    if now - enrolled_at > timedelta(days=referral.accept_days):
        raise Refused(ReferralTooLate(referral.accept_days))
    if purchases:
        raise Refused(ReferralNotNew(purchases))


def qualified(
    invitation: Invitation,
    referral: terms.Referral,
    purchase: Purchase,
    place: terms.Place,
    who: Who,
) -> Invitation | None:
    """Let the first purchase that suits count, after the code was accepted; None where not."""
    is_open = invitation.state is InvitationState.JOINED
    if not is_open or purchase.occurred_at < invitation.accepted_at:
        return None
    if not terms.holds(referral.when, purchase, place, who):
        return None
    name = name_of(purchase)
    return replace(
        invitation,
        state=InvitationState.WAITING,
        purchase=name,
        due_at=_window_end(purchase.occurred_at, referral.wait_days, place),
        thanked_for=invitation.thanked_for or name,
    )


def undone(
    invitation: Invitation, referral: terms.Referral, left: Purchase, place: terms.Place
) -> Invitation | None:
    """Let a purchase count no more of which too little was kept; None where it goes on counting.

    `left` is the purchase without what was returned. Another purchase may count instead.
    """
    kept = any(line.amount for line in terms.selected(referral.when, left))
    if kept and terms.suits(referral.when, left, place):
        return None
    return replace(invitation, state=InvitationState.JOINED, purchase=None, due_at=None)


def counted(
    standing: Standing, payout: terms.Payout, month: str
) -> tuple[Standing, InvitationState]:
    """Count a friend who bought and kept it; tell whether the reward is due with this one."""
    in_month = standing.month_rewards if standing.month == month else 0
    standing = replace(standing, confirmed=standing.confirmed + 1, towards=standing.towards + 1)
    if standing.towards < payout.every:
        return standing, InvitationState.COUNTED
    standing = replace(standing, towards=0, month=month, month_rewards=in_month)
    if payout.monthly_cap is not None and in_month >= payout.monthly_cap:
        return standing, InvitationState.CAPPED
    rewards = standing.rewards + 1
    return (
        replace(standing, rewards=rewards, month_rewards=in_month + 1),
        InvitationState.REWARDED,
    )


def name_of(purchase: Purchase) -> str:
    """Name a purchase as an invitation does."""
    return f"{purchase.source}:{purchase.id}"


def _window_end(bought_at: datetime, days: int, place: terms.Place) -> datetime:
    """Give the end (naive UTC) of the local day so many days after a purchase."""
    return place.end_of(place.day(bought_at) + timedelta(days=days))


def confirmed(invitation: Invitation) -> Invitation:
    """Let a purchase count for good that was kept to the end of its return window."""
    return replace(invitation, state=InvitationState.CONFIRMED, due_at=None)


def settled(invitation: Invitation, state: InvitationState, why: str | None) -> Invitation:
    """Note what the member who brought this friend was given in the end."""
    return replace(invitation, state=state, due_at=None, why=why)
