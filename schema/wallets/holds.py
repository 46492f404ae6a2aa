"""Points set aside at the till for something open: held, then spent or let go."""

import strawberry

from loyalty import wallets
from schema.context import Context, Info
from schema.payloads import Input, answer
from schema.permissions import ADJUST_POINTS, Needs
from schema.scalars import Points, short_text
from schema.wallets.balances import WalletHold, find_hold
from schema.wallets.moves import KEY, Moved, moved

GONE = "The hold, which is no more; null when it was refused."


@strawberry.input(description="Points to be set aside.")
class WalletHoldInput:
    """Points to be set aside."""

    member_id: strawberry.ID = strawberry.field(description="Whose they are.")
    currency: strawberry.ID = strawberry.field(description="A currency that can be spent.")
    points: Points = strawberry.field(
        description="How many, at least 1; of money in its smallest unit."
    )
    ttl_seconds: int = strawberry.field(
        default=900, description="After how many seconds they go back by themselves, 1 to 2592000."
    )
    reason: str = strawberry.field(
        description="What they are for; shown to the member. 1 to 200 characters."
    )
    key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="What is set aside, to be spent now.")
class WalletHoldConfirmInput:
    """A hold to be spent."""

    hold_id: strawberry.ID = strawberry.field(description="The hold.")
    key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="What is set aside, to go back now.")
class WalletHoldReleaseInput:
    """A hold to be let go."""

    hold_id: strawberry.ID = strawberry.field(description="The hold.")
    key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.type(description="What became of points that were to be set aside.")
class WalletHoldPayload(Moved):
    """What was set aside."""

    hold: WalletHold | None = strawberry.field(
        default=None, description="The hold; null when it was refused, or is over by now."
    )


@strawberry.type(description="What became of a hold that was to be spent.")
class WalletHoldConfirmPayload(Moved):
    """What was spent."""

    hold_id: strawberry.ID | None = strawberry.field(default=None, description=GONE)


@strawberry.type(description="What became of a hold that was to be let go.")
class WalletHoldReleasePayload(Moved):
    """What was let go."""

    hold_id: strawberry.ID | None = strawberry.field(default=None, description=GONE)


@strawberry.type
class StaffHoldMutation:
    """What is set aside."""

    @strawberry.mutation(
        description="Set a member's points aside: still theirs, and not to be spent otherwise "
        "until they are confirmed, released, or their time is over.",
        extensions=[Needs(ADJUST_POINTS)],
    )
    async def wallet_hold(
        self, info: Info, input: Input[WalletHoldInput]
    ) -> WalletHoldPayload | None:
        """Hold."""
        return await answer(info.context, WalletHoldPayload, _hold(info.context, input))

    @strawberry.mutation(description="Spend what is set aside.", extensions=[Needs(ADJUST_POINTS)])
    async def wallet_hold_confirm(
        self, info: Info, input: Input[WalletHoldConfirmInput]
    ) -> WalletHoldConfirmPayload | None:
        """Confirm."""
        return await answer(info.context, WalletHoldConfirmPayload, _confirm(info.context, input))

    @strawberry.mutation(
        description="Let go of what is set aside; it can be spent otherwise again.",
        extensions=[Needs(ADJUST_POINTS)],
    )
    async def wallet_hold_release(
        self, info: Info, input: Input[WalletHoldReleaseInput]
    ) -> WalletHoldReleasePayload | None:
        """Release."""
        return await answer(info.context, WalletHoldReleasePayload, _release(info.context, input))


async def _hold(context: Context, wanted: WalletHoldInput) -> WalletHoldPayload:
    setting = wallets.holds.Setting(
        wanted.member_id,
        wanted.currency,
        wanted.points,
        wanted.ttl_seconds,
        wanted.key,
        short_text(wanted.reason, "reason"),
    )
    outcome = await wallets.holds.place(context.engine, setting)
    payload = await moved(context, WalletHoldPayload, outcome)
    payload.hold = find_hold(payload.view, outcome.result["hold"]) if payload.view else None
    return payload


async def _confirm(context: Context, wanted: WalletHoldConfirmInput) -> WalletHoldConfirmPayload:
    outcome = await wallets.holds.spend_held(context.engine, wanted.hold_id, wanted.key)
    payload = await moved(context, WalletHoldConfirmPayload, outcome)
    payload.hold_id = wanted.hold_id
    return payload


async def _release(context: Context, wanted: WalletHoldReleaseInput) -> WalletHoldReleasePayload:
    outcome = await wallets.holds.let_go(context.engine, wanted.hold_id, wanted.key)
    payload = await moved(context, WalletHoldReleasePayload, outcome)
    payload.hold_id = wanted.hold_id
    return payload
