"""A member's challenges as they go on: how far they are now, and which went on."""

from collections.abc import AsyncGenerator

import strawberry

from loyalty.challenges import Standing
from schema.challenges.standings import ChallengeStanding, show_standings
from schema.context import Info, View
from schema.events import OfMember, own_events
from schema.permissions import OWN, Needs


@strawberry.type(description="A member got further in a challenge, or fell back.")
class ChallengeProgressed(OfMember):
    """Progress."""

    standings: list[ChallengeStanding] = strawberry.field(
        description="The challenges in which anything changed since the event before; empty in "
        "the first event."
    )


@strawberry.type
class AppChallengeSubscription:
    """What a member may follow of their challenges."""

    @strawberry.subscription(
        description="The member's challenges: at once, and each time that they get further, "
        "fall back, join or leave, or something they submitted is decided on.",
        extensions=[Needs(OWN)],
    )
    async def challenge_progressed(self, info: Info) -> AsyncGenerator[ChallengeProgressed, None]:
        """Follow the challenges."""
        return await own_events(info.context, _tell)


def _tell(view: View, before: View | None) -> ChallengeProgressed | None:
    if before is None:
        return ChallengeProgressed(view=view, standings=[])
    known = {
        shown.standing.challenge.id: _place(shown.standing) for shown in show_standings(before)
    }
    news = [
        shown
        for shown in show_standings(view)
        if known.get(shown.standing.challenge.id) != _place(shown.standing)
    ]
    return ChallengeProgressed(view=view, standings=news) if news else None


def _place(standing: Standing) -> tuple[object, ...]:
    """Give what makes one place in a challenge another than before."""
    reached = tuple(mark.times for mark in standing.marks)
    return standing.span, standing.have, standing.joined, reached, standing.submissions
