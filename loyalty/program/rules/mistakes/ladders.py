"""What is wrong with ladders: thresholds that do not climb, factors out of place."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from loyalty.program.rules.mistakes.parts import (
    AMOUNT,
    WHOLE,
    Part,
    Problem,
    exact,
    ids,
    known,
)

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
    yield from _validity(ladder)


def _climbs(threshold: Part, tier: str, below: dict[str, tuple[Decimal, str]]) -> Iterator[Problem]:
    for name in _METRICS:
        mark = threshold[name].read(AMOUNT)
        if mark is None:
            continue
        if name in below and mark <= below[name][0]:
            than, whose = below[name]
            yield threshold[name].wrong(f"must be higher than the {than} of tier `{whose}` below")
        below[name] = (mark, tier)


def _validity(ladder: Part) -> Iterator[Problem]:
    validity, window = ladder["validity"], ladder["window"].text or "CALENDAR_YEAR"
    kind, months = validity["kind"].text or "FOREVER", validity["months"]
    if (kind == "MONTHS") != (months.value is not None):
        yield months.wrong("`months` belongs to a validity of MONTHS, and is required there")
    if kind == "PERIOD_END" and window in ("ROLLING_12M", "LIFETIME"):
        yield validity["kind"].wrong(
            f"a window of {window} has no periods that end: use MONTHS, or a window of"
            " CALENDAR_YEAR or ANNIVERSARY"
        )
    if kind == "MONTHS" and window == "LIFETIME":
        yield validity["kind"].wrong(
            "a window of LIFETIME counts everything, so that a tier once reached is always kept:"
            " use another window, or FOREVER"
        )
    grace_days = validity["grace_days"].read(WHOLE)
    if kind == "FOREVER" and grace_days:
        yield validity["grace_days"].wrong("a tier that lasts for ever has no grace days")


_ONLY = {"percent": "DISCOUNT", "hours": "EARLY_ACCESS", "days": "EARLY_ACCESS"}


def benefit(benefit: Part) -> Iterator[Problem]:
    """Find what is wrong with a benefit."""
    kind = benefit["kind"].text
    for name, of in _ONLY.items():
        if kind is not None and kind != of and benefit[name].value is not None:
            yield benefit[name].wrong(f"`{name}` belongs to a benefit of the kind {of}")
    if benefit["hours"].value is not None and benefit["days"].value is not None:
        yield benefit["hours"].wrong("say how early in `hours` or in `days`, not in both")
    if kind is not None and (kind == "POINTS_MULTIPLIER") != (benefit["factor"].value is not None):
        yield benefit["factor"].wrong(
            "`factor` belongs to a POINTS_MULTIPLIER, and is required there"
        )
