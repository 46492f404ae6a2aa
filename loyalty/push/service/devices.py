"""What the app does about its device: register, forget, list."""

from loyalty import members
from loyalty.engine import Engine
from loyalty.push import rules, store
from loyalty.push.rules import Device, DeviceInput


async def register_device(engine: Engine, member_id: str, wanted: DeviceInput) -> Device:
    """Note a device as a member's, as often as the app likes; a token of another member moves.

    The devices seen longest ago make room above DEVICES_OF_A_MEMBER.
    Raises BadInput; Refused with MemberUnknown or MemberNotActive.
    """
    rules.check_device(wanted)
    members.must_be_active(await members.require(engine, member_id))
    device = await store.devices.put(engine.mongo, member_id, wanted, engine.clock())
    others = [d.id for d in await devices_of(engine, member_id) if d.id != device.id]
    surplus = others[rules.DEVICES_OF_A_MEMBER - 1 :]
    if surplus:
        await store.devices.remove(engine.mongo, member_id, surplus)
    return device


async def forget_device(engine: Engine, member_id: str, device_id: str) -> bool:
    """Delete a device of a member; False when it is not, or no longer, theirs."""
    return bool(await store.devices.remove(engine.mongo, member_id, [device_id]))


async def devices_of(engine: Engine, member_id: str) -> list[Device]:
    """List a member's devices, the last seen first."""
    return (await store.devices.of_members(engine.mongo, [member_id])).get(member_id, [])


async def share_a_device(engine: Engine, member_id: str, other_id: str) -> bool:
    """Tell whether two members ever used the same device, also one after the other."""
    return await store.devices.have_shared(engine.mongo, member_id, other_id)


async def find_device(engine: Engine, device_id: str) -> Device | None:
    """Read a device, or None."""
    return await store.devices.find(engine.mongo, device_id)
