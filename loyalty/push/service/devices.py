"""What apps do about their devices, and what time does: register, forget, list."""

from datetime import datetime

from loyalty import members
from loyalty.engine import Engine
from loyalty.errors import Refused
from loyalty.members import Doing
from loyalty.mongo import Document
from loyalty.program import Version
from loyalty.push import rules, store
from loyalty.push.rules import Device, DeviceInput


async def register(engine: Engine, member_id: str, wanted: DeviceInput) -> Device:
    """Note a device as a member's, as often as the app likes; a token of another member moves.

    A device that the app knows by its id stays that device when Firebase gives it another token.
    That the member was seen is noted, at most once an hour. The devices seen longest ago make room
    above DEVICES_OF_A_MEMBER.
    Raises BadInput; Refused with MemberUnknown or MemberNotActive.
    """
    rules.check_device(wanted)
    state = await members.require(engine, member_id)
    members.must_be_free(state, Doing.HEAR)
    new_id = "dev_" + engine.new_id().replace("-", "")
    device = await store.devices.put(engine.mongo, member_id, wanted, engine.clock(), new_id)
    await _keep_out(engine, device)
    seen = members.contact.Engagement(seen_at=device.seen_at)
    await members.contact.note_engagement(engine, state, seen)
    others = [d.id for d in await of_member(engine, member_id) if d.id != device.id]
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


async def forget_all(engine: Engine, fact: Document) -> None:
    """React to a membership that ended: its devices are forgotten, not those seen since then."""
    state = await members.find(engine, fact["member"])
    if state is not None and not members.may(state, Doing.KEEP):
        await store.devices.remove_seen_until(engine.mongo, fact["member"], fact["at"])


async def forget_unseen(engine: Engine, limit: int) -> int:
    """Forget devices whose app was not opened for 270 days; return how many were looked at."""
    before = engine.clock() - rules.FORGOTTEN_AFTER
    unseen = await store.devices.unseen_since(engine.mongo, before, limit)
    await store.devices.remove_unless_seen(engine.mongo, unseen)
    return len(unseen)


async def forget(engine: Engine, member_id: str, device_id: str) -> bool:
    """Delete a device of a member; False when it is not, or no longer, theirs."""
    return bool(await store.devices.remove(engine.mongo, member_id, [device_id]))


async def forget_others(engine: Engine, member_id: str, device_id: str) -> list[str]:
    """Delete all devices of a member but one, and give their ids; none where that is not theirs."""
    ids = [device.id for device in await of_member(engine, member_id)]
    others = [each for each in ids if each != device_id] if device_id in ids else []
    await store.devices.remove(engine.mongo, member_id, others)
    return others


async def of_member(engine: Engine, member_id: str) -> list[Device]:
    """List a member's devices, the last seen first."""
    return (await store.devices.of_members(engine.mongo, [member_id])).get(member_id, [])


def is_fresh(device: Device, version: Version | None, now: datetime) -> bool:
    """Tell whether a device was seen so lately that the program in force lets it be sent to."""
    days = version.program.messaging.device_days if version else 0
    return device.seen_at >= rules.seen_since(now, days)


async def were_shared(engine: Engine, member_id: str, other_id: str) -> bool:
    """Tell whether two members ever used the same device, also one after the other."""
    return await store.devices.have_shared(engine.mongo, member_id, other_id)


async def find(engine: Engine, device_id: str) -> Device | None:
    """Read a device, or None."""
    return await store.devices.find(engine.mongo, device_id)


async def holding(engine: Engine, token: str) -> Device | None:
    """Read the device with a token, or None."""
    return await store.devices.holding(engine.mongo, token)
