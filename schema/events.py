"""What every event of a member's subscriptions tells, and when there is one; not what is news."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, TypeVar

import strawberry

from loyalty import members
from schema.context import Context, View

if TYPE_CHECKING:
    from schema.members import Member

E = TypeVar("E")
Tell = Callable[[View, View | None], E | None]


@strawberry.type
class OfMember:
    """The member whom an event is about."""

    view: strawberry.Private[View]

    @strawberry.field(description="The member, as they are now.")
    def member(self) -> Annotated["Member", strawberry.lazy("schema.members")]:
        """Show the member; imported late, as members show what events are about."""
        from schema.members import Member

        return Member.of(self.view)


async def own_events(context: Context, tell: Tell[E]) -> AsyncGenerator[E, None]:
    """Follow the caller's own member: give what `tell` makes of them, now and after changes.

    `tell` is given the member as they are and as they were when something was told last (without
    their history; None at first); None tells nothing. Raises Refused(MemberUnknown) for no member.
    """
    own = await context.renewed().own()
    return _events(context, own.member_id, tell)


async def _events(context: Context, member_id: str, tell: Tell[E]) -> AsyncGenerator[E, None]:
    before: View | None = None
    async with aclosing(members.watch(context.engine, member_id)) as states:
        async for state in states:
            view = await context.renewed().view(state)
            event = tell(view, before)
            if event is not None:
                before = replace(view, state=state.at_present())
                yield event
            del state, view, event  # nothing more is held while nothing happens
