"""Leaderboards of challenges: who asked to be seen, by the score they have now."""

import asyncio
from typing import Any

import pytest

from loyalty import challenges, program
from loyalty.challenges.rules.refusals import AliasTaken
from loyalty.engine import Engine
from loyalty.errors import Refusal, Refused
from loyalty.states import STATES
from tests.engines import START, Clock, enrol, stored
from tests.integration.games import GAMES, buy, react, visit


@pytest.fixture
async def member(engine: Engine) -> str:
    await program.publish(engine, GAMES)
    return await enrol(engine)


async def board(engine: Engine, member: str, limit: int = 10) -> Any:
    found = await challenges.leaderboard(engine, member, "ladder", "2026-03", limit)
    top = [(place.rank, place.row.alias, place.row.score) for place in found.top]
    return top, found.own and (found.own.rank, found.own.row.score)


async def test_who_wants_to_stands_on_the_leaderboard(engine: Engine, member: str) -> None:
    others = [await enrol(engine, name) for name in ("bo", "cy", "di")]
    for alias, one in zip(("Bo", "Cy"), others, strict=False):
        await challenges.stand_as(engine, one, "ladder", alias)
    for one, total in zip([member, *others], (900, 500, 500, 100), strict=True):
        await buy(engine, one, total)
    await react(engine)
    assert await board(engine, member) == ([(1, "Bo", 500), (1, "Cy", 500)], None)
    await challenges.stand_as(engine, member, "ladder", " Anna ")
    await react(engine)
    assert await board(engine, others[1], 1) == ([(1, "Anna", 900)], (2, 500))
    await buy(engine, others[0], 500)
    await challenges.stand_as(engine, member, "ladder", None)
    await react(engine)
    assert await board(engine, others[1]) == ([(1, "Bo", 1_000), (2, "Cy", 500)], (2, 500))


async def refusal(engine: Engine, member: str, alias: str) -> Refusal | None:
    try:
        await challenges.stand_as(engine, member, "ladder", alias)
    except Refused as refused:
        return refused.refusal
    return None


async def test_a_name_is_one_members_until_they_stand_under_it_no_more(
    engine: Engine, member: str, clock: Clock
) -> None:
    other = await enrol(engine, "bo")
    assert await refusal(engine, member, "Kongen") is None
    assert await refusal(engine, member, "KONGEN") is None
    clock.advance(days=1)
    for alias in ("Kongen", "kongen", " K\uff2fngen"):
        assert await refusal(engine, other, alias) == AliasTaken("ladder", alias.strip())
    assert await refusal(engine, member, "Dronningen") is None
    assert await refusal(engine, other, "kongen") is None
    assert await refusal(engine, member, "Kongen") == AliasTaken("ladder", "Kongen")
    await challenges.stand_as(engine, other, "ladder", None)
    assert await refusal(engine, member, "Kongen") == AliasTaken("ladder", "Kongen")  # for a minute
    clock.advance(seconds=60)
    assert await refusal(engine, member, "Kongen") is None


async def test_of_many_who_want_one_name_at_once_one_has_it(engine: Engine, member: str) -> None:
    wanting = [member, *[await enrol(engine, f"m{n}") for n in range(7)]]
    answers = await asyncio.gather(*[refusal(engine, one, "Kongen") for one in wanting])
    assert sorted(map(str, answers)) == sorted(["None", *[str(AliasTaken("ladder", "Kongen"))] * 7])


async def test_a_free_name_is_taken_over_once(engine: Engine, member: str, clock: Clock) -> None:
    await challenges.stand_as(engine, member, "ladder", "Kongen")
    await challenges.stand_as(engine, member, "ladder", None)
    clock.advance(days=1)
    wanting = [await enrol(engine, f"m{n}") for n in range(6)]
    answers = await asyncio.gather(*[refusal(engine, one, "kongen") for one in wanting])
    assert answers.count(None) == 1


async def test_who_leaves_a_challenge_leaves_its_leaderboard(engine: Engine) -> None:
    await program.publish(
        engine, GAMES.replace("joining: OPT_IN", "joining: OPT_IN\n    leaderboard: true", 1)
    )
    member = await enrol(engine)
    await challenges.join(engine, member, "visits")
    await challenges.stand_as(engine, member, "visits", "Anna")
    await visit(engine, member, START)
    await react(engine)
    seen = await challenges.leaderboard(engine, member, "visits", "all", 10)
    assert [(place.row.alias, place.row.score) for place in seen.top] == [("Anna", 1)]
    await challenges.leave(engine, member, "visits")
    await react(engine)
    seen = await challenges.leaderboard(engine, member, "visits", "all", 10)
    assert (seen.top, seen.own) == ((), None)


async def test_an_older_state_never_overwrites_a_score(engine: Engine, member: str) -> None:
    await challenges.stand_as(engine, member, "ladder", "Anna")
    await buy(engine, member, 900)
    state = await stored(engine.mongo, member) or {}
    fact = {"kind": "ScoresChanged", "member": member}
    await challenges.follow(engine, fact)
    await challenges.stand_as(engine, member, "ladder", None)
    await challenges.follow(engine, fact)
    old = {**state, "_id": member}
    await engine.mongo.delete_many(STATES, {"_id": member})
    await engine.mongo.insert_new(STATES, [old])  # what a slow worker had read before
    await challenges.follow(engine, fact)
    assert await board(engine, member) == ([], None)
