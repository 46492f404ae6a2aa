"""What a segment is refused for, with the facts."""

from dataclasses import dataclass

from loyalty.errors import Refusal


@dataclass(frozen=True, slots=True)
class SegmentNamesUnknown(Refusal):
    """A segment names what the program does not know: `condition` is what asks for it, and where.

    The `place` is its path in the definition, such as all.0.tier.
    """

    condition: str
    name: str
    place: str


@dataclass(frozen=True, slots=True)
class SegmentUnknown(Refusal):
    """There is no segment with this id, or it was deleted."""

    segment_id: str


@dataclass(frozen=True, slots=True)
class SegmentNameTaken(Refusal):
    """Another segment has this name."""

    name: str


@dataclass(frozen=True, slots=True)
class SegmentChanged(Refusal):
    """Somebody changed the segment since it was read: `version` is the one it has now."""

    segment_id: str
    version: int
