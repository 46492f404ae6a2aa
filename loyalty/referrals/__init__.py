"""Referrals: members who bring friends, and what both are given for it."""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from loyalty.referrals.rules import (
    Invitation, InvitationState, ReferralAcceptedBefore, ReferralCodeTaken, ReferralCodeUnknown,
    ReferralInRing, ReferralNotNew, ReferralNotOffered, ReferralTooLate, ReferralToSelf, Standing,
    pseudonym,
)
from loyalty.referrals.service import (
    Guards, accept, after, appoint, check_code, code_of, confirm_due, count_friend, dismiss,
    friends_of, prepare, reward, standing_of, undo,
)

__all__ = [
    "Guards", "Invitation", "InvitationState", "ReferralAcceptedBefore", "ReferralCodeTaken",
    "ReferralCodeUnknown", "ReferralInRing", "ReferralNotNew", "ReferralNotOffered",
    "ReferralToSelf", "ReferralTooLate", "Standing", "accept", "after", "appoint", "check_code",
    "code_of", "confirm_due", "count_friend", "dismiss", "friends_of", "prepare", "pseudonym",
    "reward", "standing_of", "undo",
]
