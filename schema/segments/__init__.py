"""Segments in the graph: who is meant, how many they are, and why somebody is or is not."""

from schema.segments.inputs import SegmentDefinitionInput, read_definition, show_definition

__all__ = ["SegmentDefinitionInput", "read_definition", "show_definition"]
