"""What members submit to a challenge: counted when staff approve it, never before."""

import pytest

from loyalty import challenges, program
from loyalty.challenges import (
    Deciding,
    SubmissionDecided,
    SubmissionLimit,
    SubmissionsNotTaken,
    SubmissionStatus,
    SubmissionUnknown,
    Submitting,
)
from loyalty.engine import Engine
from loyalty.walks import Walk
from tests.engines import Clock, enrol
from tests.integration.games import GAMES, balance, challenges_of, photo, react, refused


@pytest.fixture
async def member(engine: Engine) -> str:
    await program.publish(engine, GAMES)
    return await enrol(engine)


async def test_what_is_approved_counts_as_the_event_from_when_it_was_made(
    engine: Engine, member: str, clock: Clock
) -> None:
    first = await challenges.submit(engine, photo(member, "k1"))
    again = await challenges.submit(engine, photo(member, "k1"))
    assert (again.replayed, again.result) == (True, first.result)
    clock.advance(days=7)
    await react(engine)
    [(whose, one)] = await challenges.submissions.walk(engine, SubmissionStatus.WAITING, Walk(10))
    assert (whose, one.id, one.url) == (
        member,
        first.result["submission"],
        "https://pics.example/1",
    )
    for _ in range(2):
        await challenges.decide_on(engine, Deciding(one.id, True, "d1", "staff:1"))
    await react(engine)
    assert await balance(engine, member) == 7
    assert "2026-W10" in (await challenges_of(engine, member))["parts"]["photos"]["periods"]
    assert await challenges.submissions.walk(engine, SubmissionStatus.WAITING, Walk(10)) == []
    [(_, seen)] = await challenges.submissions.walk(engine, SubmissionStatus.APPROVED, Walk(10))
    assert (seen.id, seen.decided_at) == (one.id, clock.present)


async def test_what_is_rejected_gives_its_place_back(engine: Engine, member: str) -> None:
    made = [await challenges.submit(engine, photo(member, key)) for key in ("a", "b")]
    third = challenges.submit(engine, photo(member, "c"))
    assert await refused(engine, member, third) == SubmissionLimit("photos", 2)
    no = Deciding(made[0].result["submission"], False, "d", "staff:1", "Too dark")
    await challenges.decide_on(engine, no)
    await challenges.submit(engine, photo(member, "c"))
    await react(engine)
    assert await balance(engine, member) == 0
    [(_, one)] = await challenges.submissions.walk(engine, SubmissionStatus.REJECTED, Walk(10))
    assert (one.id, one.reason) == (no.submission, "Too dark")


async def test_what_cannot_be_submitted_or_decided(engine: Engine, member: str) -> None:
    elsewhere = Submitting(member, "ladder", "k", text="x")
    work = challenges.submit(engine, elsewhere)
    assert await refused(engine, member, work) == SubmissionsNotTaken("ladder")
    made = (await challenges.submit(engine, photo(member, "a"))).result["submission"]
    await challenges.decide_on(engine, Deciding(made, True, "d", "staff:1"))
    twice = challenges.decide_on(engine, Deciding(made, False, "e", "staff:2"))
    assert await refused(engine, member, twice) == SubmissionDecided(made, "APPROVED")
    for name in ("sub_nobody_1", made + "9", "x"):
        work = challenges.decide_on(engine, Deciding(name, True, "f", "staff:1"))
        assert await refused(engine, member, work) == SubmissionUnknown(name)
