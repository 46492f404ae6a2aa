"""What is said no to about who a member is."""

import strawberry

from loyalty import closing, errors, members
from schema.enums import LossKind, MemberStatus
from schema.refusals.kinds import UserError
from schema.scalars import Money, Points, money


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


@strawberry.type(
    description="The member's status does not lead to the one that is wanted, or is that already."
)
class MemberCannotBecome(UserError):
    """Not from here."""

    of = members.statuses.MemberCannotBecome
    at = ("input",)
    member_id: strawberry.ID = strawberry.field(description="The member.")
    status: MemberStatus = strawberry.field(description="What the member is.")
    wanted: MemberStatus = strawberry.field(description="What they were to become.")


@strawberry.type(description="Something that can be used no more once the membership is closed.")
class MembershipLoss:
    """Something that is lost."""

    kind: LossKind = strawberry.field(description="What kind of thing it is.")
    name: str = strawberry.field(description="Its name in the program.")
    points: Points | None = strawberry.field(
        description="How many points or stamps; null where it is not counted in them."
    )
    amount: Money | None = strawberry.field(description="How much money; null where it is none.")


def show_loss(loss: closing.Loss, locale: str) -> MembershipLoss:
    """Show something that would be lost."""
    amount = loss.amount
    return MembershipLoss(
        kind=loss.kind,
        name=loss.name.in_language(locale),
        points=None if loss.points is None else Points(loss.points),
        amount=money(int(amount.amount), amount.currency) if amount else None,
    )


@strawberry.type(description="Nothing was done: it takes `confirm: true`, a yes to the losses.")
class ClosingNotConfirmed(UserError):
    """No yes yet."""

    of = closing.ClosingNotConfirmed
    at = ("input", "confirm")
    losses: list[MembershipLoss] = strawberry.field(
        description="What could be used no more: balances, tiers, plans, cards, offers."
    )


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


APP: list[type[UserError]] = [
    KeyReused,
    MemberUnknown,
    MemberNotActive,
    MemberCannotBecome,
    ClosingNotConfirmed,
    IdentityTaken,
]
STAFF: list[type[UserError]] = [*APP, MemberCodeForged, MemberCodeExpired]
