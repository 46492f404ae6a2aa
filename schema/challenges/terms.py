"""Challenges as the program declares them, shown to everybody; not how far one member is."""

from datetime import date

import strawberry

from loyalty.money import exponent
from loyalty.program import Program as Definition
from loyalty.program import terms
from schema.context import Reader
from schema.enums import ChallengeCriterion, ChallengeJoining, ChallengePeriod, ChallengeUnit
from schema.grants import Grant, show_grant
from schema.scalars import Money, Points, money


@strawberry.type(description="A mark on the way of a challenge.")
class ChallengeLevel:
    """A mark on the way."""

    id: strawberry.ID = strawberry.field(description="Its id, unique in the challenge.")
    name: str = strawberry.field(
        description="Its name, or that of the challenge where it has none, in the reader's "
        "language."
    )
    target: Points = strawberry.field(
        description="How far it is, in the unit of the challenge; minor units of money for SPEND."
    )
    target_money: Money | None = strawberry.field(
        description="How far it is as money; only for SPEND."
    )
    grants: list[Grant] = strawberry.field(description="What reaching it gives.")
    badge: str | None = strawberry.field(
        description="The badge one wears from then on, in the reader's language; null for none."
    )


@strawberry.type(description="A goal, and what reaching it gives.")
class Challenge:
    """A goal."""

    term: strawberry.Private[terms.Challenge]
    program: strawberry.Private[Definition]
    reader: strawberry.Private[Reader]

    @strawberry.field(description="Its id in the program.")
    def id(self) -> strawberry.ID:
        """Give the id."""
        return strawberry.ID(self.term.id)

    @strawberry.field(description="Its name, in the reader's language.")
    def name(self) -> str:
        """Give the name."""
        return self.reader.text(self.term.name)

    @strawberry.field(description="More about it, in the reader's language; null where no more is.")
    def description(self) -> str | None:
        """Describe it."""
        return self.reader.text(self.term.description) if self.term.description else None

    @strawberry.field(description="How what one does becomes one number.")
    def criterion(self) -> ChallengeCriterion:
        """Give the criterion."""
        return self.term.criterion

    @strawberry.field(
        description="What it adds up, tells apart or counts in a row; null for a COUNT."
    )
    def unit(self) -> ChallengeUnit | None:
        """Give the unit."""
        return self.term.of

    @strawberry.field(description="Its levels, lowest first; at least one.")
    def levels(self) -> list[ChallengeLevel]:
        """Show the levels."""
        return [show_level(self, level) for level in self.term.steps]

    @strawberry.field(
        description="The time after which it starts anew; null where it runs but once."
    )
    def period(self) -> ChallengePeriod | None:
        """Give the period."""
        return self.term.period

    @strawberry.field(
        description="First day, in the program's time zone; null where it always was on."
    )
    def starts_on(self) -> date | None:
        """Give the first day."""
        return self.term.starts_on

    @strawberry.field(description="Last day, in the program's time zone; null where none is set.")
    def ends_on(self) -> date | None:
        """Give the last day."""
        return self.term.ends_on

    @strawberry.field(description="Who takes part.")
    def joining(self) -> ChallengeJoining:
        """Tell who."""
        return self.term.joining

    @strawberry.field(description="Whether it can be reached again and again within a period.")
    def repeats(self) -> bool:
        """Tell whether it repeats."""
        return self.term.repeats

    @strawberry.field(description="Whether those who want to are ranked by it.")
    def has_leaderboard(self) -> bool:
        """Tell whether there is a leaderboard."""
        return self.term.leaderboard

    @strawberry.field(
        description="How many things one may submit in a period; null where nothing is submitted."
    )
    def submissions_per_period(self) -> int | None:
        """Give the limit."""
        return self.term.submissions.per_period if self.term.submissions else None


def show_level(shown: Challenge, level: terms.Level) -> ChallengeLevel:
    """Show a level of a challenge."""
    term, code, reader = shown.term, shown.program.money, shown.reader
    mark = terms.minor_units(level.target, exponent(code)) if term.is_money else int(level.target)
    return ChallengeLevel(
        id=strawberry.ID(level.id),
        name=reader.text(level.name or term.name),
        target=Points(mark),
        target_money=money(mark, code) if term.is_money else None,
        grants=[show_grant(grant, code) for grant in level.grants],
        badge=reader.text(level.badge) if level.badge else None,
    )


def show_challenge(challenge: terms.Challenge, program: Definition, reader: Reader) -> Challenge:
    """Show a challenge."""
    return Challenge(term=challenge, program=program, reader=reader)
