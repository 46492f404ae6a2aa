"""Tiers in MongoDB: the standings and the used benefits of a member's state."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from loyalty.mongo import Document, Index, Mongo
from loyalty.states import STATES, Section, State
from loyalty.tiers.rules import Standing, Tally, Uses

SECTION = "tiers"
NEXT = "_due_at"  # beside the ladders, whose ids begin with a letter

INDEXES = [Index(f"{SECTION}.{NEXT}", name="tiers_falling_due", sparse=True)]


def to_document(standings: Mapping[str, Standing]) -> Document:
    """Write the standings by ladder as a section, and when the clock may change any of them."""
    document: Document = {ladder: _written(standing) for ladder, standing in standings.items()}
    due = [standing.due_at for standing in standings.values() if standing.due_at is not None]
    if due:
        document[NEXT] = min(due)
    return document


def _written(standing: Standing) -> Document:
    document: Document = {
        "tier": standing.tier,
        "reached_at": standing.reached_at,
        "tallies": {day.isoformat(): _counts(tally) for day, tally in standing.tallies.items()},
    }
    if standing.valid_until is not None:
        document |= {"valid_until": standing.valid_until.isoformat(), "due_at": standing.due_at}
    return document


def _counts(tally: Tally) -> list[int]:
    """Write what counted; visits, which few ladders ask for, only where there are any."""
    counts = [tally.spend, tally.purchases, tally.points]
    return [*counts, tally.visits] if tally.visits else counts


def from_document(document: Document) -> Mapping[str, Standing]:
    """Read the standings by ladder."""
    return {ladder: _read(section) for ladder, section in document.items() if ladder != NEXT}


def _read(section: Mapping[str, Any]) -> Standing:
    until = section.get("valid_until")
    return Standing(
        section["tier"],
        section["reached_at"],
        {date.fromisoformat(day): Tally(*tally) for day, tally in section["tallies"].items()},
        None if until is None else date.fromisoformat(until),
        section.get("due_at"),
    )


STANDINGS = Section(SECTION, from_document, to_document)


def uses_document(uses: Mapping[str, Uses]) -> Document:
    """Write how often benefits were used, and since when that is counted."""
    return {benefit: [one.since.isoformat(), one.count] for benefit, one in uses.items()}


def _read_uses(document: Document) -> Mapping[str, Uses]:
    return {
        benefit: Uses(date.fromisoformat(since), count)
        for benefit, (since, count) in document.items()
    }


USES = Section("benefits", _read_uses, uses_document)


def standings_of(state: State) -> Mapping[str, Standing]:
    """Give where a member stands, by ladder; ladders never climbed are absent."""
    return state.value(STANDINGS)


async def prepare(mongo: Mongo) -> None:
    """Create the index."""
    await mongo.create_indexes(STATES, INDEXES)


async def due_members(mongo: Mongo, now: datetime, limit: int) -> list[str]:
    """Find members with a tier that the clock may change by now."""
    found = await mongo.find(STATES, {f"{SECTION}.{NEXT}": {"$lte": now}}, {"_id": 1}, limit=limit)
    return [document["_id"] for document in found]
