"""Publishing: each publisher gets the version it put in force, and one text makes one version."""

import asyncio
from datetime import datetime

import pytest

from loyalty import program
from loyalty.engine import Engine
from loyalty.errors import Refused
from loyalty.program import Version, VersionStatus, VersionUnknown
from tests.engines import PLAIN, START, Clock, steppable
from tests.integration.conftest import OpenEngine

NEWER = PLAIN.replace('per: "1.00"', 'per: "0.50"')
NEWEST = PLAIN.replace('per: "1.00"', 'per: "0.25"')


async def statuses(engine: Engine) -> list[tuple[int, str]]:
    return [(v.number, v.status.value) for v in await program.versions(engine)]


async def instants(
    engine: Engine, number: int
) -> tuple[VersionStatus, datetime | None, datetime | None]:
    [version] = [v for v in await program.versions(engine) if v.number == number]
    return version.status, version.published_at, version.activated_at


async def test_who_is_overtaken_gets_the_version_it_put_in_force(
    engine: Engine, open_process: OpenEngine
) -> None:
    await program.publish(engine, PLAIN)
    other = await open_process()

    async def overtake() -> None:
        await program.publish(other, NEWEST)

    steppable(engine).after["find_one_and_update", "program_active"] = overtake
    mine = await program.publish(engine, NEWER)
    assert (mine.number, mine.status) == (2, VersionStatus.ACTIVE)
    assert mine.program == program.parse(NEWER)
    assert await statuses(engine) == [(3, "ACTIVE"), (2, "ARCHIVED"), (1, "ARCHIVED")]
    assert (await program.active(engine)).number == 3


async def test_publishers_at_once_each_get_their_own_version(
    engine: Engine, open_process: OpenEngine
) -> None:
    texts = [PLAIN.replace('per: "1.00"', f'per: "{n}.00"') for n in range(2, 10)]
    engines = [engine, *[await open_process() for _ in range(3)]]
    published: list[Version] = await asyncio.gather(
        *(program.publish(engines[n % 4], text) for n, text in enumerate(texts))
    )
    assert [v.source for v in published] == texts
    assert sorted(v.number for v in published) == list(range(1, 9))
    assert {v.status for v in published} == {VersionStatus.ACTIVE}
    found = [status for _, status in await statuses(engine)]
    assert sorted(found) == ["ACTIVE"] + ["ARCHIVED"] * 7


@pytest.mark.parametrize("first", [True, False], ids=["into nothing", "over another"])
async def test_one_text_published_many_times_at_once_makes_one_version(
    engine: Engine, open_process: OpenEngine, first: bool
) -> None:
    if not first:
        await program.publish(engine, PLAIN)
    engines = [engine, *[await open_process() for _ in range(3)]]
    published = await asyncio.gather(*(program.publish(e, NEWER) for e in engines * 4))
    number = 1 if first else 2
    assert {(v.number, v.status) for v in published} == {(number, VersionStatus.ACTIVE)}
    assert len(await program.versions(engine)) == number
    found = await engine.mongo.find_one("program_active", {})
    assert found is not None
    assert [activation["number"] for activation in found["activations"]] == [1, 2][:number]


async def test_the_same_text_added_before_a_different_one_is_found(
    engine: Engine, open_process: OpenEngine
) -> None:
    await program.publish(engine, PLAIN)
    other = await open_process()

    async def overtake() -> None:
        await program.publish(other, NEWER)
        await program.publish(other, NEWEST)

    steppable(engine).before["insert_new", "program_versions"] = overtake
    mine = await program.publish(engine, NEWER)
    assert (mine.number, mine.status) == (2, VersionStatus.ACTIVE)
    assert await statuses(engine) == [(3, "ARCHIVED"), (2, "ACTIVE"), (1, "ARCHIVED")]


async def test_a_publisher_that_died_halfway_is_followed_under_the_same_number(
    engine: Engine,
) -> None:
    await program.publish(engine, PLAIN)

    class Killed(BaseException):
        pass

    async def die() -> None:
        raise Killed

    steppable(engine).after["insert_new", "program_versions"] = die
    with pytest.raises(Killed):
        await program.publish(engine, NEWER)
    assert await statuses(engine) == [(2, "DRAFT"), (1, "ACTIVE")]
    assert (await program.publish(engine, NEWER)).number == 2
    assert await statuses(engine) == [(2, "ACTIVE"), (1, "ARCHIVED")]


async def test_what_puts_a_version_in_force_is_one_write(engine: Engine, clock: Clock) -> None:
    """Whatever a version's own document says, the list of activations is what counts."""
    await program.publish(engine, PLAIN)
    await program.save_draft(engine, NEWER)
    before = await engine.mongo.find("program_versions", {}, sort=[("_id", 1)])
    clock.advance(minutes=1)
    await program.activate(engine, 2)
    assert await engine.mongo.find("program_versions", {}, sort=[("_id", 1)]) == before
    assert await statuses(engine) == [(2, "ACTIVE"), (1, "ARCHIVED")]


async def test_a_version_keeps_when_it_was_first_published_and_last_activated(
    engine: Engine, clock: Clock
) -> None:
    await program.publish(engine, PLAIN)
    clock.advance(days=1)
    second = clock()
    await program.publish(engine, NEWER)
    clock.advance(days=1)
    third = clock()
    again = await program.activate(engine, 1)
    assert (again.published_at, again.activated_at) == (START, third)
    assert await instants(engine, 1) == (VersionStatus.ACTIVE, START, third)
    assert await instants(engine, 2) == (VersionStatus.ARCHIVED, second, second)
    clock.advance(days=1)
    await program.activate(engine, 1)  # it is active already: no activation
    assert await instants(engine, 1) == (VersionStatus.ACTIVE, START, third)
    await program.save_draft(engine, NEWEST)
    assert await instants(engine, 3) == (VersionStatus.DRAFT, None, None)


async def test_a_draft_sent_twice_is_one_draft(engine: Engine) -> None:
    first = await program.save_draft(engine, PLAIN)
    assert (await program.save_draft(engine, PLAIN)).number == first.number == 1
    assert await program.find_active(engine) is None
    assert (await program.publish(engine, PLAIN)).number == 1
    assert await statuses(engine) == [(1, "ACTIVE")]


async def test_a_version_that_is_not_there_cannot_be_activated(engine: Engine) -> None:
    await program.publish(engine, PLAIN)
    with pytest.raises(Refused) as refused:
        await program.activate(engine, 9)
    assert refused.value.refusal == VersionUnknown(9)
    assert await statuses(engine) == [(1, "ACTIVE")]
