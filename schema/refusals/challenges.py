"""What is said no to about challenges, and about what members submit to them."""

import strawberry

from loyalty import challenges
from schema.enums import SubmissionStatus
from schema.refusals.kinds import UserError

CHALLENGE = "The challenge."


@strawberry.type(description="The active program declares no such challenge.")
class ChallengeUnknown(UserError):
    """No such challenge."""

    of = challenges.refusals.ChallengeUnknown
    at = ("input", "challenge")
    challenge: strawberry.ID = strawberry.field(description="The id that was sent.")


@strawberry.type(description="The challenge has ended.")
class ChallengeOver(UserError):
    """Ended."""

    of = challenges.refusals.ChallengeOver
    at = ("input", "challenge")
    challenge: strawberry.ID = strawberry.field(description=CHALLENGE)


@strawberry.type(
    description="Everybody takes part in the challenge: there is nothing to join or to leave."
)
class ChallengeAutomatic(UserError):
    """For everybody."""

    of = challenges.refusals.ChallengeAutomatic
    at = ("input", "challenge")
    challenge: strawberry.ID = strawberry.field(description=CHALLENGE)


@strawberry.type(description="The member takes no part in the challenge.")
class ChallengeNotJoined(UserError):
    """Not joined."""

    of = challenges.refusals.ChallengeNotJoined
    at = ("input", "challenge")
    challenge: strawberry.ID = strawberry.field(description=CHALLENGE)


@strawberry.type(description="The challenge has no leaderboard.")
class ChallengeNotRanked(UserError):
    """No leaderboard."""

    of = challenges.refusals.ChallengeNotRanked
    at = ("input", "challenge")
    challenge: strawberry.ID = strawberry.field(description=CHALLENGE)


@strawberry.type(description="Another member stands on the leaderboard under this name.")
class AliasTaken(UserError):
    """Somebody else's name."""

    of = challenges.refusals.AliasTaken
    at = ("input", "alias")
    challenge: strawberry.ID = strawberry.field(description=CHALLENGE)
    alias: str = strawberry.field(description="The name; capitals make no other one.")


@strawberry.type(
    description="The challenge counts what the shop reports, and takes no submissions."
)
class SubmissionsNotTaken(UserError):
    """No submissions."""

    of = challenges.SubmissionsNotTaken
    at = ("input", "challenge")
    challenge: strawberry.ID = strawberry.field(description=CHALLENGE)


@strawberry.type(description="As many were submitted in this period as may be.")
class SubmissionLimit(UserError):
    """Too many."""

    of = challenges.SubmissionLimit
    at = ("input", "challenge")
    challenge: strawberry.ID = strawberry.field(description=CHALLENGE)
    limit: int = strawberry.field(description="How many may be in one period.")


@strawberry.type(description="There is no such submission, or its time is long over.")
class SubmissionUnknown(UserError):
    """No such submission."""

    of = challenges.SubmissionUnknown
    at = ("input", "id")
    submission: strawberry.ID = strawberry.field(description="The id that was sent.")


@strawberry.type(description="The submission was approved or rejected before.")
class SubmissionDecided(UserError):
    """Decided before."""

    of = challenges.SubmissionDecided
    at = ("input", "id")
    submission: strawberry.ID = strawberry.field(description="The submission.")
    status: SubmissionStatus = strawberry.field(description="What it is.")


APP: list[type[UserError]] = [
    AliasTaken,
    ChallengeUnknown,
    ChallengeOver,
    ChallengeAutomatic,
    ChallengeNotJoined,
    ChallengeNotRanked,
    SubmissionsNotTaken,
    SubmissionLimit,
]
STAFF: list[type[UserError]] = [*APP, SubmissionUnknown, SubmissionDecided]
