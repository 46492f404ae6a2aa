"""Devices: a token has one owner, and is forgotten when it is dead."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from api.fcm_standin import FcmStandin
from loyalty import activities, push
from loyalty.engine import Engine
from loyalty.errors import BadInput, MemberUnknown, Refused
from loyalty.push import DeviceInput, Platform, TokenKind
from loyalty.push.fcm import Sender
from tests.engines import Clock, Steppable, purchase
from tests.phones import Person, enrol, open_shop, phones, register, work

Phones = tuple[FcmStandin, Sender]


@pytest.fixture(autouse=True)
async def _shop(engine: Engine) -> None:
    await open_shop(engine)


@pytest.fixture
async def fcm() -> AsyncIterator[Phones]:
    async with phones() as opened:
        yield opened


async def test_registering_again_refreshes_one_device(engine: Engine, clock: Clock) -> None:
    anna = await enrol(engine, Person("Anna"))
    first = await register(engine, anna, "token-1")
    clock.advance(hours=1)
    newer = DeviceInput("token-1", TokenKind.TOKEN, Platform.ANDROID, "2.0")
    second = await push.devices.register(engine, anna, newer)
    assert second.id == first.id
    assert (second.registered_at, second.seen_at) == (first.registered_at, clock.present)
    assert (second.token_kind, second.platform) == (TokenKind.TOKEN, Platform.ANDROID)
    assert await push.devices.of_member(engine, anna) == [second]
    assert await push.devices.find(engine, first.id) == second


async def test_a_token_moves_to_the_member_who_registers_it(engine: Engine, clock: Clock) -> None:
    anna = await enrol(engine, Person("Anna", tokens=["shared", "own"]))
    bo = await enrol(engine, Person("Bo"))
    clock.advance(minutes=5)
    moved = await register(engine, bo, "shared")
    assert (moved.member_id, moved.registered_at) == (bo, clock.present)
    assert [d.token for d in await push.devices.of_member(engine, anna)] == ["own"]
    assert [d.token for d in await push.devices.of_member(engine, bo)] == ["shared"]


async def test_twenty_calls_at_once_with_one_token_leave_one_device(engine: Engine) -> None:
    members = [await enrol(engine, Person(name)) for name in ("Anna", "Bo")]
    await asyncio.gather(*(register(engine, members[n % 2], "token") for n in range(20)))
    owned = [await push.devices.of_member(engine, member) for member in members]
    assert sorted(len(devices) for devices in owned) == [0, 1]


async def test_only_the_owner_forgets_a_device(engine: Engine) -> None:
    anna = await enrol(engine, Person("Anna", tokens=["token"]))
    bo = await enrol(engine, Person("Bo"))
    [device] = await push.devices.of_member(engine, anna)
    assert not await push.devices.forget(engine, bo, device.id)
    assert await push.devices.forget(engine, anna, device.id)
    assert not await push.devices.forget(engine, anna, device.id)
    assert await push.devices.of_member(engine, anna) == []


async def test_the_device_seen_longest_ago_makes_room(engine: Engine, clock: Clock) -> None:
    anna = await enrol(engine, Person("Anna"))
    for n in range(21):
        clock.advance(seconds=1)
        await register(engine, anna, f"token-{n}")
    tokens = [device.token for device in await push.devices.of_member(engine, anna)]
    assert tokens == [f"token-{n}" for n in range(20, 0, -1)]


async def test_a_device_of_nobody_is_refused(engine: Engine) -> None:
    with pytest.raises(Refused) as caught:
        await register(engine, "mbr_none", "token")
    assert caught.value.refusal == MemberUnknown("mbr_none")
    anna = await enrol(engine, Person("Anna"))
    with pytest.raises(BadInput):
        await register(engine, anna, "")
    assert await push.devices.of_member(engine, anna) == []


async def test_a_dead_device_is_dropped_and_the_living_one_shows_the_message(
    engine: Engine, fcm: Phones
) -> None:
    standin, sender = fcm
    anna = await enrol(engine, Person("Anna", tokens=["unregistered:1", "alive"]))
    await _buy(engine, anna)
    await work(engine, sender)
    assert [delivery.token for delivery in standin.deliveries()] == ["alive"]
    assert [device.token for device in await push.devices.of_member(engine, anna)] == ["alive"]


async def test_a_device_seen_since_it_was_found_dead_stays(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    _, sender = fcm
    anna = await enrol(engine, Person("Anna", tokens=["unregistered:1"]))
    await _buy(engine, anna)
    assert isinstance(engine.mongo, Steppable)

    async def app_starts() -> None:
        clock.advance(seconds=1)
        await register(engine, anna, "unregistered:1")

    engine.mongo.after["find", "devices"] = app_starts  # read by the worker, then seen again
    await work(engine, sender)
    assert [device.token for device in await push.devices.of_member(engine, anna)] == [
        "unregistered:1"
    ]


async def test_a_device_that_changed_hands_since_it_was_found_dead_stays(
    engine: Engine, fcm: Phones
) -> None:
    _, sender = fcm
    anna = await enrol(engine, Person("Anna", tokens=["unregistered:1"]))
    bo = await enrol(engine, Person("Bo"))
    await _buy(engine, anna)
    assert isinstance(engine.mongo, Steppable)

    async def another_signs_in() -> None:
        await register(engine, bo, "unregistered:1")  # within the same millisecond

    engine.mongo.after["find", "devices"] = another_signs_in
    await work(engine, sender)
    assert [device.token for device in await push.devices.of_member(engine, bo)] == [
        "unregistered:1"
    ]


async def renewed(engine: Engine, member_id: str, token: str, device_id: str) -> push.Device:
    wanted = DeviceInput(token, TokenKind.FID, Platform.IOS, "1.0", device_id)
    return await push.devices.register(engine, member_id, wanted)


async def test_a_device_that_the_app_knows_keeps_its_id_with_another_token(
    engine: Engine, clock: Clock
) -> None:
    anna, bo, carl = [await enrol(engine, Person(name)) for name in ("Anna", "Bo", "Carl")]
    await register(engine, carl, "old")
    first = await register(engine, anna, "old")
    clock.advance(days=30)
    second = await renewed(engine, anna, "new", first.id)
    assert (second.id, second.token) == (first.id, "new")
    assert (second.registered_at, second.seen_at) == (first.registered_at, clock.present)
    assert await renewed(engine, anna, "new", first.id) == second
    assert await push.devices.of_member(engine, anna) == [second]
    await register(engine, bo, "new")
    assert await push.devices.were_shared(engine, bo, carl)  # by the token it had before


async def test_a_device_whose_new_token_is_registered_already_is_that_one(engine: Engine) -> None:
    anna = await enrol(engine, Person("Anna", tokens=["old"]))
    [old] = await push.devices.of_member(engine, anna)
    new = await register(engine, anna, "new")
    assert (await renewed(engine, anna, "new", old.id)).id == new.id
    assert [d.id for d in await push.devices.of_member(engine, anna)] == [new.id]


async def test_a_device_of_another_is_not_taken_over_by_its_id(engine: Engine) -> None:
    anna = await enrol(engine, Person("Anna", tokens=["annas"]))
    bo = await enrol(engine, Person("Bo"))
    before = await push.devices.of_member(engine, anna)
    taken = await renewed(engine, bo, "bos", before[0].id)
    assert (taken.id != before[0].id, taken.member_id) == (True, bo)
    assert await push.devices.of_member(engine, anna) == before


async def test_all_other_devices_are_forgotten_for_one_that_is_theirs(engine: Engine) -> None:
    anna = await enrol(engine, Person("Anna", tokens=["a", "b", "c"]))
    bo = await enrol(engine, Person("Bo", tokens=["d"]))
    kept, *others = await push.devices.of_member(engine, anna)
    assert await push.devices.forget_others(engine, bo, kept.id) == []
    assert len(await push.devices.of_member(engine, anna)) == 3
    assert await push.devices.forget_others(engine, anna, kept.id) == [d.id for d in others]
    assert await push.devices.of_member(engine, anna) == [kept]
    assert len(await push.devices.of_member(engine, bo)) == 1


async def test_a_device_not_seen_for_long_is_not_sent_to_and_forgotten_in_the_end(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    anna = await enrol(engine, Person("Anna", tokens=["drawer", "pocket"]))
    clock.advance(days=180)
    pocket = await register(engine, anna, "pocket")
    clock.advance(seconds=1)
    wanted = purchase(anna, "p1", 4_270, occurred_at=clock.present)
    await activities.record_purchase(engine, wanted)
    await work(engine, sender)
    assert [delivery.token for delivery in standin.deliveries()] == ["pocket"]
    clock.advance(days=90)
    assert await push.devices.forget_unseen(engine, 10) == 1
    assert await push.devices.of_member(engine, anna) == [pocket]
    assert await push.devices.forget_unseen(engine, 10) == 0


async def _buy(engine: Engine, member_id: str) -> None:
    await activities.record_purchase(engine, purchase(member_id, "p1", 4_270))
