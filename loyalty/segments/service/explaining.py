"""Why a member is in a segment or is not: each of its parts, met or not, and what there is."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from loyalty import members
from loyalty.engine import Engine
from loyalty.members import MemberStatus
from loyalty.segments import rules
from loyalty.segments.rules import Answer, Condition, Definition, Frame, Path, Portrait
from loyalty.segments.rules.words import Reader, Words, words
from loyalty.segments.service.checking import check
from loyalty.segments.service.paging import ask


@dataclass(frozen=True, slots=True)
class Finding:
    """A part of a segment, about one member: `kind` as it is named, `path` where it is.

    What joins others has no answer of its own. Inside a NOT it is better not met.
    """

    path: Path
    kind: str
    met: bool
    depth: int
    leaf: Condition | None = None
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether a member is in a segment, and each part of it; only who is ACTIVE is in any."""

    member_id: str
    is_in: bool
    status: MemberStatus
    findings: tuple[Finding, ...]
    frame: Frame

    def words(self, finding: Finding, locale: str) -> Words:
        """Say a part in words, for a BCP 47 locale."""
        reader = Reader(self.frame, locale)
        return words(finding.kind, finding.leaf, finding.answer, reader)


async def explain(
    engine: Engine, definition: Definition, member_id: str, now: datetime
) -> Explanation:
    """Tell why a member is in a segment or is not.

    Raises Refused with MemberUnknown, SegmentNamesUnknown or ProgramMissing.
    """
    await check(engine, definition)
    state = await members.require(engine, member_id)
    question = await ask(engine, definition, now)
    member, frame = await question.portrait(state), question.frame
    return Explanation(
        member_id,
        rules.matches(definition, member, frame),
        member.profile.status,
        tuple(_findings(definition, member, frame, ())),
        frame,
    )


def _findings(
    definition: Definition, member: Portrait, frame: Frame, path: Path
) -> Iterator[Finding]:
    """Go through a definition from the outside in."""
    leaf, kind = definition.leaf, definition.kind
    depth = sum(isinstance(part, int) or part == "not" for part in path)
    said = rules.answer(leaf, member, frame) if leaf else None
    met = said.met if said else rules.holds(definition, member, frame)
    yield Finding((*path, kind), kind, met, depth, leaf, said)
    for at, part in definition.inside:
        yield from _findings(part, member, frame, (*path, *at))
