"""Friends in the graph: codes to share, what came of them, and ambassadors."""

from schema.referrals.accepting import AppReferralMutation, enrol_friend
from schema.referrals.ambassadors import StaffReferralMutation
from schema.referrals.standings import MemberReferral, show_referral

__all__ = [
    "AppReferralMutation",
    "MemberReferral",
    "StaffReferralMutation",
    "enrol_friend",
    "show_referral",
]
