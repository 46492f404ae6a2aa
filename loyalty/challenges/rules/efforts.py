"""What a member has done about challenges: their part in each, achievements, and submissions."""

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import date, datetime
from unicodedata import normalize

from loyalty.challenges.rules.counting import Progress, Span
from loyalty.challenges.rules.submissions import Submission, still_shown
from loyalty.errors import BadInput
from loyalty.program import terms
from loyalty.values import value

ALIAS_LIMIT = 30


@value
class Participation:
    """A member's part in one challenge: since when, where they joined, and each period.

    With an `alias` they stand on its leaderboard, under that name.
    """

    joined_at: datetime | None = None
    periods: Mapping[str, Progress] = field(default_factory=dict)
    alias: str | None = None

    def takes_part(self, challenge: terms.Challenge, at: datetime) -> bool:
        """Tell whether what the member did at an instant counts."""
        if challenge.joining is terms.ChallengeJoining.AUTOMATIC:
            return True
        return self.joined_at is not None and self.joined_at <= at

    def left(self) -> "Participation":
        """Take the member out: what was counted is gone, what was given is remembered."""
        periods = self.periods.items()
        return Participation(
            periods={key: replace(progress, count=0, seen={}) for key, progress in periods}
        )

    def remembered(self, today: date) -> "Participation":
        """Forget the periods in which nothing counts any more."""
        periods = {
            key: progress
            for key, progress in self.periods.items()
            if not Span(key, last=progress.last).is_forgotten(today)
        }
        return replace(self, periods=periods)


@value
class Achievement:
    """The permanent record that a level of a challenge was reached: how often, first and last."""

    challenge: str
    level: str
    times: int
    first_at: datetime
    last_at: datetime


@value
class Efforts:
    """All that a member has done about challenges."""

    parts: Mapping[str, Participation] = field(default_factory=dict)
    achievements: tuple[Achievement, ...] = ()
    submissions: tuple[Submission, ...] = ()

    def part(self, challenge: str) -> Participation:
        """Give the member's part in a challenge."""
        return self.parts.get(challenge) or Participation()

    def progress(self, challenge: str, span: Span) -> Progress:
        """Give how far the member is in a period."""
        return self.part(challenge).periods.get(span.key) or Progress(last=span.last)

    def with_part(self, challenge: str, part: Participation) -> "Efforts":
        """Put a newer part in its place."""
        return replace(self, parts={**self.parts, challenge: part})

    def with_progress(self, challenge: str, span: Span, progress: Progress) -> "Efforts":
        """Put newer progress in its place."""
        part = self.part(challenge)
        periods = {**part.periods, span.key: replace(progress, last=span.last)}
        return self.with_part(challenge, replace(part, periods=periods))

    def achieved(self, challenge: str, level: str, at: datetime) -> "Efforts":
        """Add to the permanent record that a level was reached once more."""
        same = [a for a in self.achievements if (a.challenge, a.level) == (challenge, level)]
        others = tuple(a for a in self.achievements if a not in same)
        before = same[0] if same else Achievement(challenge, level, 0, at, at)
        now = replace(
            before,
            times=before.times + 1,
            first_at=min(before.first_at, at),
            last_at=max(before.last_at, at),
        )
        return replace(self, achievements=(*others, now))

    def remembered(self, today: date) -> "Efforts":
        """Forget what can count no more; achievements stay."""
        parts = {name: part.remembered(today) for name, part in self.parts.items()}
        kept = {name: part for name, part in parts.items() if part != Participation()}
        return replace(self, parts=kept, submissions=still_shown(self.submissions, today))


def check_alias(alias: str) -> str:
    """Give a name for leaderboards without the blanks around it. Raises BadInput."""
    name = alias.strip()
    if not 2 <= len(name) <= ALIAS_LIMIT or not name.isprintable():
        raise BadInput(f"2 to {ALIAS_LIMIT} letters and signs on one line", ("alias",))
    return name


def read_as(alias: str) -> str:
    """Give a name as it is compared: by its letters, not their capitals, widths or blanks."""
    return " ".join(normalize("NFKC", alias).casefold().split())
