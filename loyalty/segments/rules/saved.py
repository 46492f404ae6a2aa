"""Segments that are kept by name, with what they were before; whoever uses one copies its words."""

from dataclasses import dataclass
from datetime import datetime

from loyalty.errors import BadInput
from loyalty.segments.rules.definitions import Definition

NAME_LIMIT = 100
VERSIONS_KEPT = 50


@dataclass(frozen=True, slots=True)
class Version:
    """A segment as somebody wrote it: its number counts up from 1; naive UTC."""

    number: int
    name: str
    definition: Definition
    written_at: datetime
    written_by: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment and its last versions, the oldest first; the newest of them is what it is now."""

    id: str
    versions: tuple[Version, ...]
    created_at: datetime

    @property
    def now(self) -> Version:
        """Give what it is now."""
        return self.versions[-1]


@dataclass(frozen=True, slots=True)
class Wording:
    """What a segment is to be from now on, by who read the version of this `number`."""

    number: int
    name: str
    definition: Definition


def checked_name(name: str) -> str:
    """Give a name without blanks around it. Raises BadInput."""
    shown = name.strip()
    if not 1 <= len(shown) <= NAME_LIMIT or not shown.isprintable():
        raise BadInput(f"1 to {NAME_LIMIT} letters and signs on one line", ("name",))
    return shown
