"""The rules of segments: what may be asked, what the program must know, and who is in."""

# fmt: off

from loyalty.segments.rules import conditions
from loyalty.segments.rules.answers import Answer, answer, bought_as_asked, matches
from loyalty.segments.rules.conditions import Condition, days_bought
from loyalty.segments.rules.definitions import EVERYONE, Definition, dump, leaves, parse
from loyalty.segments.rules.frames import Frame
from loyalty.segments.rules.portraits import Effort, Portrait

__all__ = [
    "EVERYONE", "Answer", "Condition", "Definition", "Effort", "Frame", "Portrait", "answer",
    "bought_as_asked", "conditions", "days_bought", "dump", "leaves", "matches", "parse",
]
