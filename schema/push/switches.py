"""The switch that keeps pushes from being sent, for staff: how it stands, off and on."""

from datetime import datetime

import strawberry

from loyalty import push
from schema.context import Context, Info
from schema.payloads import Input, Payload, answer
from schema.permissions import APPROVE_CAMPAIGNS, SEND_CAMPAIGNS, Needs
from schema.push.enums import SwitchScope
from schema.scalars import short_text


@strawberry.type(description="One turn of the switch.")
class PushSwitchTurn:
    """A turn."""

    at: datetime = strawberry.field(description="When.")
    who: str = strawberry.field(description="Who turned it.")
    off: SwitchScope | None = strawberry.field(
        description="What is not sent since then; null where everything is."
    )
    reason: str = strawberry.field(description="Why.")


@strawberry.input(description="Pushes to be kept from being sent.")
class PushSwitchOffInput:
    """What is to stop."""

    scope: SwitchScope = strawberry.field(description="What is to stop.")
    reason: str = strawberry.field(description="Why; kept. 1 to 200 characters.")


@strawberry.input(description="Pushes to be sent again.")
class PushSwitchOnInput:
    """What may go on."""

    reason: str = strawberry.field(description="Why it may; kept. 1 to 200 characters.")


@strawberry.type(description="How the switch stands now.")
class PushSwitchOffPayload(Payload):
    """The switch."""

    switch: PushSwitchTurn | None = strawberry.field(default=None, description="How it stands now.")


@strawberry.type(description="How the switch stands now.")
class PushSwitchOnPayload(Payload):
    """The switch."""

    switch: PushSwitchTurn | None = strawberry.field(default=None, description="How it stands now.")


@strawberry.type
class StaffSwitchQuery:
    """How the switch stands."""

    @strawberry.field(
        description="The last turns of the switch that keeps pushes from being sent, newest "
        "first: the first one holds. Empty where it was never turned, and pushes are sent.",
        extensions=[Needs(SEND_CAMPAIGNS)],
    )
    async def push_switch(self, info: Info) -> list[PushSwitchTurn] | None:
        """List the turns."""
        return [_show(turn) for turn in await push.switches.turns(info.context.engine)]


@strawberry.type
class StaffSwitchMutation:
    """What staff do when messages must stop at once."""

    @strawberry.mutation(
        description="Keep marketing, or every push, from being sent until it is switched on "
        "again; campaigns that are under way are held up, and go on then.",
        extensions=[Needs(APPROVE_CAMPAIGNS)],
    )
    async def push_switch_off(
        self, info: Info, input: Input[PushSwitchOffInput]
    ) -> PushSwitchOffPayload | None:
        """Switch off."""
        return await answer(info.context, PushSwitchOffPayload, _off(info.context, input))

    @strawberry.mutation(
        description="Let pushes be sent again.", extensions=[Needs(APPROVE_CAMPAIGNS)]
    )
    async def push_switch_on(
        self, info: Info, input: Input[PushSwitchOnInput]
    ) -> PushSwitchOnPayload | None:
        """Switch on."""
        return await answer(info.context, PushSwitchOnPayload, _on(info.context, input))


async def _off(context: Context, wanted: PushSwitchOffInput) -> PushSwitchOffPayload:
    reason = short_text(wanted.reason, "reason")
    turned = await push.switches.off(context.engine, wanted.scope, reason, context.actor)
    return PushSwitchOffPayload(switch=_show(turned))


async def _on(context: Context, wanted: PushSwitchOnInput) -> PushSwitchOnPayload:
    reason = short_text(wanted.reason, "reason")
    return PushSwitchOnPayload(
        switch=_show(await push.switches.on(context.engine, reason, context.actor))
    )


def _show(turned: push.switches.Switched) -> PushSwitchTurn:
    return PushSwitchTurn(at=turned.at, who=turned.who, off=turned.scope, reason=turned.reason)
