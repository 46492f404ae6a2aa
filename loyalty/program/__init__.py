"""The program: its terms and conditions as data, and its versions."""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from loyalty.program import rules as terms
from loyalty.program.rules import (
    Activity, Event, Line, NudgeTrigger, Problem, Program, Purchase, VersionStatus, Visit, Who,
    line_bases,
)
from loyalty.program.service import (
    ProgramInvalid, ProgramMissing, VersionUnknown, activate, active, find_active, parse, publish,
    save_draft, version, versions, walk_versions,
)
from loyalty.program.store import Version

__all__ = [
    "Activity", "Event", "Line", "NudgeTrigger", "Problem", "Program", "ProgramInvalid",
    "ProgramMissing", "Purchase", "Version", "VersionStatus", "VersionUnknown", "Visit", "Who",
    "activate", "active", "find_active", "line_bases", "parse", "publish", "save_draft", "terms",
    "version", "versions", "walk_versions",
]
