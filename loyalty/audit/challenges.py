"""What the entries and the records of achievements say of challenges: each level once in a period.

Levels that give offers alone leave no entry; they are proved by the records of achievements.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from loyalty.audit.rules import Finding
from loyalty.mongo import Document

KINDS = ("CHALLENGE", "CHALLENGE_LEVEL")
NAMES = ("challenge", "level", "period", "time")

Given = tuple[str, ...]


@dataclass(slots=True)
class Rewards:
    """The levels for which a member was given something, from the first record to the last."""

    given: set[Given] = field(default_factory=set)

    def read(self, record: Document) -> Iterator[Finding]:
        """Read what one record gave; one commit gives everything that a level promises."""
        explained = (entry.get("explanation", {}) for entry in record["entries"])
        now = {
            tuple(str(facts[name]) for name in NAMES)
            for facts in explained
            if facts.get("kind") in KINDS
        }
        for twice in sorted(now & self.given):
            yield "levels_are_given_once", f"{' '.join(twice)} was given before"
        self.given |= now

    def compare(self, section: Document) -> Iterator[Finding]:
        """Compare with the record of achievements: nothing is given that was not achieved."""
        achieved = {
            (one["challenge"], one["level"]): one["times"]
            for one in section.get("achievements", ())
        }
        for level, times in Counter(given[:2] for given in self.given).items():
            if times > achieved.get((level[0], level[1]), 0):
                yield "what_is_given_was_achieved", f"{' '.join(level)} was given {times} times"
        for name, part in section.get("parts", {}).items():
            for key, progress in part.get("periods", {}).items():
                for reached, times in progress.get("given", {}).items():
                    if times > achieved.get((name, reached), 0):
                        yield "achievements_are_for_ever", f"{name} {key}: {reached} is not there"
