"""What is wrong with ladders: thresholds that do not climb, factors out of place."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from loyalty.program.rules.mistakes.parts import AMOUNT, Part, Problem, exact, ids, known

_METRICS = ("spend", "purchases", "points", "visits")


def ladder(ladder: Part, whole: Part) -> Iterator[Problem]:
    """Find what is wrong with a ladder."""
    counted = ladder["points_currency"]
    yield from known("currency", counted, ids(whole["currencies"].items()))
    below: dict[str, tuple[Decimal, str]] = {}
    for index, tier in enumerate(ladder["tiers"].items()):
        threshold = tier["threshold"]
        if threshold.value is None and index > 0:
            yield threshold.wrong("required: only the lowest tier may be without")
        if threshold["points"].value is not None and counted.value is None:
            yield threshold["points"].wrong(
                "a tier that counts points: name the ladder's `points_currency`"
            )
        unnamed = all(threshold[name].value is None for name in _METRICS)
        if isinstance(threshold.value, Mapping) and unnamed:
            yield threshold.wrong("name at least one of spend, purchases, points, visits")
        yield from exact(threshold["spend"], whole)
        yield from _climbs(threshold, tier["id"].text or "", below)
        for given in tier["benefits"].items():
            yield from benefit(given)


def _climbs(threshold: Part, tier: str, below: dict[str, tuple[Decimal, str]]) -> Iterator[Problem]:
    for name in _METRICS:
        mark = threshold[name].read(AMOUNT)
        if mark is None:
            continue
        if name in below and mark <= below[name][0]:
            than, whose = below[name]
            yield threshold[name].wrong(f"must be higher than the {than} of tier `{whose}` below")
        below[name] = (mark, tier)


def benefit(benefit: Part) -> Iterator[Problem]:
    """Find what is wrong with a benefit."""
    kind = benefit["kind"].text
    if kind is not None and (kind == "POINTS_MULTIPLIER") != (benefit["factor"].value is not None):
        yield benefit["factor"].wrong(
            "`factor` belongs to a POINTS_MULTIPLIER, and is required there"
        )
