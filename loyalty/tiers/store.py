"""Tiers in MongoDB: the standings section of a member's state."""

from collections.abc import Mapping
from datetime import date

from loyalty.mongo import Document
from loyalty.states import Section, State
from loyalty.tiers.rules import Standing, Tally

SECTION = "tiers"


def to_document(standings: Mapping[str, Standing]) -> Document:
    """Write the standings by ladder as a section."""
    return {
        ladder: {
            "tier": standing.tier,
            "reached_at": standing.reached_at,
            "tallies": {day.isoformat(): _counts(tally) for day, tally in standing.tallies.items()},
        }
        for ladder, standing in standings.items()
    }


def _counts(tally: Tally) -> list[int]:
    """Write what counted; visits, which few ladders ask for, only where there are any."""
    counts = [tally.spend, tally.purchases, tally.points]
    return [*counts, tally.visits] if tally.visits else counts


def from_document(document: Document) -> Mapping[str, Standing]:
    """Read the standings by ladder."""
    return {
        ladder: Standing(
            section["tier"],
            section["reached_at"],
            {date.fromisoformat(day): Tally(*tally) for day, tally in section["tallies"].items()},
        )
        for ladder, section in document.items()
    }


STANDINGS = Section(SECTION, from_document, to_document)


def standings_of(state: State) -> Mapping[str, Standing]:
    """Give where a member stands, by ladder; ladders never climbed are absent."""
    return state.value(STANDINGS)
