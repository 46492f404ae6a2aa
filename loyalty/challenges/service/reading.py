"""Where a member stands in each challenge they may see, and what they have achieved for ever."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from loyalty import messages
from loyalty.challenges import rules, store
from loyalty.challenges.rules import Achievement, Efforts, Progress, Span, Submission
from loyalty.challenges.service.counting import local_day
from loyalty.engine import Engine
from loyalty.program import Program, Version, Who, terms
from loyalty.states import State


@dataclass(frozen=True, slots=True)
class Mark:
    """A level as a member stands to it: what it asks for as it is counted, how often reached."""

    level: terms.Level
    target: int
    times: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A member's place in one challenge; `have` is what counts now, in the unit of the targets.

    `joined` tells whether what they do counts, `alias` how others see them on the leaderboard;
    `ends_at` is an instant (naive UTC).
    """

    challenge: terms.Challenge
    span: Span
    have: int
    marks: tuple[Mark, ...]
    joined: bool
    joined_at: datetime | None
    alias: str | None
    ends_at: datetime | None
    progress: Progress
    submissions: tuple[Submission, ...]

    @property
    def next_mark(self) -> Mark | None:
        """Give the next level to reach; None when all are, unless the challenge repeats."""
        if self.challenge.repeats:
            return self.marks[0]
        return next((mark for mark in self.marks if not mark.times), None)

    @property
    def target(self) -> int:
        """Give how far the next level is, or the last one when all are reached."""
        if self.challenge.repeats:
            return self.marks[0].target * (self.marks[0].times + 1)
        return (self.next_mark or self.marks[-1]).target

    @property
    def levels_passed(self) -> int:
        """Give how many levels are behind by what counts now, however often one was given."""
        if self.challenge.repeats:
            return self.have // self.marks[0].target
        return sum(mark.target <= self.have for mark in self.marks)

    @property
    def missing(self) -> int:
        """Give what is missing to the next level, at least 0."""
        return max(0, self.target - self.have) if self.next_mark else 0

    def asks(self, program: Program, locale: str) -> str:
        """Say what is missing, such as two more visits."""
        return rules.asks(self.challenge, self.missing, program, locale)

    def way(self, program: Program, locale: str) -> str:
        """Say in one sentence what is missing, until when, and to what."""
        mark = self.next_mark
        name = (mark.level.name if mark else None) or self.challenge.name
        goal = name.in_language(locale, program.default_language)
        if mark is None or not self.missing:
            return messages.render("CHALLENGE_DONE", locale, goal=goal)
        kind = "CHALLENGE_WAY" if self.span.last is None else "CHALLENGE_WAY_UNTIL"
        facts = {"what": self.asks(program, locale), "goal": goal, "until": self.span.last}
        said = messages.render(kind, locale, **facts)
        return said[0].upper() + said[1:]


async def prepare(engine: Engine) -> None:
    """Create the indexes."""
    await store.prepare(engine.mongo)


def standings(state: State, version: Version, who: Who, now: datetime) -> list[Standing]:
    """Show every challenge that is not over and that can count for the member, in order."""
    efforts = state.value(store.EFFORTS)
    today = local_day(version, now)
    found = []
    for challenge in version.program.challenges:
        span = rules.next_span(challenge, today)
        if span is not None and rules.may_see(challenge, who):
            found.append(_standing(efforts, version.program, challenge, span, now))
    return found


def standing(state: State, program: Program, challenge_id: str, now: datetime) -> Standing | None:
    """Show one challenge in its period of now, whoever it is for; None where there is none."""
    challenge = program.challenge(challenge_id)
    span = rules.next_span(challenge, program.place.day(now)) if challenge else None
    if challenge is None or span is None:
        return None
    return _standing(state.value(store.EFFORTS), program, challenge, span, now)


def _standing(
    efforts: Efforts, program: Program, challenge: terms.Challenge, span: Span, now: datetime
) -> Standing:
    part, progress = efforts.part(challenge.id), efforts.progress(challenge.id, span)
    targets = challenge.marks(program.exponent)
    return Standing(
        challenge=challenge,
        span=span,
        have=rules.shown(challenge, progress, program.place.day(now)),
        marks=tuple(
            Mark(level, target, progress.given.get(level.id, 0))
            for level, target in zip(challenge.steps, targets, strict=True)
        ),
        joined=part.takes_part(challenge, now),
        joined_at=part.joined_at,
        alias=part.alias,
        ends_at=rules.ends_at(span, program),
        progress=progress,
        submissions=tuple(
            one
            for one in efforts.submissions
            if (one.challenge, one.period) == (challenge.id, span.key)
        ),
    )


def achievements(state: State) -> Sequence[Achievement]:
    """List the levels a member ever reached, the last one first."""
    found = state.value(store.EFFORTS).achievements
    return sorted(found, key=lambda one: one.last_at, reverse=True)
