"""Segments in the graph: who is meant, how many they are, and why somebody is or is not."""

from schema.segments.inputs import SegmentDefinitionInput, read_definition, show_definition
from schema.segments.shown import show_segment
from schema.segments.staff import StaffSegmentMutation, StaffSegmentQuery

__all__ = [
    "SegmentDefinitionInput",
    "StaffSegmentMutation",
    "StaffSegmentQuery",
    "read_definition",
    "show_definition",
    "show_segment",
]
