"""Tiers in MongoDB: the standings section of a member's state."""

from collections.abc import Mapping
from datetime import date

from loyalty.mongo import Document
from loyalty.states import State
from loyalty.tiers.rules import Standing, Tally

SECTION = "tiers"


def to_document(standings: Mapping[str, Standing]) -> Document:
    """Write the standings by ladder as a section."""
    return {
        ladder: {
            "tier": standing.tier,
            "reached_at": standing.reached_at,
            "tallies": {
                day.isoformat(): [tally.spend, tally.purchases, tally.points]
                for day, tally in standing.tallies.items()
            },
        }
        for ladder, standing in standings.items()
    }


def from_document(document: Document) -> dict[str, Standing]:
    """Read the standings by ladder."""
    return {
        ladder: Standing(
            section["tier"],
            section["reached_at"],
            {date.fromisoformat(day): Tally(*tally) for day, tally in section["tallies"].items()},
        )
        for ladder, section in document.items()
    }


def standings_of(state: State) -> dict[str, Standing]:
    """Read where a member stands, by ladder; ladders never climbed are absent."""
    return from_document(state.section(SECTION) or {})
