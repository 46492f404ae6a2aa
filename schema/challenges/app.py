"""What a member does about challenges: join, leave, submit, and stand on leaderboards."""

import strawberry

from loyalty import challenges
from loyalty.challenges import Submitting
from schema.challenges.standings import Submission, find_submission
from schema.context import Context, Info
from schema.payloads import Input, OfMember, Payload, Repeatable, answer
from schema.permissions import OWN, Needs
from schema.wallets.moves import KEY

CHALLENGE = "The challenge, by its id in the program."


@strawberry.input(description="A challenge to take part in.")
class ChallengeJoinInput:
    """A challenge."""

    challenge: strawberry.ID = strawberry.field(description=CHALLENGE)


@strawberry.input(description="A challenge to take no part in any more.")
class ChallengeLeaveInput:
    """A challenge."""

    challenge: strawberry.ID = strawberry.field(description=CHALLENGE)


@strawberry.input(description="Something done, told with a link, a text, or both.")
class ChallengeSubmitInput:
    """Something done."""

    challenge: strawberry.ID = strawberry.field(description=CHALLENGE)
    url: str | None = strawberry.field(
        default=None, description="A link that begins with https://, at most 500 characters."
    )
    text: str | None = strawberry.field(
        default=None, description="What is to be said of it, at most 500 characters."
    )
    key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="The name to be seen by on a leaderboard.")
class LeaderboardJoinInput:
    """A name."""

    challenge: strawberry.ID = strawberry.field(description=CHALLENGE)
    alias: str = strawberry.field(
        description="2 to 30 letters and signs; everybody can read it, so best not one's own name."
    )


@strawberry.input(description="A leaderboard to be seen on no more.")
class LeaderboardLeaveInput:
    """A leaderboard."""

    challenge: strawberry.ID = strawberry.field(description=CHALLENGE)


@strawberry.type(description="What became of a wish to take part.")
class ChallengeJoinPayload(OfMember, Payload):
    """The member."""


@strawberry.type(description="What became of a wish to take no part any more.")
class ChallengeLeavePayload(OfMember, Payload):
    """The member."""


@strawberry.type(description="What became of something submitted.")
class ChallengeSubmitPayload(OfMember, Repeatable):
    """What was submitted."""

    submission_id: strawberry.ID | None = strawberry.field(
        default=None, description="The id of what was submitted; null when it was refused."
    )
    submission: Submission | None = strawberry.field(
        default=None,
        description="What was submitted, as it stands now; null when it was refused, and where it "
        "is shown no more.",
    )


@strawberry.type(description="What became of a wish to be seen.")
class LeaderboardJoinPayload(OfMember, Payload):
    """The member."""


@strawberry.type(description="What became of a wish to be seen no more.")
class LeaderboardLeavePayload(OfMember, Payload):
    """The member."""


@strawberry.type
class AppChallengeMutation:
    """What a member does about challenges."""

    @strawberry.mutation(
        description="Take part in a challenge from now on. Who does already stays as they are.",
        extensions=[Needs(OWN)],
    )
    async def challenge_join(
        self, info: Info, input: Input[ChallengeJoinInput]
    ) -> ChallengeJoinPayload | None:
        """Join."""
        return await answer(info.context, ChallengeJoinPayload, _join(info.context, input))

    @strawberry.mutation(
        description="Take no part any more. What was counted is gone, what was given stays.",
        extensions=[Needs(OWN)],
    )
    async def challenge_leave(
        self, info: Info, input: Input[ChallengeLeaveInput]
    ) -> ChallengeLeavePayload | None:
        """Leave."""
        return await answer(info.context, ChallengeLeavePayload, _leave(info.context, input))

    @strawberry.mutation(
        description="Tell of something done; it counts when it was looked at and approved.",
        extensions=[Needs(OWN)],
    )
    async def challenge_submit(
        self, info: Info, input: Input[ChallengeSubmitInput]
    ) -> ChallengeSubmitPayload | None:
        """Submit."""
        return await answer(info.context, ChallengeSubmitPayload, _submit(info.context, input))

    @strawberry.mutation(
        description="Be seen on a challenge's leaderboard under a name of one's choice.",
        extensions=[Needs(OWN)],
    )
    async def leaderboard_join(
        self, info: Info, input: Input[LeaderboardJoinInput]
    ) -> LeaderboardJoinPayload | None:
        """Be seen."""
        work = _be_seen(info.context, input)
        return await answer(info.context, LeaderboardJoinPayload, work)

    @strawberry.mutation(
        description="Be seen on a challenge's leaderboard no more.", extensions=[Needs(OWN)]
    )
    async def leaderboard_leave(
        self, info: Info, input: Input[LeaderboardLeaveInput]
    ) -> LeaderboardLeavePayload | None:
        """Be seen no more."""
        work = _be_unseen(info.context, input)
        return await answer(info.context, LeaderboardLeavePayload, work)


async def _join(context: Context, wanted: ChallengeJoinInput) -> ChallengeJoinPayload:
    own = await context.own()
    state = await challenges.join(context.engine, own.member_id, wanted.challenge)
    return ChallengeJoinPayload(view=await context.view(state))


async def _leave(context: Context, wanted: ChallengeLeaveInput) -> ChallengeLeavePayload:
    own = await context.own()
    state = await challenges.leave(context.engine, own.member_id, wanted.challenge)
    return ChallengeLeavePayload(view=await context.view(state))


async def _submit(context: Context, wanted: ChallengeSubmitInput) -> ChallengeSubmitPayload:
    own = await context.own()
    submitting = Submitting(own.member_id, wanted.challenge, wanted.key, wanted.url, wanted.text)
    outcome = await challenges.submit(context.engine, submitting)
    view, made = await context.view(outcome.state), outcome.result["submission"]
    return ChallengeSubmitPayload(
        view=view,
        submission_id=strawberry.ID(made),
        submission=find_submission(view, made),
        replayed=outcome.replayed,
    )


async def _be_seen(context: Context, wanted: LeaderboardJoinInput) -> LeaderboardJoinPayload:
    own = await context.own()
    state = await challenges.stand_as(context.engine, own.member_id, wanted.challenge, wanted.alias)
    return LeaderboardJoinPayload(view=await context.view(state))


async def _be_unseen(context: Context, wanted: LeaderboardLeaveInput) -> LeaderboardLeavePayload:
    own = await context.own()
    state = await challenges.stand_as(context.engine, own.member_id, wanted.challenge, None)
    return LeaderboardLeavePayload(view=await context.view(state))
