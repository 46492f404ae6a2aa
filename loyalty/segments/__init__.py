"""Segments: which members are meant, said as data, and why each of them is or is not."""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from loyalty.segments.rules import (
    EVERYONE, Definition, Engaged, Segment, Unheard, Version, Wording, dump, parse, read, refusals,
)
from loyalty.segments.service import (
    Explanation, Finding, Preview, check, explain, matches, page, prepare, preview, saving,
    unheard,
)

__all__ = [
    "EVERYONE", "Definition", "Engaged", "Explanation", "Finding", "Preview", "Segment", "Unheard",
    "Version", "Wording", "check", "dump", "explain", "matches", "page", "parse", "prepare",
    "preview", "read", "refusals", "saving", "unheard",
]
