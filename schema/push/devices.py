"""Where a member's app can be reached: devices registered and forgotten by the app itself."""

from datetime import datetime

import strawberry

from loyalty import push
from loyalty.push import DeviceInput
from schema.context import Context, Info, View
from schema.enums import Platform, TokenKind
from schema.nodes import Node
from schema.payloads import Input, OfMember, Payload, answer
from schema.permissions import OWN, Needs


@strawberry.type(description="A device on which a member's app can be reached.")
class Device(Node):
    """A device; its token is never shown."""

    platform: Platform = strawberry.field(description="What it runs.")
    app_version: str | None = strawberry.field(description="The app's version, as it told.")
    registered_at: datetime = strawberry.field(description="Since when it is this member's.")
    seen_at: datetime = strawberry.field(description="When the app last registered it.")
    receives: bool = strawberry.field(
        description="Whether messages are sent to it: not when the app did not register it for "
        "many days, 180 unless the program says otherwise. Register it again, and they are."
    )


def show_device(device: push.Device, view: View) -> Device:
    """Show a device."""
    return Device(
        id=strawberry.ID(device.id),
        platform=device.platform,
        app_version=device.app_version,
        registered_at=device.registered_at,
        seen_at=device.seen_at,
        receives=push.devices.is_fresh(device, view.version, view.now),
    )


@strawberry.input(description="The device that the app runs on.")
class DeviceRegisterInput:
    """A device."""

    token: str = strawberry.field(
        description="What Firebase gave the app, at most 4,096 characters. A token that was "
        "another member's moves to this one."
    )
    token_kind: TokenKind = strawberry.field(
        default=TokenKind.TOKEN, description="What kind of token it is."
    )
    platform: Platform = strawberry.field(description="What the app runs on.")
    app_version: str | None = strawberry.field(
        default=None, description="The app's own version, at most 50 characters."
    )
    id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The id that the device had when it was last registered, if the app knows it: "
        "it keeps that id when Firebase has given it another token.",
    )


@strawberry.input(description="A device to forget, when the member signs out.")
class DeviceForgetInput:
    """A device."""

    id: strawberry.ID = strawberry.field(description="The device.")


@strawberry.input(description="The one device that is to be kept, of those that a member has.")
class DeviceForgetOthersInput:
    """A device."""

    id: strawberry.ID = strawberry.field(description="The device to keep: the one that asks.")


@strawberry.type(description="What became of a device that was to be registered.")
class DeviceRegisterPayload(OfMember, Payload):
    """The device."""

    device: Device | None = strawberry.field(
        default=None, description="The device; null when it was refused."
    )


@strawberry.type(description="What became of a device that was to be forgotten.")
class DeviceForgetPayload(OfMember, Payload):
    """The device is gone."""

    forgotten_id: strawberry.ID | None = strawberry.field(
        default=None, description="The device that is gone; null when the member had no such one."
    )


@strawberry.type(description="What became of devices that were to be forgotten.")
class DeviceForgetOthersPayload(OfMember, Payload):
    """The devices are gone."""

    forgotten_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list,
        description="The devices that are gone; none when the member has no such one to keep.",
    )


@strawberry.type
class AppDeviceMutation:
    """What the app does with its device."""

    @strawberry.mutation(
        description="Register this device for pushes, or refresh what is known of it; call it at "
        "every start of the app and whenever Firebase gives another token. The same token is "
        "registered once.",
        extensions=[Needs(OWN)],
    )
    async def device_register(
        self, info: Info, input: Input[DeviceRegisterInput]
    ) -> DeviceRegisterPayload | None:
        """Register."""
        return await answer(info.context, DeviceRegisterPayload, _register(info.context, input))

    @strawberry.mutation(
        description="Forget a device: nothing is pushed to it any more.",
        extensions=[Needs(OWN)],
    )
    async def device_forget(
        self, info: Info, input: Input[DeviceForgetInput]
    ) -> DeviceForgetPayload | None:
        """Forget."""
        return await answer(info.context, DeviceForgetPayload, _forget(info.context, input))

    @strawberry.mutation(
        description="Forget every device of the member but one: signed out everywhere else.",
        extensions=[Needs(OWN)],
    )
    async def device_forget_others(
        self, info: Info, input: Input[DeviceForgetOthersInput]
    ) -> DeviceForgetOthersPayload | None:
        """Forget the others."""
        work = _forget_others(info.context, input)
        return await answer(info.context, DeviceForgetOthersPayload, work)


async def _register(context: Context, wanted: DeviceRegisterInput) -> DeviceRegisterPayload:
    state = await context.own()
    told = DeviceInput(
        wanted.token, wanted.token_kind, wanted.platform, wanted.app_version, wanted.id
    )
    device = await push.devices.register(context.engine, state.member_id, told)
    view = await context.view(state)
    return DeviceRegisterPayload(view=view, device=show_device(device, view))


async def _forget(context: Context, wanted: DeviceForgetInput) -> DeviceForgetPayload:
    state = await context.own()
    gone = await push.devices.forget(context.engine, state.member_id, wanted.id)
    view = await context.view(state)
    return DeviceForgetPayload(view=view, forgotten_id=wanted.id if gone else None)


async def _forget_others(
    context: Context, wanted: DeviceForgetOthersInput
) -> DeviceForgetOthersPayload:
    state = await context.own()
    gone = await push.devices.forget_others(context.engine, state.member_id, wanted.id)
    view = await context.view(state)
    return DeviceForgetOthersPayload(view=view, forgotten_ids=[strawberry.ID(id) for id in gone])
