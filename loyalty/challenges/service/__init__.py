"""The verbs of challenges: counting with each activity, joining, submitting, ranking, reading."""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from loyalty.challenges.service.counting import after, undo
from loyalty.challenges.service.joining import join, leave, stand_as
from loyalty.challenges.service.leaderboards import Leaderboard, Place, follow, leaderboard
from loyalty.challenges.service.reading import (
    Mark, Standing, achievements, prepare, standing, standings,
)
from loyalty.challenges.service import submissions
from loyalty.challenges.service.submissions import Deciding, Submitting, decide_on, submit

__all__ = [
    "Deciding", "Leaderboard", "Mark", "Place", "Standing", "Submitting", "achievements", "after",
    "decide_on", "follow", "join", "leaderboard", "leave", "prepare", "stand_as", "standing",
    "standings", "submissions", "submit", "undo",
]
