"""The verbs of segments: who is in one, and why."""

from loyalty.segments.service.paging import matches, page

__all__ = ["matches", "page"]
