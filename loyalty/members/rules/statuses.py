"""What a member may do by their status, and which status may follow which: tables, and no prose.

docs/members.md shows them to shops; a test holds page and tables together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from loyalty.errors import MemberNotActive, Refusal, Refused

CHANGES_KEPT = 20
"""So many changes of a status stand on the profile; every one of them stays in the ledger."""


class MemberStatus(StrEnum):
    """Say whether a member takes part."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    CLOSED = "CLOSED"
    ERASED = "ERASED"


class Doing(StrEnum):
    """Name what a status decides on; all else goes on whatever it is, refunds and expiry too."""

    EARN = "EARN"
    SPEND = "SPEND"
    RECEIVE = "RECEIVE"
    COMPETE = "COMPETE"
    INVITE = "INVITE"
    HEAR = "HEAR"
    KEEP = "KEEP"


LETS: Mapping[MemberStatus, frozenset[Doing]] = {
    MemberStatus.ACTIVE: frozenset(Doing),
    MemberStatus.SUSPENDED: frozenset({Doing.KEEP}),
    MemberStatus.CLOSED: frozenset(),
    MemberStatus.ERASED: frozenset(),
}

LEADS_TO: Mapping[MemberStatus, frozenset[MemberStatus]] = {
    MemberStatus.ACTIVE: frozenset({MemberStatus.SUSPENDED, MemberStatus.CLOSED}),
    MemberStatus.SUSPENDED: frozenset({MemberStatus.ACTIVE, MemberStatus.CLOSED}),
    MemberStatus.CLOSED: frozenset({MemberStatus.ACTIVE}),
    MemberStatus.ERASED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class MemberCannotBecome(Refusal):
    """The member's `status` does not lead to the `wanted` one; it may be that already."""

    member_id: str
    status: str
    wanted: str


@dataclass(frozen=True, slots=True)
class StatusChange:
    """When a member came to a status, who said so, and why."""

    status: MemberStatus
    at: datetime
    actor: str
    reason: str


def may(status: MemberStatus, doing: Doing) -> bool:
    """Tell whether a status lets something happen."""
    return doing in LETS[status]


def must_be_free(member_id: str, status: MemberStatus, doing: Doing) -> None:
    """Refuse what a member's status does not let happen. Raises Refused(MemberNotActive)."""
    if doing not in LETS[status]:
        raise Refused(MemberNotActive(member_id, status.value))


def must_lead_to(member_id: str, status: MemberStatus, wanted: MemberStatus) -> None:
    """Refuse a status that may not follow. Raises Refused(MemberCannotBecome)."""
    if wanted not in LEADS_TO[status]:
        raise Refused(MemberCannotBecome(member_id, status.value, wanted.value))
