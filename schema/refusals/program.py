"""What is said no to about definitions of the program."""

import strawberry

from loyalty import program
from schema.refusals.kinds import UserError


@strawberry.type(description="A mistake in the definition of a program.")
class ProgramProblem:
    """A mistake."""

    path: str = strawberry.field(
        description="Where it is, such as ladders.0.tiers.1.name, or line 7."
    )
    message: str = strawberry.field(description="What is wrong and what to do, in English.")


@strawberry.type(description="The definition of the program cannot be used.")
class ProgramInvalid(UserError):
    """Not a program."""

    of = program.ProgramInvalid
    at = ("input", "source")
    problems: list[ProgramProblem] = strawberry.field(description="Every mistake that was found.")


@strawberry.type(description="No version of the program is active yet.")
class ProgramMissing(UserError):
    """No program."""

    of = program.ProgramMissing


@strawberry.type(description="There is no version of this number.")
class VersionUnknown(UserError):
    """No such version."""

    of = program.VersionUnknown
    at = ("input", "number")
    number: int = strawberry.field(description="The number that was sent.")


APP: list[type[UserError]] = []
STAFF: list[type[UserError]] = [ProgramInvalid, ProgramMissing, VersionUnknown]
