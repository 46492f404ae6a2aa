"""Members are suspended, reinstated and closed: in one commit with everything else of theirs.

Who said so, when and why stands in the record of the commit and on the profile. What else hangs on
a status (phones, leaderboards, seats) follows by the fact.
"""

from dataclasses import dataclass
from datetime import datetime

from loyalty.commands import Command, Outcome, check_key, check_reason, hash_input
from loyalty.engine import Engine
from loyalty.members import rules, store
from loyalty.members.rules import (
    LEADS_TO,
    LETS,
    Doing,
    MemberCannotBecome,
    MemberStatus,
    StatusChange,
    must_lead_to,
)
from loyalty.states import Change, Fact, State

__all__ = [
    "LEADS_TO",
    "LETS",
    "MemberCannotBecome",
    "Ruling",
    "StatusChange",
    "close",
    "may",
    "must_be_free",
    "must_lead_to",
    "reinstate",
    "suspend",
]

_TOLD = {
    MemberStatus.ACTIVE: "MemberReinstated",
    MemberStatus.SUSPENDED: "MemberSuspended",
    MemberStatus.CLOSED: "MemberClosed",
}


@dataclass(frozen=True, slots=True)
class Ruling:
    """What is said about whether a member takes part: whose part, why, and who says so."""

    member_id: str
    key: str
    reason: str
    actor: str


async def suspend(engine: Engine, wanted: Ruling) -> Outcome:
    """Let a member take no part for now: what they hold stays, and runs out by its terms.

    Raises BadInput; Refused with MemberCannotBecome, MemberUnknown or KeyReused; Unavailable.
    """
    return await _rule(engine, wanted, MemberStatus.SUSPENDED)


async def reinstate(engine: Engine, wanted: Ruling) -> Outcome:
    """Let a member take part again who was suspended or left. Raises as `suspend`."""
    return await _rule(engine, wanted, MemberStatus.ACTIVE)


async def close(engine: Engine, wanted: Ruling) -> Outcome:
    """End a membership: what is held can be used no more, and runs out. Raises as `suspend`."""
    return await _rule(engine, wanted, MemberStatus.CLOSED)


async def _rule(engine: Engine, wanted: Ruling, status: MemberStatus) -> Outcome:
    check_key(wanted.key)
    check_reason(wanted.reason)

    def decide(state: State, now: datetime) -> Change:
        profile = store.profile_of(state)
        must_lead_to(state.member_id, profile.status, status)
        change = StatusChange(status, now, wanted.actor, wanted.reason)
        told = {"status": status.value, "was": profile.status.value}
        return Change(
            sections={store.SECTION: store.to_document(rules.standing(profile, change))},
            facts=[Fact(_TOLD[status], told)],
            result={**told, "actor": wanted.actor, "reason": wanted.reason},
        )

    fingerprint = hash_input(verb=_TOLD[status], reason=wanted.reason)
    return await engine.commits.submit(Command(wanted.member_id, decide, wanted.key, fingerprint))


def may(state: State, doing: Doing) -> bool:
    """Tell whether a member's status lets something happen."""
    return rules.may(store.status_of(state), doing)


def must_be_free(state: State, doing: Doing) -> None:
    """Refuse what a member's status does not let happen. Raises Refused(MemberNotActive)."""
    rules.must_be_free(state.member_id, store.status_of(state), doing)
