"""Challenges in the graph: what is declared, how far members are, and what they and staff do."""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from schema.challenges.app import AppChallengeMutation
from schema.challenges.staff import StaffChallengeMutation, StaffChallengeQuery
from schema.challenges.standings import (
    Achievement, ChallengeStanding, show_achievements, show_standings,
)
from schema.challenges.terms import Challenge, show_challenge

__all__ = [
    "Achievement", "AppChallengeMutation", "Challenge", "ChallengeStanding",
    "StaffChallengeMutation", "StaffChallengeQuery", "show_achievements", "show_challenge",
    "show_standings",
]
