"""What a tier asks for in words, for whoever shows the way to it, to reach it or to keep it."""

from collections.abc import Sequence
from dataclasses import dataclass

from loyalty import messages
from loyalty.program import Program, terms
from loyalty.tiers.rules.thresholds import Criterion, Progress


@dataclass(frozen=True, slots=True)
class Units:
    """What a ladder counts in: the money of the program, and its points by their name."""

    money: str
    points: terms.Text | None


def units_of(ladder: terms.Ladder, program: Program) -> Units:
    """Give what a ladder of a program counts in."""
    currency = program.currency(ladder.points_currency or "")
    return Units(program.money, currency.name if currency else None)


def way(progress: Progress, units: Units, tier: str, locale: str) -> str:
    """Say the way to the next tier, which is called `tier`, in one sentence."""
    if not any(criterion.missing for criterion in progress.criteria):
        return messages.render("PROGRESS_ENOUGH", locale, tier=tier)
    kind = "PROGRESS" if progress.counted_until is None else "PROGRESS_UNTIL"
    missing = asks(progress.criteria, progress.match, units, locale)
    said = messages.render(kind, locale, asks=missing, tier=tier, until=progress.counted_until)
    return said[0].upper() + said[1:]


def asks(criteria: Sequence[Criterion], match: str, units: Units, locale: str) -> str:
    """Say what is missing."""
    missing = [
        messages.render(f"ASK_{criterion.metric}", locale, missing=_missing(criterion, units))
        for criterion in criteria
        if criterion.missing
    ]
    return messages.render(f"ASKS_{match}", locale, asks=missing)


def _missing(criterion: Criterion, units: Units) -> object:
    if criterion.metric == "SPEND":
        return messages.Money(criterion.missing, units.money)
    if criterion.metric == "POINTS" and units.points is not None:
        return messages.Count(criterion.missing, units.points)
    return criterion.missing
