"""Activities in the graph: what is reported of members, and what they claim themselves."""

from schema.activities.receipts import AppActivityMutation
from schema.activities.staff import StaffActivityMutation

__all__ = ["AppActivityMutation", "StaffActivityMutation"]
