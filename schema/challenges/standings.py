"""How far a member is in each challenge, what they achieved for ever, and who is ahead."""

from datetime import datetime
from typing import Annotated

import strawberry

from loyalty import activities, challenges
from loyalty.challenges import Place, Standing
from loyalty.challenges import Submission as Made
from loyalty.errors import BadInput
from loyalty.program import Version
from schema.challenges.terms import Challenge, ChallengeLevel, show_challenge, show_level
from schema.context import Info, View
from schema.enums import SubmissionStatus
from schema.nodes import Node, part_id
from schema.scalars import Money, Points, money

TOP_LIMIT = 100


@strawberry.type(description="A level of a challenge, and how often a member reached it.")
class ChallengeMark:
    """A level as a member stands to it."""

    level: ChallengeLevel = strawberry.field(description="The level.")
    times: int = strawberry.field(
        description="How often it was reached in this period; 0 for not yet."
    )


@strawberry.type(description="Something that a member submitted to a challenge.")
class Submission(Node):
    """Something submitted."""

    challenge: strawberry.ID = strawberry.field(description="The challenge, by its id.")
    submitted_at: datetime = strawberry.field(description="When it was submitted.")
    url: str | None = strawberry.field(description="The link; null for none.")
    text: str | None = strawberry.field(description="The text; null for none.")
    status: SubmissionStatus = strawberry.field(description="Where it stands.")
    reason: str | None = strawberry.field(
        description="What was said when it was decided; null where nothing was."
    )


@strawberry.type(description="A line of a leaderboard.")
class LeaderboardPlace:
    """A line."""

    rank: int = strawberry.field(description="From 1; who has the same score has the same rank.")
    alias: str = strawberry.field(description="The name that the member chose to be seen by.")
    score: Points = strawberry.field(description="How far they are, in the challenge's unit.")
    is_own: bool = strawberry.field(description="Whether it is the member's own line.")


@strawberry.type(description="Who is ahead in a period of a challenge, of those who want to tell.")
class ChallengeLeaderboard:
    """Who is ahead."""

    top: list[LeaderboardPlace] = strawberry.field(description="The best, best first.")
    own: LeaderboardPlace | None = strawberry.field(
        description="The member's own line; null while they are not on the leaderboard."
    )


@strawberry.type(description="A member's place in one challenge.")
class ChallengeStanding(Node):
    """A place in a challenge."""

    standing: strawberry.Private[Standing]
    version: strawberry.Private[Version]
    view: strawberry.Private[View]

    @strawberry.field(description="The challenge.")
    def challenge(self) -> Challenge:
        """Show the challenge."""
        return show_challenge(self.standing.challenge, self.version.program, self.view.reader)

    @strawberry.field(
        description="The running period by its name, such as 2026-03 or 2026-W10; the first one "
        "where the challenge is still to come."
    )
    def period(self) -> str:
        """Name the period."""
        return self.standing.span.key

    @strawberry.field(
        description="When the period is over: an end of day in the program's time zone; null "
        "where it has no end."
    )
    def ends_at(self) -> datetime | None:
        """Give the end."""
        return self.standing.ends_at

    @strawberry.field(description="Whether what the member does counts.")
    def is_joined(self) -> bool:
        """Tell whether they take part."""
        return self.standing.joined

    @strawberry.field(description="When the member joined; null where there is nothing to join.")
    def joined_at(self) -> datetime | None:
        """Give when they joined."""
        return self.standing.joined_at

    @strawberry.field(
        description="The name by which the member stands on its leaderboard; null where they do "
        "not."
    )
    def alias(self) -> str | None:
        """Give the name."""
        return self.standing.alias

    @strawberry.field(
        description="How far the member is, in the challenge's unit; minor units of money for "
        "SPEND. For a STREAK what can still go on today."
    )
    def progress(self) -> Points:
        """Give how far."""
        return Points(self.standing.have)

    @strawberry.field(
        description="How far the next level is, in the same unit; the last one when all are "
        "reached."
    )
    def target(self) -> Points:
        """Give the goal."""
        return Points(self.standing.target)

    @strawberry.field(description="What is missing to it, at least 0, in the same unit.")
    def missing(self) -> Points:
        """Give what is missing."""
        return Points(self.standing.missing)

    @strawberry.field(description="What is missing as money; only for SPEND.")
    def missing_money(self) -> Money | None:
        """Give what is missing."""
        code = self.version.program.money
        return money(self.standing.missing, code) if self.standing.challenge.is_money else None

    @strawberry.field(description="Every level, lowest first, and how often it was reached.")
    def levels(self) -> list[ChallengeMark]:
        """Show the levels."""
        shown = show_challenge(self.standing.challenge, self.version.program, self.view.reader)
        return [
            ChallengeMark(level=show_level(shown, mark.level), times=mark.times)
            for mark in self.standing.marks
        ]

    @strawberry.field(
        description="When the last level was first reached in this period; null until then."
    )
    def completed_at(self) -> datetime | None:
        """Give the instant."""
        return self.standing.progress.completed_at

    @strawberry.field(description="What is missing in words, in the reader's language.")
    def text(self) -> str:
        """Say it."""
        return self.standing.way(self.version.program, self.view.reader.locale)

    @strawberry.field(description="What the member submitted in this period, oldest first.")
    def submissions(self) -> list[Submission]:
        """Show the submissions."""
        return [show_submission(one) for one in self.standing.submissions]

    @strawberry.field(
        description="Who is ahead, of those who want to tell; null where the challenge ranks "
        "nobody."
    )
    async def leaderboard(
        self,
        info: Info,
        first: Annotated[
            int, strawberry.argument(description=f"How many lines, 1 to {TOP_LIMIT}.")
        ] = 10,
        period: Annotated[
            str | None,
            strawberry.argument(description="A period before, by its name; null for this one."),
        ] = None,
    ) -> ChallengeLeaderboard | None:
        """Show the leaderboard."""
        wanted = (period or self.standing.span.key, _size(first))
        return await _leaderboard(info, self.view, self.standing, wanted)


