"""Members: who takes part, and what they agreed to."""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from loyalty.members.rules import (
    Channel, Consent, Doing, IdentityTaken, MemberCodeExpired, MemberCodeForged, MemberStatus,
    Profile, ProfileInput, Purpose,
)
from loyalty.members.service import (
    Enrolled, Enrolment, contact, count, enrol, enrol_many, find, find_by_external_id, find_id,
    labels, may, must_be_free, newest, prepare, require, set_consents, statuses,
    update_profile, watch,
)
from loyalty.members.store import profile_of

__all__ = [
    "Channel", "Consent", "Doing", "Enrolled", "Enrolment", "IdentityTaken", "MemberCodeExpired",
    "MemberCodeForged", "MemberStatus", "Profile", "ProfileInput", "Purpose", "contact", "count",
    "enrol", "enrol_many", "find", "find_by_external_id", "find_id", "labels", "may",
    "must_be_free", "newest", "prepare", "profile_of", "require", "set_consents", "statuses",
    "update_profile", "watch",
]
