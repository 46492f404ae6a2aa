"""Challenges in MongoDB: the members' part, leaderboards, and submissions to be listed."""

from loyalty.challenges.store import aliases, scores, submissions
from loyalty.challenges.store.efforts import EFFORTS, submission_document
from loyalty.challenges.store.scores import Row, Score
from loyalty.mongo import Mongo

__all__ = [
    "EFFORTS",
    "Row",
    "Score",
    "aliases",
    "prepare",
    "scores",
    "submission_document",
    "submissions",
]


async def prepare(mongo: Mongo) -> None:
    """Create the indexes."""
    await scores.prepare(mongo)
    await submissions.prepare(mongo)
