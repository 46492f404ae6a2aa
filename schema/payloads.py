"""What every mutation answers: what changed, or why the rules said no."""

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Annotated, TypeVar

import strawberry

from loyalty.errors import BadInput, KeyReused, Refused
from schema.context import Context, Info, View
from schema.permissions import OWN, READ_MEMBERS
from schema.refusals import UserError, user_error

if TYPE_CHECKING:
    from schema.members import Member


@strawberry.type
class Payload:
    """What every mutation answers beside what it changed."""

    user_errors: list[UserError] = strawberry.field(
        default_factory=list,
        description="Why the rules said no; empty when it was done.",
    )


@strawberry.type
class Repeatable(Payload):
    """What a mutation answers that can be sent again without being done again."""

    replayed: bool = strawberry.field(
        default=False,
        description="Whether it was done before, and this is the first answer again.",
    )


@strawberry.type
class OfMember:
    """The member that a mutation changed."""

    view: strawberry.Private[View | None] = None

    @strawberry.field(
        description="The member as changed; null when it was refused, and for a caller who may "
        "not read members."
    )
    def member(self, info: Info) -> Annotated["Member", strawberry.lazy("schema.members")] | None:
        """Show the member; imported late, as members show wallets and wallets answer members."""
        from schema.members import Member

        view = self.shown_view(info)
        return Member.of(view) if view else None

    def shown_view(self, info: Info) -> View | None:
        """Give the member to be shown; None for a caller who may not read members."""
        may_read = any(right.opens_for(info.context.caller) for right in (OWN, READ_MEMBERS))
        return self.view if may_read else None


T = TypeVar("T")
P = TypeVar("P", bound=Payload)

Input = Annotated[T, strawberry.argument(description="What is to be done.")]


async def answer(
    context: Context,
    payload: type[P],
    work: Awaitable[P],
    *,
    key_at: str = "key",
    about: str | None = None,
) -> P:
    """Give what the work gives, or the payload of its refusal.

    `key_at` names the field of the input that is the idempotency key, `about` the one that every
    refusal is about. What is wrong with the input is said by its place below `input`.
    """
    try:
        return await work
    except Refused as refused:
        field = key_at if isinstance(refused.refusal, KeyReused) else about
        at = refused.path if field is None else (field,)
        where = ["input", *map(str, at)] if at else None
        locale = await context.reader_locale()
        return payload(user_errors=[user_error(refused.refusal, locale, where)])
    except BadInput as bad:
        raise BadInput(bad.message, ("input", *bad.path)) from bad
