"""Challenges in the commit of an activity: counted, given once, taken back, joined and left."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from loyalty import activities, challenges, members, program
from loyalty.activities import Event, Line, Refund
from loyalty.challenges import Standing
from loyalty.challenges.rules.refusals import (
    ChallengeAutomatic,
    ChallengeNotJoined,
    ChallengeNotRanked,
    ChallengeOver,
    ChallengeUnknown,
)
from loyalty.engine import Engine
from loyalty.program.rules import NOBODY_SPECIAL
from tests.engines import START, Clock, enrol, purchase, stored
from tests.integration.games import GAMES, balance, buy, challenges_of, refused, visit


@pytest.fixture
async def member(engine: Engine) -> str:
    await program.publish(engine, GAMES)
    return await enrol(engine)


async def standing(engine: Engine, member: str, name: str) -> Standing:
    state = await members.require(engine, member)
    version = await program.active(engine)
    found = challenges.standings(state, version, NOBODY_SPECIAL, engine.clock())
    return next(one for one in found if one.challenge.id == name)


async def test_each_level_is_given_once_in_a_period(
    engine: Engine, member: str, clock: Clock
) -> None:
    await buy(engine, member, 999)
    assert await balance(engine, member) == 0
    await buy(engine, member, 1)
    assert await balance(engine, member) == 10
    await buy(engine, member, 9_000)
    assert await balance(engine, member) == 40
    await buy(engine, member, 9_000)
    assert await balance(engine, member) == 40
    clock.present = datetime(2026, 3, 31, 22, 0)  # April in Copenhagen
    await buy(engine, member, 3_000, occurred_at=clock.present)
    assert await balance(engine, member) == 80
    april = await standing(engine, member, "ladder")
    assert (april.span.key, april.have, april.next_mark) == ("2026-04", 3_000, None)


async def test_one_purchase_may_pass_every_level(engine: Engine, member: str) -> None:
    await buy(engine, member, 2_500)
    state = await challenges_of(engine, member)
    assert await balance(engine, member) == 40
    assert [(a["level"], a["times"]) for a in state["achievements"]] == [("low", 1), ("high", 1)]
    assert state["parts"]["ladder"]["periods"]["2026-03"] == {
        "count": 2_500,
        "given": {"low": 1, "high": 1},
        "completed_at": START,
        "last": "2026-03-31",
    }


async def test_the_entry_says_what_was_completed(engine: Engine, member: str) -> None:
    await buy(engine, member, 1_000)
    document = await stored(engine.mongo, member) or {}
    [entry] = [entry for record in document["recent"] for entry in record["entries"]]
    assert entry["explanation"] == {
        "version": 1,
        "kind": "CHALLENGE",
        "challenge": "ladder",
        "period": "2026-03",
        "level": "low",
        "time": 1,
    }
    assert document["recent"][-1]["result"]["challenges"] == ["ladder"]


async def test_facts_tell_of_quarters_and_of_levels(engine: Engine, member: str) -> None:
    for total in (100, 200, 100, 700, 100):
        await buy(engine, member, total)
    document = await stored(engine.mongo, member) or {}
    told = [fact for fact in document["outbox"] if fact["kind"].startswith("Challenge")]
    assert [(f["kind"], f["data"].get("have"), f["data"].get("level")) for f in told] == [
        ("ChallengeProgressed", 300, None),
        ("ChallengeCompleted", None, "low"),
        ("ChallengeProgressed", 1_100, None),
    ]


async def test_racing_purchases_give_a_level_once(engine: Engine, member: str) -> None:
    await asyncio.gather(*(buy(engine, member, 500) for _ in range(20)))
    assert await balance(engine, member) == 40
    assert (await standing(engine, member, "ladder")).have == 10_000


async def test_a_late_report_counts_in_its_own_period_for_a_month(
    engine: Engine, member: str, clock: Clock
) -> None:
    clock.present = datetime(2026, 5, 1, 12, 0)
    await buy(engine, member, 1_000, occurred_at=datetime(2026, 4, 30, 12, 0))
    assert await balance(engine, member) == 10
    await buy(engine, member, 1_000, occurred_at=datetime(2026, 3, 31, 12, 0))
    assert await balance(engine, member) == 20
    clock.present = datetime(2026, 5, 2, 12, 0)
    await buy(engine, member, 9_000, occurred_at=datetime(2026, 3, 31, 12, 0))
    assert await balance(engine, member) == 20
    assert set((await challenges_of(engine, member))["parts"]["ladder"]["periods"]) == {
        "2026-03",
        "2026-04",
    }
    await buy(engine, member, 100, occurred_at=clock.present)
    assert set((await challenges_of(engine, member))["parts"]["ladder"]["periods"]) == {
        "2026-04",
        "2026-05",
    }


async def test_who_joins_is_counted_until_they_leave(
    engine: Engine, member: str, clock: Clock
) -> None:
    await visit(engine, member, START)
    assert not (await standing(engine, member, "visits")).joined
    await challenges.join(engine, member, "visits")
    for day in range(3):
        await visit(engine, member, START + timedelta(days=day, hours=-13))
        clock.advance(days=1)
    found = await standing(engine, member, "visits")
    assert (found.joined_at, found.have, found.missing) == (START, 2, 1)
    await visit(engine, member, clock.present)
    assert await balance(engine, member) == 5
    await challenges.leave(engine, member, "visits")
    assert (await standing(engine, member, "visits")).have == 0
    await challenges.join(engine, member, "visits")
    for _ in range(5):
        clock.advance(days=1)
        await visit(engine, member, clock.present)
    assert (await standing(engine, member, "visits")).have == 5
    assert await balance(engine, member) == 5


async def test_what_cannot_be_joined_or_left(engine: Engine, member: str) -> None:
    cases = [
        (challenges.join(engine, member, "gone"), ChallengeUnknown("gone")),
        (challenges.join(engine, member, "past"), ChallengeOver("past")),
        (challenges.join(engine, member, "ladder"), ChallengeAutomatic("ladder")),
        (challenges.leave(engine, member, "ladder"), ChallengeAutomatic("ladder")),
        (challenges.leave(engine, member, "visits"), ChallengeNotJoined("visits")),
        (challenges.stand_as(engine, member, "visits", "Anna"), ChallengeNotRanked("visits")),
    ]
    for work, refusal in cases:
        assert await refused(engine, member, work) == refusal


async def give_back(engine: Engine, name: str, **part: Any) -> None:
    wanted = Refund("till", engine.new_id(), engine.clock(), "till", name, **part)
    await activities.record_refund(engine, wanted)


async def test_a_refund_takes_back_what_counted_and_not_what_was_given(
    engine: Engine, member: str
) -> None:
    await activities.record_purchase(engine, purchase(member, "a", 900, money="EUR"))
    await activities.record_purchase(engine, purchase(member, "b", 300, money="EUR"))
    assert await balance(engine, member) == 10
    await give_back(engine, "a", amount=250)
    assert (await standing(engine, member, "ladder")).have == 950
    await give_back(engine, "a")
    assert (await standing(engine, member, "ladder")).have == 300
    assert await balance(engine, member) == 10
    await buy(engine, member, 2_199)
    assert await balance(engine, member) == 10
    await buy(engine, member, 1)
    assert await balance(engine, member) == 40


async def test_what_was_not_counted_is_not_taken_back(engine: Engine, member: str) -> None:
    await program.publish(engine, GAMES.partition("challenges:")[0])
    await activities.record_purchase(engine, purchase(member, "a", 900, money="EUR"))
    await program.publish(engine, GAMES)
    await buy(engine, member, 500)
    await give_back(engine, "a")
    assert (await standing(engine, member, "ladder")).have == 500


async def test_a_program_without_challenges_writes_no_section(engine: Engine) -> None:
    await program.publish(engine, GAMES.partition("challenges:")[0])
    member = await enrol(engine)
    await buy(engine, member, 500, lines=(Line(500),))
    await activities.record_event(engine, Event("app", "1", member, START, "photo"))
    assert await challenges_of(engine, member) == {}
    assert await balance(engine, member) == 0
