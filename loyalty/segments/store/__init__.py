"""Segments in MongoDB: stages over members' documents, members read, segments kept by name."""

from loyalty.segments.store import recipients, saved, stages

__all__ = ["recipients", "saved", "stages"]
