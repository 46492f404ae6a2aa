"""A message that is not answered for long holds up no other, and places go round in order."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, time, timedelta

import pytest

from api.fcm_standin import FcmStandin
from loyalty import ending, jobs, push, segments
from loyalty.engine import Engine
from loyalty.push import Brief, Schedule
from loyalty.push.fcm import (
    FixedToken,
    Heard,
    LeanSender,
    Limits,
    Outgoing,
    Project,
    Receipt,
    Room,
    to_nobody,
)
from loyalty.push.rules.briefs import ScheduleKind, Variant
from tests.engines import Clock
from tests.phones import Person, enrol, launch, open_shop, phones, work

WANTED = Brief("Spring", segments.EVERYONE, (Variant("a", {"en": "Hi"}, {"en": "You"}),))
OTHERS = 5
SENDING = {"status": "SENDING"}


async def test_who_waits_for_an_answer_leaves_the_way_free_and_others_are_noted_meanwhile(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loyalty.push.service.snapshots.CHUNK", 2)
    await open_shop(engine)
    for token in ("hang:a", *(f"phone-{n}" for n in range(OTHERS))):
        await enrol(engine, Person("Anna" if token == "hang:a" else token, tokens=[token]))
    await launch(engine, WANTED)
    async with FcmStandin() as standin:
        project, limits = Project("demo", FixedToken()), Limits(connections=3)
        sender = LeanSender(project, limits, endpoint=standin.url)
        handlers = push.work.handlers(sender)
        chunk = {"campaign.chunk": handlers.pop("campaign.chunk")}
        await push.run_once(engine, sender)
        audience = await jobs.take(engine, handlers, jobs.Lease("one"), 9)
        await asyncio.gather(*(jobs.run(engine, one, handlers[one.job.kind]) for one in audience))
        taken = await jobs.take(engine, chunk, jobs.Lease("one"), OTHERS + 1)
        assert len(taken) == 3
        sending = [
            asyncio.create_task(jobs.run(engine, one, chunk["campaign.chunk"])) for one in taken
        ]
        await standin.wait_for(count=OTHERS)
        async with asyncio.timeout(30):
            while await engine.mongo.count("deliveries", {"status": "SENT"}) < OTHERS:
                await asyncio.wait(sending, timeout=0.05)
        assert not all(one.done() for one in sending)
        for one in sending:
            one.cancel()
        await asyncio.wait(sending)
        await sender.aclose()


class Unanswered:
    """A sender with four connections, to whom nobody answers."""

    project, limits = Project("demo", FixedToken()), Limits(connections=4)

    def __init__(self) -> None:
        self.room = Room(self.limits.connections)

    async def send(self, messages: Sequence[Outgoing], heard: Heard = to_nobody) -> list[Receipt]:
        """Wait for ever."""
        await asyncio.Event().wait()
        return []

    async def aclose(self) -> None:
        """Close nothing."""


async def hold(engine: Engine, clock: Clock, *tokens: str) -> None:
    """Let a message be due to each of some phones, of a campaign for an hour that has come."""
    await open_shop(engine)
    for token in tokens:
        await enrol(engine, Person(token, tokens=[token]))
    await engine.mongo.update_many("member_states", {}, {"$set": {"outbox": []}})
    made, _ = await push.campaigns.create(engine, WANTED, "k", "staff:eva")
    at_noon = Schedule(ScheduleKind.LOCAL, None, on := clock().date() + timedelta(days=1), time(12))
    await push.campaigns.launch(engine, made.id, made.version, at_noon, "staff:eva")
    await engine.mongo.delete_many("jobs", {"kind": "campaign.validate"})
    async with phones() as (_, sender):
        clock.present = datetime.combine(on, time(6))
        await work(engine, sender)
    assert await engine.mongo.count("deliveries", {"status": "HELD"}) == len(tokens)
    clock.present = datetime.combine(on, time(12))


async def test_what_is_due_is_claimed_as_there_are_places_beside_what_is_not_answered(
    engine: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loyalty.push.service.dispatch.BATCH", 2)
    await hold(engine, clock, *(f"phone-{n}" for n in range(5)))
    sender, going = Unanswered(), list[asyncio.Task[int]]()
    for claimed in (2, 4, 4):
        going.append(asyncio.create_task(push.run_once(engine, sender)))
        async with asyncio.timeout(5):
            while await engine.mongo.count("deliveries", SENDING) < claimed:
                await asyncio.wait(going, timeout=0.05)
    await asyncio.wait(going, timeout=0.3)
    assert await engine.mongo.count("deliveries", SENDING) == 4
    await ending.end(going)


async def test_places_are_given_out_in_the_order_of_asking_and_all_come_back() -> None:
    room, entered = Room(3), list[str]()

    async def stays(name: str, count: int, until: asyncio.Event) -> None:
        async with room.stay(count):
            entered.append(name)
            await until.wait()

    now, later = asyncio.Event(), asyncio.Event()
    async with room.stay(2) as leave:
        large = asyncio.create_task(stays("more than there are", 9, now))
        small = asyncio.create_task(stays("small", 1, now))
        given_up = asyncio.create_task(stays("given up", 1, later))
        await asyncio.sleep(0)
        leave(1)
        leave(5)  # no more than were taken
        await asyncio.sleep(0)
        assert not entered or entered == ["more than there are"]
        given_up.cancel()
        now.set()
        await asyncio.gather(large, small)
    assert entered == ["more than there are", "small"]
    async with asyncio.timeout(5), room.stay(3):
        entered.append("all")
    assert entered[-1] == "all"
