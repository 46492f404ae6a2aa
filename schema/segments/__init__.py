"""Segments in the graph: who is meant, how many they are, and why somebody is or is not."""

from schema.segments.inputs import SegmentDefinitionInput, read_definition, show_definition
from schema.segments.warnings import WARNINGS, SegmentWarning, show_warnings

__all__ = [
    "WARNINGS",
    "SegmentDefinitionInput",
    "SegmentWarning",
    "read_definition",
    "show_definition",
    "show_warnings",
]
