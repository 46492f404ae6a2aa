"""Leaderboards in MongoDB: one row for each member, challenge and period; nobody's name in it.

A row is written from a member's state, and only over rows of an older one (`seq`), so that any
number of workers may write it in any order. A row that was taken back keeps its `seq` alone.
"""

from collections.abc import Mapping, Sequence

from loyalty.mongo import Document, Index, Mongo
from loyalty.values import value

SCORES = "challenge_scores"

INDEXES = [
    Index(
        [("challenge", 1), ("period", 1), ("score", -1), ("_id", 1)], name="highest_scores_first"
    ),
    Index("member", name="scores_of_a_member"),
]


@value
class Row:
    """One line of a leaderboard."""

    member_id: str
    alias: str
    score: int


async def prepare(mongo: Mongo) -> None:
    """Create the indexes."""
    await mongo.create_indexes(SCORES, INDEXES)


async def write(
    mongo: Mongo,
    member: tuple[str, int],
    alias: str | None,
    scores: Mapping[tuple[str, str], int],
) -> None:
    """Write a member's scores by challenge and period; without an alias take every row back.

    `member` is the member's id, and the sequence number of the state that the scores are from.
    """
    member_id, seq = member
    statements = [
        _statement(member, alias, place, score) for place, score in sorted(scores.items())
    ]
    await mongo.update_batch(SCORES, statements)
    if alias is None:
        gone = {"$set": {"seq": seq}, "$unset": _HIDDEN}
        await mongo.update_many(SCORES, {"member": member_id, "seq": {"$lt": seq}}, gone)


_HIDDEN = {"challenge": "", "period": "", "alias": "", "score": ""}


def _statement(
    member: tuple[str, int], alias: str | None, place: tuple[str, str], score: int
) -> Document:
    (member_id, seq), (challenge, period) = member, place
    change: Document = {"$set": {"member": member_id, "seq": seq}}
    if alias is None or not score:
        change["$unset"] = _HIDDEN
    else:
        change["$set"] |= {"challenge": challenge, "period": period, "alias": alias, "score": score}
    row = {"_id": f"{challenge}:{period}:{member_id}", "seq": {"$lt": seq}}
    return {"q": row, "u": change, "upsert": True}


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
    row = await mongo.find_one(SCORES, {"_id": f"{challenge}:{period}:{member_id}"})
    return Row(member_id, row["alias"], row["score"]) if row and "score" in row else None
