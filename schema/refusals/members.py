"""What is said no to about who a member is."""

import strawberry

from loyalty import errors, members
from schema.enums import MemberStatus
from schema.refusals.kinds import UserError


@strawberry.type(description="The key was used before with another input.")
class KeyReused(UserError):
    """The key was used before."""

    of = errors.KeyReused
    at = ("input", "key")
    key: str = strawberry.field(description="The key, or the activity's id.")


@strawberry.type(description="There is no such member.")
class MemberUnknown(UserError):
    """No such member."""

    of = errors.MemberUnknown
    at = ("input", "memberId")
    member_id: strawberry.ID = strawberry.field(description="The id that was sent.")


@strawberry.type(description="The member is suspended, closed or erased: value cannot move.")
class MemberNotActive(UserError):
    """The member takes no part."""

    of = errors.MemberNotActive
    at = ("input", "memberId")
    member_id: strawberry.ID = strawberry.field(description="The member.")
    status: MemberStatus = strawberry.field(description="What the member is instead.")


@strawberry.type(description="Another member already has this identity.")
class IdentityTaken(UserError):
    """Another member has it."""

    of = members.IdentityTaken
    at = ("input",)
    kind: str = strawberry.field(
        description="Which identity: external (the shop's number), sub (a sign-in), enrolment."
    )


@strawberry.type(description="The code was not made here, or it was changed.")
class MemberCodeForged(UserError):
    """Not our code."""

    of = members.MemberCodeForged
    at = ("code",)


@strawberry.type(description="The code was shown too long after it was made.")
class MemberCodeExpired(UserError):
    """Too old."""

    of = members.MemberCodeExpired
    at = ("code",)
    seconds: int = strawberry.field(description="How long ago it ended.")


APP: list[type[UserError]] = [KeyReused, MemberUnknown, MemberNotActive, IdentityTaken]
STAFF: list[type[UserError]] = [*APP, MemberCodeForged, MemberCodeExpired]
