"""Members in the graph: as they are shown, and what each door asks and does about them."""

from schema.members.app import AppMemberMutation, AppMemberQuery
from schema.members.people import Member, find_member
from schema.members.preferences import AppPreferenceMutation
from schema.members.staff import StaffMemberMutation, StaffMemberQuery
from schema.members.statuses import AppStatusMutation, StaffStatusMutation

__all__ = [
    "AppMemberMutation",
    "AppMemberQuery",
    "AppPreferenceMutation",
    "AppStatusMutation",
    "Member",
    "StaffMemberMutation",
    "StaffMemberQuery",
    "StaffStatusMutation",
    "find_member",
]
