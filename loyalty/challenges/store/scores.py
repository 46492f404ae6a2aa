"""Leaderboards in MongoDB: one row for each member, challenge and period; nobody's name in it.

A row is written from a member's state, and only over rows of an older one (`seq`), so that any
number of workers may write it in any order. A row that was taken back keeps its `seq` alone.
"""

from collections.abc import Sequence
from dataclasses import asdict

from loyalty.mongo import Document, Index, Mongo
from loyalty.values import value

SCORES = "challenge_scores"
_HIDDEN = {"challenge": "", "period": "", "alias": "", "score": ""}

INDEXES = [
    Index(
        [("challenge", 1), ("period", 1), ("score", -1), ("_id", 1)], name="highest_scores_first"
    ),
    Index("member", name="scores_of_a_member"),
]


@value
class Score:
    """How far a member is in one period of a challenge; without an alias nobody may see it."""

    challenge: str
    period: str
    alias: str | None
    score: int


@value
class Row:
    """One line of a leaderboard."""

    member_id: str
    alias: str
    score: int


async def prepare(mongo: Mongo) -> None:
    """Create the indexes."""
    await mongo.create_indexes(SCORES, INDEXES)


async def write(mongo: Mongo, member_id: str, seq: int, scores: Sequence[Score]) -> None:
    """Write a member's scores from a state of this sequence number; take back those without a name.

    Who left a leaderboard is gone from its earlier periods as well.
    """
    await mongo.update_batch(SCORES, [_statement(member_id, seq, score) for score in scores])
    left = {score.challenge for score in scores if score.alias is None}
    if left:
        where = {"member": member_id, "challenge": {"$in": sorted(left)}, "seq": {"$lt": seq}}
        await mongo.update_many(SCORES, where, {"$set": {"seq": seq}, "$unset": _HIDDEN})


def _statement(member_id: str, seq: int, score: Score) -> Document:
    change: Document = {"$set": {"member": member_id, "seq": seq}}
    if score.alias is None or not score.score:
        change["$unset"] = _HIDDEN
    else:
        change["$set"] |= asdict(score)
    row = {"_id": _row_id(score.challenge, score.period, member_id), "seq": {"$lt": seq}}
    return {"q": row, "u": change, "upsert": True}


def _row_id(challenge: str, period: str, member_id: str) -> str:
    return f"{challenge}:{period}:{member_id}"


async def top(mongo: Mongo, challenge: str, period: str, limit: int) -> Sequence[Row]:
    """Read the highest scores of a period."""
    where = {"challenge": challenge, "period": period}
    found = await mongo.find(SCORES, where, sort=[("score", -1), ("_id", 1)], limit=limit)
    return [Row(row["member"], row["alias"], row["score"]) for row in found]


async def better(mongo: Mongo, challenge: str, period: str, score: int) -> int:
    """Count who has a higher score in a period."""
    where = {"challenge": challenge, "period": period, "score": {"$gt": score}}
    return await mongo.count(SCORES, where)


async def of_member(mongo: Mongo, challenge: str, period: str, member_id: str) -> Row | None:
    """Read a member's own line of a period."""
    row = await mongo.find_one(SCORES, {"_id": _row_id(challenge, period, member_id)})
    return Row(member_id, row["alias"], row["score"]) if row and "score" in row else None
