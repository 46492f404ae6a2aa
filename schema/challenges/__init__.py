"""Challenges in the graph: what is declared, and how far members are; what is done is beside it."""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from schema.challenges.standings import (
    Achievement, ChallengeStanding, show_achievements, show_standings,
)
from schema.challenges.terms import Challenge, show_challenge

__all__ = [
    "Achievement", "Challenge", "ChallengeStanding", "show_achievements", "show_challenge",
    "show_standings",
]
