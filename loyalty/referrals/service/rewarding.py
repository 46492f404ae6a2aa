"""Reward who brought friends: when the return window is over, once for each friend."""

from dataclasses import replace
from datetime import datetime

from loyalty import members, offers, program, sweeps, wallets
from loyalty.commands import Command, own_key
from loyalty.engine import Engine
from loyalty.members import Doing
from loyalty.mongo import Document
from loyalty.program import Version
from loyalty.referrals import rules, store
from loyalty.referrals.rules import Doubt, InvitationState
from loyalty.referrals.service.accepting import SharesDevice
from loyalty.referrals.service.counting import deny
from loyalty.states import Change, Fact, State
from loyalty.turns import Turn


async def confirm_due(engine: Engine, limit: int) -> int:
    """Let the purchases of friends count that were kept; return how many friends were seen.

    The fact that tells of it leads to `reward`.
    """
    due = await store.due_friends(engine.mongo, engine.clock(), limit)
    return await sweeps.each(due, lambda friend: engine.commits.submit(Command(friend, _confirm)))


def _confirm(state: State, now: datetime) -> Change:
    turn = Turn(state, now)
    standing = turn.of(store.STANDING)
    invitation = standing.invitation
    if invitation is None or not invitation.is_due(now):
        return turn.change()
    turn.put(store.STANDING, replace(standing, invitation=rules.confirmed(invitation)))
    turn.tell(Fact("ReferralConfirmed", {"by": invitation.by}))
    return turn.change()


async def count_friend(engine: Engine, fact: Document) -> None:
    """Count a friend who accepted a member's code, once.

    Two who accepted each other's at one moment are a ring: each is told here of the other, and
    neither came by a friend.
    """
    version = await program.find_active(engine)

    def decide(state: State, now: datetime) -> Change:
        turn = Turn(state, now)
        standing = turn.of(store.STANDING)
        turn.put(store.STANDING, replace(standing, friends=standing.friends + 1))
        invitation = standing.invitation
        if version is not None and invitation is not None and invitation.by == fact["member"]:
            wallets.settle(turn)
            deny(turn, version, Doubt.RING)
        return turn.change()

    key = own_key("referral-friend", fact["member"])
    await engine.commits.submit(Command(fact["data"]["by"], decide, key))


async def reward(engine: Engine, fact: Document, shares_device: SharesDevice) -> None:
    """Give the member who brought a friend what is due for them, once; then note it on the friend.

    Looked at again is whether the two are one person: what they said of themselves, and which
    devices they used, may have changed since the code was accepted.
    """
    friend = await members.require(engine, fact["member"])
    referrer = await members.require(engine, fact["data"]["by"])
    doubt = _doubt(friend, referrer)
    if doubt is None and await shares_device(engine, friend.member_id, referrer.member_id):
        doubt = Doubt.SAME_DEVICE
    version = await program.find_active(engine)

    def decide(state: State, now: datetime) -> Change:
        turn = Turn(state, now)
        denied = doubt or _doubt(friend, state)
        if denied is not None or version is None:
            return turn.change(state=InvitationState.DENIED.value, why=denied)
        return turn.change(**_pay(turn, version, friend.member_id))

    key = own_key("referral-reward", friend.member_id)
    outcome = await engine.commits.submit(Command(referrer.member_id, decide, key))
    await _note(engine, friend.member_id, outcome.result)


def _doubt(friend: State, referrer: State) -> Doubt | None:
    """Tell why a friend does not count, or None."""
    one, other = members.profile_of(friend), members.profile_of(referrer)
    invitation = referrer.value(store.STANDING).invitation
    if not one.may(Doing.INVITE):
        return Doubt.FRIEND_GONE
    if not other.may(Doing.INVITE):
        return Doubt.REFERRER_GONE
    if invitation is not None and invitation.by == friend.member_id:
        return Doubt.RING
    return rules.sameness(one, other)


def _pay(turn: Turn, version: Version, friend_id: str) -> Document:
    """Count a friend, and give what is due with them; tell what came of it."""
    referral, standing = version.program.referral, turn.of(store.STANDING)
    if referral is None:
        return {"state": InvitationState.DENIED.value, "why": Doubt.NOT_OFFERED.value}
    is_ambassador = standing.ambassador_since is not None
    payout = referral.payout(is_ambassador=is_ambassador)
    month = f"{version.program.place.local(turn.now):%Y-%m}"
    standing, outcome = rules.counted(standing, payout, month)
    turn.put(store.STANDING, standing)
    if outcome is InvitationState.REWARDED:
        kind = "REFERRAL_BROUGHT_MANY" if payout.every > 1 else "REFERRAL_BROUGHT"
        why = {"kind": kind, "friend": rules.pseudonym(friend_id), "friends": payout.every}
        wallets.settle(turn)
        offers.give(turn, version, payout.gives, why)
        told = {"friend": why["friend"], "ambassador": is_ambassador}
        turn.tell(Fact("ReferralRewarded", told))
    return {"state": outcome.value}


async def _note(engine: Engine, friend_id: str, result: Document) -> None:
    """Note on a friend what became of the reward for them."""

    def decide(state: State, now: datetime) -> Change:
        turn = Turn(state, now)
        standing = turn.of(store.STANDING)
        invitation = standing.invitation
        if invitation is None or invitation.state is not InvitationState.CONFIRMED:
            return turn.change()
        noted = rules.settled(invitation, InvitationState(result["state"]), result.get("why"))
        turn.put(store.STANDING, replace(standing, invitation=noted))
        return turn.change()

    await engine.commits.submit(Command(friend_id, decide))
