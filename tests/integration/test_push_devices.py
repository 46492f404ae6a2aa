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
    second = await push.register_device(engine, anna, newer)
    assert second.id == first.id
    assert (second.registered_at, second.seen_at) == (first.registered_at, clock.present)
    assert (second.token_kind, second.platform) == (TokenKind.TOKEN, Platform.ANDROID)
    assert await push.devices_of(engine, anna) == [second]
    assert await push.find_device(engine, first.id) == second


async def test_a_token_moves_to_the_member_who_registers_it(engine: Engine, clock: Clock) -> None:
    anna = await enrol(engine, Person("Anna", tokens=["shared", "own"]))
    bo = await enrol(engine, Person("Bo"))
    clock.advance(minutes=5)
    moved = await register(engine, bo, "shared")
    assert (moved.member_id, moved.registered_at) == (bo, clock.present)
    assert [d.token for d in await push.devices_of(engine, anna)] == ["own"]
    assert [d.token for d in await push.devices_of(engine, bo)] == ["shared"]


async def test_twenty_calls_at_once_with_one_token_leave_one_device(engine: Engine) -> None:
    members = [await enrol(engine, Person(name)) for name in ("Anna", "Bo")]
    await asyncio.gather(*(register(engine, members[n % 2], "token") for n in range(20)))
    owned = [await push.devices_of(engine, member) for member in members]
    assert sorted(len(devices) for devices in owned) == [0, 1]


async def test_only_the_owner_forgets_a_device(engine: Engine) -> None:
    anna = await enrol(engine, Person("Anna", tokens=["token"]))
    bo = await enrol(engine, Person("Bo"))
    [device] = await push.devices_of(engine, anna)
    assert not await push.forget_device(engine, bo, device.id)
    assert await push.forget_device(engine, anna, device.id)
    assert not await push.forget_device(engine, anna, device.id)
    assert await push.devices_of(engine, anna) == []


async def test_the_device_seen_longest_ago_makes_room(engine: Engine, clock: Clock) -> None:
    anna = await enrol(engine, Person("Anna"))
    for n in range(21):
        clock.advance(seconds=1)
        await register(engine, anna, f"token-{n}")
    tokens = [device.token for device in await push.devices_of(engine, anna)]
    assert tokens == [f"token-{n}" for n in range(20, 0, -1)]


async def test_a_device_of_nobody_is_refused(engine: Engine) -> None:
    with pytest.raises(Refused) as caught:
        await register(engine, "mbr_none", "token")
    assert caught.value.refusal == MemberUnknown("mbr_none")
    anna = await enrol(engine, Person("Anna"))
    with pytest.raises(BadInput):
        await register(engine, anna, "")
    assert await push.devices_of(engine, anna) == []


async def test_a_dead_device_is_dropped_and_the_living_one_shows_the_message(
    engine: Engine, fcm: Phones
) -> None:
    standin, sender = fcm
    anna = await enrol(engine, Person("Anna", tokens=["unregistered:1", "alive"]))
    await _buy(engine, anna)
    await work(engine, sender)
    assert [delivery.token for delivery in standin.deliveries()] == ["alive"]
    assert [device.token for device in await push.devices_of(engine, anna)] == ["alive"]


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
    assert [device.token for device in await push.devices_of(engine, anna)] == ["unregistered:1"]


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
    assert [device.token for device in await push.devices_of(engine, bo)] == ["unregistered:1"]


async def _buy(engine: Engine, member_id: str) -> None:
    await activities.record_purchase(engine, purchase(member_id, "p1", 4_270))
