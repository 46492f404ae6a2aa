"""Who a member is, and what their status lets happen; pure."""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from loyalty.members.rules.contact import Engagement, Preferences, preferences
from loyalty.members.rules.profiles import (
    CONSENTS_KEPT, Channel, Consent, Hearing, IdentityTaken, MemberCodeExpired, MemberCodeForged,
    Profile, ProfileInput, Purpose, check, check_consents, consented, labelled, marks, news,
    standing, updated, when_said,
)
from loyalty.members.rules.statuses import (
    Doing, LEADS_TO, LETS, MemberCannotBecome, MemberStatus, StatusChange, may, must_be_free,
    must_lead_to,
)

__all__ = [
    "CONSENTS_KEPT", "LEADS_TO", "LETS", "Channel", "Consent", "Doing", "Engagement",
    "Hearing", "IdentityTaken", "MemberCannotBecome", "MemberCodeExpired", "MemberCodeForged",
    "MemberStatus", "Preferences", "Profile", "ProfileInput", "Purpose", "StatusChange", "check",
    "check_consents", "consented", "labelled", "marks", "may", "must_be_free", "must_lead_to",
    "news", "preferences", "standing", "updated", "when_said",
]
