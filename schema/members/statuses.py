"""Whether a member takes part: staff suspend, reinstate and close, members leave."""

from typing import TypeVar

import strawberry

from loyalty import closing
from loyalty.closing import Closing
from loyalty.commands import Outcome
from loyalty.members import statuses
from schema.context import Context, Info
from schema.payloads import Input, OfMember, Repeatable, answer
from schema.permissions import OWN, WRITE_MEMBERS, Needs
from schema.scalars import short_text
from schema.wallets.moves import KEY

REASON = "Why; kept with who said so, and shown to staff alone. 1 to 200 characters."


@strawberry.input
class RulingFields:
    """Whose part in the program is decided on, and why."""

    member_id: strawberry.ID = strawberry.field(description="The member.")
    reason: str = strawberry.field(description=REASON)
    key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="A member who is to take no part for now.")
class MemberSuspendInput(RulingFields):
    """Whom to suspend."""


@strawberry.input(description="A suspended or closed member who is to take part again.")
class MemberReinstateInput(RulingFields):
    """Whom to let back."""


@strawberry.input(name="MemberCloseInput", description="A membership that is to end.")
class StaffCloseInput(RulingFields):
    """Whose membership to end."""


@strawberry.input(name="MemberCloseInput", description="A member's own wish to leave.")
class OwnCloseInput:
    """A wish to leave."""

    confirm: bool = strawberry.field(
        description="Yes to losing the use of everything that was collected. With false nothing is "
        "done, and the answer's ClosingNotConfirmed lists what would be lost."
    )
    reason: str | None = strawberry.field(
        default=None, description="Why, for staff to read; at most 200 characters, null for none."
    )
    key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.type(description="What became of a suspension.")
class MemberSuspendPayload(OfMember, Repeatable):
    """The member."""


@strawberry.type(description="What became of a reinstatement.")
class MemberReinstatePayload(OfMember, Repeatable):
    """The member."""


@strawberry.type(description="What became of the end of a membership.")
class MemberClosePayload(OfMember, Repeatable):
    """The member."""


P = TypeVar("P", MemberSuspendPayload, MemberReinstatePayload, MemberClosePayload)


@strawberry.type
class StaffStatusMutation:
    """What staff decide on a member's part."""

    @strawberry.mutation(
        description="Let a member take no part for now: nothing is earned, spent or sent; refunds "
        "and expiry go on.",
        extensions=[Needs(WRITE_MEMBERS)],
    )
    async def member_suspend(
        self, info: Info, input: Input[MemberSuspendInput]
    ) -> MemberSuspendPayload | None:
        """Suspend."""
        return await answer(info.context, MemberSuspendPayload, _suspend(info.context, input))

    @strawberry.mutation(
        description="Let a suspended or closed member take part again, with what has not run out "
        "since.",
        extensions=[Needs(WRITE_MEMBERS)],
    )
    async def member_reinstate(
        self, info: Info, input: Input[MemberReinstateInput]
    ) -> MemberReinstatePayload | None:
        """Reinstate."""
        return await answer(info.context, MemberReinstatePayload, _reinstate(info.context, input))

    @strawberry.mutation(
        description="End a membership: as suspended, and phones, places in line and seats that "
        "can be cancelled are given up.",
        extensions=[Needs(WRITE_MEMBERS)],
    )
    async def member_close(
        self, info: Info, input: Input[StaffCloseInput]
    ) -> MemberClosePayload | None:
        """Close."""
        return await answer(info.context, MemberClosePayload, _close(info.context, input))


@strawberry.type
class AppStatusMutation:
    """What a member decides on their own part."""

    @strawberry.mutation(
        description="Leave the program. What was collected can be used no more, and only the shop "
        "can undo it; refunds of what was bought still work.",
        extensions=[Needs(OWN)],
    )
    async def member_close(
        self, info: Info, input: Input[OwnCloseInput]
    ) -> MemberClosePayload | None:
        """Leave."""
        return await answer(info.context, MemberClosePayload, _leave(info.context, input))


def _ruling(context: Context, wanted: RulingFields) -> statuses.Ruling:
    reason = short_text(wanted.reason, "reason")
    return statuses.Ruling(wanted.member_id, wanted.key, reason, context.actor)


async def _shown(context: Context, payload: type[P], outcome: Outcome) -> P:
    return payload(view=await context.view(outcome.state), replayed=outcome.replayed)


async def _suspend(context: Context, wanted: MemberSuspendInput) -> MemberSuspendPayload:
    done = await statuses.suspend(context.engine, _ruling(context, wanted))
    return await _shown(context, MemberSuspendPayload, done)


async def _reinstate(context: Context, wanted: MemberReinstateInput) -> MemberReinstatePayload:
    done = await statuses.reinstate(context.engine, _ruling(context, wanted))
    return await _shown(context, MemberReinstatePayload, done)


async def _close(context: Context, wanted: StaffCloseInput) -> MemberClosePayload:
    done = await statuses.close(context.engine, _ruling(context, wanted))
    return await _shown(context, MemberClosePayload, done)


async def _leave(context: Context, wanted: OwnCloseInput) -> MemberClosePayload:
    reason = short_text(wanted.reason, "reason") if wanted.reason else None
    own = await context.own()
    wish = Closing(own.member_id, wanted.key, wanted.confirm, reason)
    done = await closing.close(context.engine, wish)
    return await _shown(context, MemberClosePayload, done)
