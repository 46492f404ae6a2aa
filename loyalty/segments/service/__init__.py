"""The verbs of segments: who is in one, how many, why; and segments that are kept by name."""

from loyalty.segments.service import saving
from loyalty.segments.service.checking import check, unheard
from loyalty.segments.service.explaining import Explanation, Finding, explain
from loyalty.segments.service.paging import matches, page
from loyalty.segments.service.previewing import Preview, preview
from loyalty.segments.service.saving import prepare

__all__ = [
    "Explanation",
    "Finding",
    "Preview",
    "check",
    "explain",
    "matches",
    "page",
    "prepare",
    "preview",
    "saving",
    "unheard",
]
