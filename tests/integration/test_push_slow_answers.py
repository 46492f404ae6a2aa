"""A message that is not answered for long holds up no other, and places go round in order."""

import asyncio

import pytest

from api.fcm_standin import FcmStandin
from loyalty import jobs, push, segments
from loyalty.engine import Engine
from loyalty.push import Brief
from loyalty.push.fcm import FixedToken, LeanSender, Limits, Project, Room
from loyalty.push.rules.briefs import Variant
from tests.phones import Person, enrol, launch, open_shop

WANTED = Brief("Spring", segments.EVERYONE, (Variant("a", {"en": "Hi"}, {"en": "You"}),))
OTHERS = 5


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
