"""The rules of segments: what may be asked, what the program must know, and who is in."""

# fmt: off

from loyalty.segments.rules import conditions, refusals
from loyalty.segments.rules.answers import Answer, answer, bought_as_asked, holds, matches
from loyalty.segments.rules.conditions import Condition, Engaged, days_bought
from loyalty.segments.rules.definitions import EVERYONE, Definition, Path, dump, leaves, parse, read
from loyalty.segments.rules.frames import Frame
from loyalty.segments.rules.naming import Unheard, place, unknown, unnamed
from loyalty.segments.rules.portraits import Effort, Portrait
from loyalty.segments.rules.saved import Segment, Version, Wording

__all__ = [
    "EVERYONE", "Answer", "Condition", "Definition", "Effort", "Engaged", "Frame", "Path",
    "Portrait", "Segment", "Unheard", "Version", "Wording", "answer", "bought_as_asked",
    "conditions", "days_bought", "dump", "holds", "leaves", "matches", "parse", "place", "read",
    "refusals", "unknown", "unnamed",
]
