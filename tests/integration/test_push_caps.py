"""Frequency caps: however many send at once, no member gets more marketing than they may."""

import asyncio
from datetime import timedelta

import pytest

from loyalty.engine import Engine
from loyalty.push import store
from loyalty.push.rules import Cap
from loyalty.push.store.reached import KEPT, REACHED, Wanted
from tests.engines import Clock, steppable
from tests.integration.conftest import OpenEngine

DAILY = (Cap(1, 1),)
BOTH = (Cap(1, 1), Cap(3, 7))


def wanted(*ids: str, caps: tuple[Cap, ...] = DAILY) -> list[Wanted]:
    """Messages `campaign:member`."""
    return [Wanted(id, id.split(":")[1], caps) for id in ids]


async def note(engine: Engine, *ids: str, caps: tuple[Cap, ...] = DAILY) -> set[str]:
    return await store.reached.note(engine.mongo, wanted(*ids, caps=caps), engine.clock())


async def test_what_is_above_the_cap_may_not_go(engine: Engine, clock: Clock) -> None:
    assert await note(engine, "a:anna", "a:bo") == {"a:anna", "a:bo"}
    assert await note(engine, "b:anna", "b:cleo") == {"b:cleo"}
    clock.advance(hours=23, minutes=59)
    assert await note(engine, "c:anna") == set()
    clock.advance(minutes=1)
    assert await note(engine, "c:anna") == {"c:anna"}


async def test_every_cap_holds(engine: Engine, clock: Clock) -> None:
    may_go = []
    for day in range(9):
        may_go += sorted(await note(engine, f"{day}:anna", caps=BOTH))
        clock.advance(days=1)
    assert may_go == ["0:anna", "1:anna", "2:anna", "7:anna", "8:anna"]


async def test_asked_for_again_the_same_message_may_go_and_counts_once(
    engine: Engine, clock: Clock
) -> None:
    twice = (Cap(2, 1),)
    assert await note(engine, "a:anna", caps=twice) == {"a:anna"}
    clock.advance(minutes=1)
    assert await note(engine, "a:anna", caps=twice) == {"a:anna"}
    assert await note(engine, "b:anna", caps=twice) == {"b:anna"}
    assert await note(engine, "c:anna", caps=twice) == set()


async def test_what_was_sent_without_a_cap_counts_for_the_next(engine: Engine) -> None:
    assert await note(engine, "a:anna", caps=()) == {"a:anna"}
    assert await note(engine, "b:anna") == set()


async def test_two_messages_to_a_member_in_one_batch_are_two(engine: Engine) -> None:
    assert len(await note(engine, "a:anna", "b:anna")) == 1


async def test_what_was_not_sent_after_all_is_taken_back(engine: Engine) -> None:
    assert await note(engine, "a:anna") == {"a:anna"}
    await store.reached.forget(engine.mongo, [("anna", "a:anna")])
    assert await note(engine, "b:anna") == {"b:anna"}


@pytest.mark.parametrize("count", [1, 3])
async def test_eight_campaigns_at_once_reach_each_member_as_often_as_they_may(
    engine: Engine, open_process: OpenEngine, count: int
) -> None:
    workers = [engine, await open_process()]
    members = [f"m{n}" for n in range(40)]
    caps = (Cap(count, 1),)
    found = await asyncio.gather(
        *(
            note(workers[n % 2], *(f"{n}:{member}" for member in members), caps=caps)
            for n in range(8)
        )
    )
    reached = [id.split(":")[1] for may_go in found for id in may_go]
    assert sorted(reached) == sorted(members * count)


async def test_a_member_reached_between_the_write_and_the_reading_is_asked_about_again(
    engine: Engine, clock: Clock
) -> None:
    """A duplicate key alone does not say that a cap is reached: another may just have begun."""
    twice = (Cap(2, 1),)
    await note(engine, "a:anna", caps=twice)
    mongo = steppable(engine)

    async def forget() -> None:
        await store.reached.forget(engine.mongo, [("anna", "a:anna")])

    await note(engine, "b:anna", caps=twice)
    mongo.before["find", REACHED] = forget
    assert await note(engine, "c:anna", caps=twice) == {"c:anna"}


async def test_no_more_is_kept_of_a_member_than_any_cap_counts(
    engine: Engine, clock: Clock
) -> None:
    for n in range(KEPT + 10):
        await note(engine, f"{n}:anna", caps=())
        clock.present += timedelta(seconds=1)
    found = await engine.mongo.find_one(REACHED, {"_id": "anna"})
    assert found is not None
    assert [one["id"] for one in found["sent"]][:2] == [f"{KEPT + 9}:anna", f"{KEPT + 8}:anna"]
    assert len(found["sent"]) == KEPT
