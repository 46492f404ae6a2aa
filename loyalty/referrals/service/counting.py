"""What a friend's purchase and its return bring about, within their commit."""

from dataclasses import replace

from loyalty import offers
from loyalty.program import Activity, Purchase, Version, Who
from loyalty.referrals import rules, store
from loyalty.referrals.rules import Doubt, InvitationState
from loyalty.states import Fact
from loyalty.turns import Turn

_WHY = {"kind": "REFERRAL_INVITED"}


def after(turn: Turn, version: Version, activity: Activity, who: Who) -> None:
    """Let a friend's first purchase that suits count, and give the friend what is promised.

    One of before the code was accepted, such as a receipt claimed later, shows that the friend was
    no newcomer.
    """
    referral, standing = version.program.referral, turn.of(store.STANDING)
    invitation = standing.invitation
    if referral is None or invitation is None or not isinstance(activity, Purchase):
        return
    if activity.occurred_at < invitation.accepted_at:
        deny(turn, version, Doubt.BOUGHT_BEFORE)
        return
    counting = rules.qualified(invitation, referral, activity, version.program.place, who)
    if counting is None:
        return
    turn.put(store.STANDING, replace(standing, invitation=counting))
    turn.tell(Fact("ReferralQualified", {"by": invitation.by, "due_at": counting.due_at}))
    if invitation.thanked_for is None:
        offers.give(turn, version, referral.friend, _WHY)


def deny(turn: Turn, version: Version, doubt: Doubt) -> None:
    """Let a friend's invitation come to nothing, unless it was decided on before.

    What it brought the friend is taken back: points by the policy of their currency, an offer while
    it is unused.
    """
    referral, standing = version.program.referral, turn.of(store.STANDING)
    invitation = standing.invitation
    if referral is None or invitation is None or not invitation.is_undecided:
        return
    if invitation.thanked_for is not None:
        offers.take_back(turn, version, referral.friend, _WHY)
    denied = rules.settled(invitation, InvitationState.DENIED, doubt)
    turn.put(store.STANDING, replace(standing, invitation=denied))


def undo(turn: Turn, version: Version, left: Purchase) -> None:
    """Look again at the purchase that counts when a part of it was returned in its window.

    Where it counts no more, what it brought the friend is taken back; another purchase brings it
    again, but not where something of it was used and stays. `left` is the purchase without what
    was returned, `version` the one it was counted under.
    """
    referral, standing = version.program.referral, turn.of(store.STANDING)
    invitation = standing.invitation
    if referral is None or invitation is None or not invitation.is_open(turn.now):
        return
    if invitation.purchase == rules.name_of(left):
        undone = rules.undone(invitation, referral, left, version.program.place)
        if undone is not None:
            if undone.thanked_for == invitation.purchase and offers.take_back(
                turn, version, referral.friend, _WHY
            ):
                undone = replace(undone, thanked_for=None)
            turn.put(store.STANDING, replace(standing, invitation=undone))
