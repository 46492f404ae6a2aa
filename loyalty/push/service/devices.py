"""What the app does about its device: register, forget, list."""

from loyalty import members
from loyalty.engine import Engine
from loyalty.errors import Refused
from loyalty.members import Doing
from loyalty.mongo import Document
from loyalty.push import rules, store
from loyalty.push.rules import Device, DeviceInput


async def register_device(engine: Engine, member_id: str, wanted: DeviceInput) -> Device:
    """Note a device as a member's, as often as the app likes; a token of another member moves.

    That the member was seen is noted, at most once an hour. The devices seen longest ago make room
    above DEVICES_OF_A_MEMBER.
    Raises BadInput; Refused with MemberUnknown or MemberNotActive.
    """
    rules.check_device(wanted)
    state = await members.require(engine, member_id)
    members.must_be_free(state, Doing.HEAR)
    device = await store.devices.put(engine.mongo, member_id, wanted, engine.clock())
    await _keep_out(engine, device)
    seen = members.contact.Engagement(seen_at=device.seen_at)
    await members.contact.note_engagement(engine, state, seen)
    others = [d.id for d in await devices_of(engine, member_id) if d.id != device.id]
    surplus = others[rules.DEVICES_OF_A_MEMBER - 1 :]
    if surplus:
        await store.devices.remove(engine.mongo, member_id, surplus)
    return device


async def _keep_out(engine: Engine, device: Device) -> None:
    """Forget a device again whose member left while it was noted. Raises Refused."""
    try:
        members.must_be_free(await members.require(engine, device.member_id), Doing.HEAR)
    except Refused:
        await store.devices.remove(engine.mongo, device.member_id, [device.id])
        raise


async def forget_devices(engine: Engine, fact: Document) -> None:
    """React to a membership that ended: its devices are forgotten, not those seen since then."""
    state = await members.find(engine, fact["member"])
    if state is not None and not members.may(state, Doing.KEEP):
        await store.devices.remove_seen_until(engine.mongo, fact["member"], fact["at"])


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