@strawberry.type(description="A level of a challenge that a member ever reached.")
class Achievement:
    """The permanent record."""

    challenge_id: strawberry.ID = strawberry.field(description="The challenge, by its id.")
    level_id: strawberry.ID = strawberry.field(description="The level, by its id.")
    name: str = strawberry.field(
        description="The badge, or else the level or the challenge, in the reader's language; the "
        "id where the program no longer declares it."
    )
    has_badge: bool = strawberry.field(description="Whether there is a badge for it.")
    times: int = strawberry.field(description="How often it was reached.")
    first_at: datetime = strawberry.field(description="When it was first reached.")
    last_at: datetime = strawberry.field(description="When it was last reached.")


def show_standings(view: View) -> list[ChallengeStanding]:
    """Show every challenge that is not over and that can count for the member."""
    if view.version is None:
        return []
    who = activities.who(view.state, view.version, view.now)
    found = challenges.standings(view.state, view.version, who, view.now)
    own = view.state.member_id
    return [
        ChallengeStanding(
            id=part_id("chs", own, one.challenge.id),
            standing=one,
            version=view.version,
            view=view,
        )
        for one in found
    ]


def show_achievements(view: View) -> list[Achievement]:
    """Show what a member achieved, the last first."""
    return [_show_achievement(one, view) for one in challenges.achievements(view.state)]


def _show_achievement(one: challenges.Achievement, view: View) -> Achievement:
    found = view.version.program.challenge(one.challenge) if view.version else None
    levels = found.steps if found else ()
    level = next((level for level in levels if level.id == one.level), None)
    badge = level.badge if level else None
    name = badge or (level.name if level else None) or (found.name if found else None)
    return Achievement(
        challenge_id=strawberry.ID(one.challenge),
        level_id=strawberry.ID(one.level),
        name=view.reader.text(name) if name else one.level,
        has_badge=badge is not None,
        times=one.times,
        first_at=one.first_at,
        last_at=one.last_at,
    )


def show_submissions(view: View) -> list[Submission]:
    """Show what a member submitted, as far as it is still shown to them."""
    return [show_submission(one) for one in challenges.submissions.of_member(view.state)]


def find_submission(view: View, submission_id: str) -> Submission | None:
    """Show one thing that a member submitted."""
    return next((one for one in show_submissions(view) if one.id == submission_id), None)


def show_submission(made: Made) -> Submission:
    """Show something submitted."""
    return Submission(
        id=strawberry.ID(made.id),
        challenge=strawberry.ID(made.challenge),
        submitted_at=made.at,
        url=made.url,
        text=made.text,
        status=made.status,
        reason=made.reason,
    )


def _size(first: int) -> int:
    if not 1 <= first <= TOP_LIMIT:
        raise BadInput(f"ask for 1 to {TOP_LIMIT} lines", ("first",))
    return first


async def _leaderboard(
    info: Info, view: View, standing: Standing, wanted: tuple[str, int]
) -> ChallengeLeaderboard | None:
    if not standing.challenge.leaderboard:
        return None
    own, (period, size) = view.state.member_id, wanted
    engine, challenge = info.context.engine, standing.challenge.id
    found = await challenges.leaderboard(engine, own, challenge, period, size)
    return ChallengeLeaderboard(
        top=[_show_place(place, own) for place in found.top],
        own=_show_place(found.own, own) if found.own else None,
    )


def _show_place(place: Place, own: str) -> LeaderboardPlace:
    row = place.row
    return LeaderboardPlace(
        rank=place.rank, alias=row.alias, score=Points(row.score), is_own=row.member_id == own
    )
