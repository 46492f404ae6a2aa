"""Accept somebody's code: as a person who joins, or in the app soon after."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from loyalty import members, program
from loyalty.commands import Command
from loyalty.engine import Engine
from loyalty.errors import Refused
from loyalty.members import Doing
from loyalty.program import terms
from loyalty.referrals import rules, store
from loyalty.referrals.rules import (
    Doubt,
    Invitation,
    Reachable,
    ReferralAcceptedBefore,
    ReferralCodeUnknown,
    ReferralInRing,
    ReferralNotOffered,
    ReferralToSelf,
)
from loyalty.states import Change, Fact, State
from loyalty.turns import Turn

SharesDevice = Callable[[Engine, str, str], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Guards:
    """What higher nouns know: how often somebody bought, and whether two ever shared a device."""

    purchases: Callable[[State], int]
    shares_device: SharesDevice


async def check_code(engine: Engine, code: str, person: Reachable) -> None:
    """Refuse a code with which a person cannot join, before anything is written.

    Raises Refused with ReferralNotOffered, ReferralCodeUnknown, ReferralToSelf.
    """
    await offered(engine)
    owner = await _owner(engine, code)
    rules.check_person(person, members.profile_of(owner))


async def accept(engine: Engine, member_id: str, code: str, guards: Guards) -> State:
    """Note whose code brought a member; accepted again it is the same.

    Raises Refused with MemberUnknown, MemberNotActive, ReferralNotOffered, ReferralCodeUnknown,
    ReferralToSelf, ReferralInRing, ReferralAcceptedBefore, ReferralTooLate, ReferralNotNew.
    """
    referral = await offered(engine)
    owner = await _owner(engine, code)
    same_device = await guards.shares_device(engine, member_id, owner.member_id)

    def decide(state: State, now: datetime) -> Change:
        members.must_be_free(state, Doing.INVITE)
        turn = Turn(state, now)
        standing = turn.of(store.STANDING)
        if standing.invitation is not None and standing.invitation.by == owner.member_id:
            return turn.change()
        if standing.invitation is not None:
            raise Refused(ReferralAcceptedBefore(standing.invitation.code))
        _check_pair(state, owner, code)
        if same_device:
            raise Refused(ReferralToSelf(Doubt.SAME_DEVICE))
        enrolled_at = members.profile_of(state).enrolled_at
        rules.check_newcomer(enrolled_at, guards.purchases(state), referral, now)
        invitation = Invitation(owner.member_id, rules.written(code), now)
        turn.put(store.STANDING, replace(standing, invitation=invitation))
        turn.tell(Fact("ReferralAccepted", {"by": owner.member_id, "code": invitation.code}))
        return turn.change()

    return (await engine.commits.submit(Command(member_id, decide))).state


async def offered(engine: Engine) -> terms.Referral:
    """Give the terms of referral in force. Raises Refused(ReferralNotOffered)."""
    version = await program.find_active(engine)
    if version is None or version.program.referral is None:
        raise Refused(ReferralNotOffered())
    return version.program.referral


async def _owner(engine: Engine, code: str) -> State:
    """Find the member that a code leads to, who takes part. Raises Refused."""
    owner_id = await store.owner_of(engine.mongo, rules.written(code))
    owner = await members.find(engine, owner_id) if owner_id else None
    if owner is None or not members.may(owner, Doing.INVITE):
        raise Refused(ReferralCodeUnknown(code))
    return owner


def _check_pair(friend: State, owner: State, code: str) -> None:
    """Refuse two who are one person, or who bring each other. Raises Refused."""
    if friend.member_id == owner.member_id:
        raise Refused(ReferralToSelf(Doubt.SAME_MEMBER))
    rules.check_person(members.profile_of(friend), members.profile_of(owner))
    invitation = owner.value(store.STANDING).invitation
    if invitation is not None and invitation.by == friend.member_id:
        raise Refused(ReferralInRing(code))
