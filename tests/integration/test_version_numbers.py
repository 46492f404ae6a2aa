"""Which number a published text gets: a new one, unless the newest or the active one says it."""

from loyalty import program
from loyalty.engine import Engine
from tests.engines import PLAIN, steppable
from tests.integration.conftest import OpenEngine

NEWER = PLAIN.replace('per: "1.00"', 'per: "0.50"')
THIRD = PLAIN.replace('per: "1.00"', 'per: "0.25"')


async def numbers(engine: Engine, *sources: str) -> list[int]:
    return [(await program.publish(engine, source)).number for source in sources]


async def test_a_text_that_returns_is_a_version_of_its_own(engine: Engine) -> None:
    assert await numbers(engine, PLAIN, NEWER, PLAIN, NEWER, NEWER) == [1, 2, 3, 4, 4]
    assert (await program.active(engine)).number == 4


async def test_a_text_that_returns_has_its_own_number_also_when_overtaken(
    engine: Engine, open_process: OpenEngine
) -> None:
    other = await open_process()
    await numbers(engine, PLAIN, NEWER)

    async def overtake() -> None:
        assert await numbers(other, THIRD) == [3]

    steppable(engine).before["insert_new", "program_versions"] = overtake
    assert await numbers(engine, PLAIN) == [4]
    assert (await program.active(engine)).number == 4


async def test_the_active_text_is_published_already_whatever_drafts_there_are(
    engine: Engine,
) -> None:
    await numbers(engine, PLAIN)
    assert (await program.save_draft(engine, NEWER)).number == 2
    assert await numbers(engine, PLAIN) == [1]
    assert [version.number for version in await program.versions(engine)] == [2, 1]


async def test_what_is_active_is_asked_and_not_remembered(
    engine: Engine, open_process: OpenEngine
) -> None:
    other = await open_process()
    await numbers(engine, PLAIN)
    await numbers(other, NEWER)
    assert await numbers(engine, PLAIN) == [3]
    assert [version.number for version in await program.versions(other)] == [3, 2, 1]
