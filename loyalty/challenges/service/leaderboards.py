"""Who is ahead: rows written from members' states as facts come in, and read by the place."""

from dataclasses import dataclass

from loyalty import members, program
from loyalty.challenges import rules, store
from loyalty.challenges.store import Row, Score
from loyalty.engine import Engine
from loyalty.members import Doing
from loyalty.mongo import Document

_OF_SUBMISSIONS = frozenset({"SubmissionMade", "SubmissionDecided"})


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a leaderboard; who has the same score has the same rank."""

    rank: int
    row: Row


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """The best of a period, and the place of the member who looks (None: not on it)."""

    top: tuple[Place, ...]
    own: Place | None


async def follow(engine: Engine, fact: Document) -> None:
    """Let what is copied from a member's state follow it: a submission for staff, or scores."""
    if fact["kind"] in _OF_SUBMISSIONS:
        await store.submissions.copy(engine.mongo, fact["member"], fact["data"])
    else:
        await _write_scores(engine, fact["member"])


async def _write_scores(engine: Engine, member_id: str) -> None:
    """Write a member's scores as they are now, or take them back, as of who takes no part."""
    state = await members.find(engine, member_id)
    version = await program.find_active(engine)
    if state is None or version is None:
        return
    efforts, takes_part = state.value(store.EFFORTS), members.may(state, Doing.COMPETE)
    scores = [
        Score(challenge.id, key, alias, rules.reached(challenge, progress))
        for challenge in version.program.challenges
        if challenge.leaderboard
        for part in [efforts.part(challenge.id)]
        for alias in [part.alias if takes_part else None]
        for key, progress in part.periods.items()
    ]
    await store.scores.write(engine.mongo, member_id, state.seq, scores)


async def leaderboard(
    engine: Engine, member_id: str, challenge_id: str, period: str, limit: int
) -> Leaderboard:
    """Read the best `limit` of a challenge's period, and where a member stands."""
    rows = await store.scores.top(engine.mongo, challenge_id, period, limit)
    places: list[Place] = []
    for row in rows:
        tied = places[-1].rank if places and places[-1].row.score == row.score else None
        places.append(Place(tied or len(places) + 1, row))
    own = next((place for place in places if place.row.member_id == member_id), None)
    if own is None:
        mine = await store.scores.of_member(engine.mongo, challenge_id, period, member_id)
        if mine is not None:
            ahead = await store.scores.better(engine.mongo, challenge_id, period, mine.score)
            own = Place(ahead + 1, mine)
    return Leaderboard(tuple(places), own)
