"""Challenges: goals with a time, how far each member is, and what reaching them gave."""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from loyalty.challenges.rules import (
    Achievement, Submission, SubmissionDecided, SubmissionLimit, SubmissionStatus,
    SubmissionUnknown, SubmissionsNotTaken, counting, refusals,
)
from loyalty.challenges.service import (
    Deciding, Leaderboard, Place, Standing, Submitting, achievements, after, decide_on, follow,
    join, leaderboard, leave, prepare, stand_as, standing, standings, submissions, submit, undo,
)
from loyalty.challenges.store import EFFORTS

__all__ = [
    "EFFORTS", "Achievement", "Deciding", "Leaderboard", "Place", "Standing", "Submission",
    "SubmissionDecided", "SubmissionLimit", "SubmissionStatus", "SubmissionUnknown",
    "SubmissionsNotTaken", "Submitting", "achievements", "after", "counting", "decide_on", "follow",
    "join", "leaderboard", "leave", "prepare", "refusals", "stand_as", "standing", "standings",
    "submissions", "submit", "undo",
]
