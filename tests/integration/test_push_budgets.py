"""Budgets of campaigns: as many messages as they pay for reach members, whatever breaks or dies."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest

from api.fcm_standin import FcmStandin
from loyalty import push, segments
from loyalty.engine import Engine
from loyalty.errors import Unavailable
from loyalty.push import Brief, CampaignStatus, Schedule, store
from loyalty.push.fcm import Sender
from loyalty.push.rules.briefs import ScheduleKind, Variant
from tests.engines import Clock, steppable
from tests.phones import (
    Killed,
    Person,
    campaign,
    enrol,
    have_passed,
    launch,
    open_shop,
    phones,
    work,
)

Phones = tuple[FcmStandin, Sender]

TEXT = Variant("a", {"en": "Hi {firstName}"}, {"en": "{balance} points"})
WANTED = Brief("Spring", segments.EVERYONE, (TEXT,), budget=2)


@pytest.fixture
async def fcm() -> AsyncIterator[Phones]:
    async with phones() as opened:
        yield opened


async def break_off() -> None:
    raise Unavailable("away")


async def die() -> None:
    raise Killed


async def crowd(engine: Engine, tokens: list[str]) -> None:
    await open_shop(engine)
    for token in tokens:
        await enrol(engine, Person(token, tokens=[token]))
    await engine.mongo.update_many("member_states", {}, {"$set": {"outbox": []}})


async def go_on(engine: Engine, sender: Sender, clock: Clock) -> None:
    for _ in range(6):
        clock.advance(seconds=61)
        await work(engine, sender)


async def launch_for_six(engine: Engine, sender: Sender, clock: Clock) -> str:
    """Launch for six o'clock of each member; give the campaign's id as it is that hour."""
    made, _ = await push.campaigns.create(engine, WANTED, "k", "staff:eva")
    six = (clock() + timedelta(days=1)).replace(hour=18)
    local = Schedule(ScheduleKind.LOCAL, None, six.date(), time(18))
    launched = await push.campaigns.launch(engine, made.id, made.version, local, "staff:eva")
    await have_passed(engine, launched)
    clock.advance(hours=18)
    await work(engine, sender)
    assert await engine.mongo.count("deliveries", {"status": "HELD"}) == 5
    clock.present = six
    return made.id


async def test_messages_that_were_held_are_paid_for_though_the_first_try_breaks(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    await crowd(engine, [f"t{n}" for n in range(5)])
    await launch_for_six(engine, sender, clock)
    steppable(engine).before["find", "devices"] = break_off
    with pytest.raises(Unavailable):
        await push.run_once(engine, sender)
    await go_on(engine, sender, clock)
    assert len(standin.deliveries()) == 2


async def test_what_was_paid_for_and_not_sent_is_paid_for_once(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    await crowd(engine, [f"t{n}" for n in range(5)])
    await launch(engine, replace(WANTED, budget=4))
    steppable(engine).before["insert_new", "deliveries"] = die
    with pytest.raises(Killed):
        await work(engine, sender)
    await go_on(engine, sender, clock)
    assert len(standin.deliveries()) == 4


async def test_what_reaches_nobody_is_not_paid_for(
    engine: Engine, fcm: Phones, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    standin, sender = fcm
    monkeypatch.setattr("loyalty.push.service.sending.BATCH", 1)
    await crowd(engine, [f"unregistered:{n}" for n in range(3)])
    launched = await launch(engine, WANTED)
    await work(engine, sender)
    found = await engine.mongo.find_one("push_budgets", {"_id": launched.id})
    assert found is not None
    assert (found["spent"], found["open"]) == (0, [])
    assert await engine.mongo.count("deliveries", {"status": "FAILED"}) == 3
    assert standin.deliveries() == []


async def spent(engine: Engine) -> tuple[int, list[str]]:
    """Tell how many messages are spent, and which a worker has in hand."""
    [found] = await engine.mongo.find("push_budgets", {})
    return found["spent"], found["open"]


async def test_what_waits_to_be_tried_again_stays_paid_for_by_its_own_delivery(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    await crowd(engine, [f"flaky503-2:{n}" for n in range(5)])
    await launch(engine, WANTED)
    await work(engine, sender)
    assert await spent(engine) == (2, [])
    await go_on(engine, sender, clock)
    assert len(standin.deliveries()) == 2
    assert await spent(engine) == (2, [])


async def test_what_is_not_tried_again_is_put_back(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    await crowd(engine, [f"flaky503-1:{n}" for n in range(2)])
    launched = await launch(engine, WANTED)
    await work(engine, sender)
    await push.campaigns.pause(engine, launched.id, "staff:eva")
    await go_on(engine, sender, clock)
    assert await spent(engine) == (2, [])
    await push.campaigns.stop(engine, launched.id, "staff:eva")
    await go_on(engine, sender, clock)
    assert await spent(engine) == (0, [])
    assert standin.deliveries() == []


@pytest.mark.parametrize("is_held", [False, True])
async def test_what_firebase_has_no_room_for_is_paid_for_once_and_waits(
    engine: Engine, fcm: Phones, clock: Clock, is_held: bool
) -> None:
    standin, sender = fcm
    await crowd(engine, [f"t{n}" for n in range(5)])
    if is_held:
        launched = await launch_for_six(engine, sender, clock)
    else:
        launched = (await launch(engine, WANTED)).id

    async def slow_down() -> None:  # as it was decided on already
        until = clock() + timedelta(minutes=2)
        await store.paces.slow_down(engine.mongo, sender.project.project_id, until)

    steppable(engine).after["find_one_and_update", "push_budgets"] = slow_down
    await work(engine, sender)
    assert standin.deliveries() == []
    assert await spent(engine) == (2, [])
    await go_on(engine, sender, clock)
    assert len(standin.deliveries()) == 2
    counts = (await campaign(engine, launched)).counts
    assert (counts.sent, counts.suppressed) == (2, {"OVER_BUDGET": 3})


async def test_what_is_put_back_goes_to_whom_there_was_no_place_for(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    """Of nine in one batch three are dead, and of those who come after them two more."""
    standin, sender = fcm
    dead = ("a0", "a1", "a2", "b0", "b2")
    people = [f"{row}{n}" for row in "abc" for n in range(3)]
    await crowd(engine, [f"unregistered:{p}" if p in dead else p for p in people])
    launched = await launch(engine, replace(WANTED, budget=3))
    await work(engine, sender)
    await go_on(engine, sender, clock)
    done = await campaign(engine, launched.id)
    assert (done.status, done.counts.sent, done.counts.failed) == (CampaignStatus.SENT, 3, 5)
    assert done.counts.suppressed == {"OVER_BUDGET": 1}
    assert sorted(d.token for d in standin.deliveries()) == ["b1", "c0", "c1"]
    assert await spent(engine) == (3, [])


async def test_what_was_not_put_back_in_time_is_put_back_in_the_end(
    engine: Engine, fcm: Phones, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    standin, sender = fcm
    settle = store.budgets.settle

    async def settle_next_time(*args: Any) -> None:
        monkeypatch.setattr(store.budgets, "settle", settle)
        await break_off()

    monkeypatch.setattr(store.budgets, "settle", settle_next_time)
    await crowd(engine, ["unregistered:a", "b", "c", "d"])
    await launch(engine, WANTED)
    await go_on(engine, sender, clock)
    assert sorted(d.token for d in standin.deliveries()) == ["b", "c"]
    assert await spent(engine) == (2, [])
