"""Activities in the graph: what the shop's systems report of members."""

from schema.activities.staff import StaffActivityMutation

__all__ = ["StaffActivityMutation"]
