"""The verbs of referral: what members, staff and the clock do, and what purchases bring about."""

# fmt: off

from loyalty.referrals.service.accepting import Guards, accept, check_code
from loyalty.referrals.service.codes import appoint, code_of, dismiss
from loyalty.referrals.service.counting import after, undo
from loyalty.referrals.service.reading import friends_of, prepare, standing_of
from loyalty.referrals.service.rewarding import confirm_due, count_friend, reward

__all__ = [
    "Guards", "accept", "after", "appoint", "check_code", "code_of", "confirm_due", "count_friend",
    "dismiss", "friends_of", "prepare", "reward", "standing_of", "undo",
]
