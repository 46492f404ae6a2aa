"""Corrections by hand: within limits at once, above them when a second person has agreed."""

from datetime import datetime

import strawberry

from loyalty import wallets
from loyalty.wallets import Adjustment
from schema.context import Context, Info
from schema.enums import AdjustmentStatus
from schema.nodes import Node
from schema.pagination import CountedConnection, InstantPage, Paged, connection, counted, cursor
from schema.payloads import Input, Payload, answer
from schema.permissions import ADJUST_POINTS, APPROVE_ADJUSTMENTS, Needs
from schema.scalars import Points, instant_text, short_text
from schema.wallets.moves import KEY, Moved, moved

_WAITING = "adjustments"


@strawberry.type(description="A correction that needs, or needed, a second person.")
class AdjustmentRequest(Node):
    """A correction that one person alone may not make."""

    member_id: strawberry.ID = strawberry.field(description="Whose balance.")
    currency_id: strawberry.ID = strawberry.field(description="The currency of points.")
    points: Points = strawberry.field(description="How many to add, or take where negative.")
    reason: str = strawberry.field(description="Why, as it was asked for.")
    asked_by: str = strawberry.field(description="Who asked.")
    asked_at: datetime = strawberry.field(description="When.")
    status: AdjustmentStatus = strawberry.field(description="Where it stands.")
    decided_by: str | None = strawberry.field(description="Who decided; null while it waits.")
    decided_at: datetime | None = strawberry.field(description="When; null while it waits.")
    note: str | None = strawberry.field(description="Why it was turned down; else null.")


@strawberry.input(description="A correction of a balance.")
class WalletAdjustInput:
    """A correction."""

    member_id: strawberry.ID = strawberry.field(description="Whose balance.")
    currency: strawberry.ID = strawberry.field(description="A currency of the program.")
    points: Points = strawberry.field(
        description="How many to add, or to take where negative; not 0, never below what is "
        "available. Of money in its smallest unit."
    )
    reason: str = strawberry.field(
        description="Why; kept with the entry and shown to the member. 1 to 200 characters."
    )
    key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="A waiting correction to be booked.")
class AdjustmentApproveInput:
    """A correction to agree to."""

    adjustment_id: strawberry.ID = strawberry.field(description="The correction.")


@strawberry.input(description="A waiting correction to be turned down.")
class AdjustmentRejectInput:
    """A correction to turn down."""

    adjustment_id: strawberry.ID = strawberry.field(description="The correction.")
    note: str = strawberry.field(description="Why it is turned down. 1 to 200 characters.")


@strawberry.type(description="What became of a correction.")
class WalletAdjustPayload(Moved):
    """What was corrected."""

    waiting: AdjustmentRequest | None = strawberry.field(
        default=None,
        description="The correction, where it is so large that a second person has to agree: "
        "nothing has moved yet. Else null.",
    )


@strawberry.type(description="What became of a correction that was agreed to.")
class AdjustmentApprovePayload(Moved):
    """What was corrected."""

    adjustment: AdjustmentRequest | None = strawberry.field(
        default=None, description="The correction; null when it was refused."
    )


@strawberry.type(description="What became of a correction that was turned down.")
class AdjustmentRejectPayload(Payload):
    """What was turned down."""

    adjustment: AdjustmentRequest | None = strawberry.field(
        default=None, description="The correction; null when it was refused."
    )


@strawberry.type
class StaffAdjustmentQuery:
    """What waits."""

    @strawberry.field(
        description="Corrections that wait for a second person, oldest first.",
        extensions=[Needs(ADJUST_POINTS), Paged(_WAITING, InstantPage)],
    )
    async def adjustments_waiting(
        self, info: Info, asked: InstantPage
    ) -> CountedConnection[AdjustmentRequest] | None:
        """List a page of what waits."""
        engine = info.context.engine
        found = await wallets.adjustments.waiting(engine, asked.walk)
        page = connection(asked, found, _cursor, show_request)
        return counted(page, lambda: wallets.adjustments.count_waiting(engine))


@strawberry.type
class StaffAdjustmentMutation:
    """What is corrected by hand."""

    @strawberry.mutation(
        description="Correct a member's balance by hand; who did it and why is kept. Above the "
        "program's limit for one person it waits for a second one.",
        extensions=[Needs(ADJUST_POINTS)],
    )
    async def wallet_adjust(
        self, info: Info, input: Input[WalletAdjustInput]
    ) -> WalletAdjustPayload | None:
        """Adjust."""
        return await answer(info.context, WalletAdjustPayload, _adjust(info.context, input))

    @strawberry.mutation(
        description="Book a correction that somebody else asked for. Sent again, it is not "
        "booked again.",
        extensions=[Needs(APPROVE_ADJUSTMENTS)],
    )
    async def adjustment_approve(
        self, info: Info, input: Input[AdjustmentApproveInput]
    ) -> AdjustmentApprovePayload | None:
        """Agree."""
        return await answer(info.context, AdjustmentApprovePayload, _approve(info.context, input))

    @strawberry.mutation(
        description="Turn down a correction that somebody else asked for.",
        extensions=[Needs(APPROVE_ADJUSTMENTS)],
    )
    async def adjustment_reject(
        self, info: Info, input: Input[AdjustmentRejectInput]
    ) -> AdjustmentRejectPayload | None:
        """Turn down."""
        return await answer(info.context, AdjustmentRejectPayload, _reject(info.context, input))


async def _adjust(context: Context, wanted: WalletAdjustInput) -> WalletAdjustPayload:
    adjustment = Adjustment(
        wanted.member_id,
        wanted.currency,
        wanted.points,
        wanted.key,
        short_text(wanted.reason, "reason"),
        context.actor,
    )
    roles = context.caller.roles or {"INTEGRATION"}
    done = await wallets.adjustments.ask(context.engine, adjustment, roles)
    if not isinstance(done, tuple):
        return await moved(context, WalletAdjustPayload, done)
    request, replayed = done
    return WalletAdjustPayload(waiting=show_request(request), replayed=replayed)


async def _approve(context: Context, wanted: AdjustmentApproveInput) -> AdjustmentApprovePayload:
    request, outcome = await wallets.adjustments.approve(
        context.engine, wanted.adjustment_id, context.actor
    )
    payload = await moved(context, AdjustmentApprovePayload, outcome)
    payload.adjustment = show_request(request)
    return payload


async def _reject(context: Context, wanted: AdjustmentRejectInput) -> AdjustmentRejectPayload:
    note = short_text(wanted.note, "note")
    request = await wallets.adjustments.reject(
        context.engine, wanted.adjustment_id, context.actor, note
    )
    return AdjustmentRejectPayload(adjustment=show_request(request))


def show_request(request: wallets.adjustments.Request) -> AdjustmentRequest:
    """Show a correction that needs, or needed, a second person."""
    wanted = request.adjustment
    return AdjustmentRequest(
        id=strawberry.ID(request.id),
        member_id=strawberry.ID(wanted.member_id),
        currency_id=strawberry.ID(wanted.currency),
        points=Points(wanted.points),
        reason=wanted.reason,
        asked_by=wanted.actor,
        asked_at=request.asked_at,
        status=request.status,
        decided_by=request.decided_by,
        decided_at=request.decided_at,
        note=request.note,
    )


def _cursor(request: wallets.adjustments.Request) -> str:
    return cursor(_WAITING, instant_text(request.asked_at), request.id)
