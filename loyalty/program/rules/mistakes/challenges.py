"""What is wrong with challenges: goals that nobody can reach, marks that do not climb."""

from collections.abc import Iterator
from decimal import Decimal

from loyalty.program.rules.challenges import UNITS, ChallengeCriterion
from loyalty.program.rules.mistakes.offers import grant
from loyalty.program.rules.mistakes.parts import (
    AMOUNT,
    DAY,
    TRUTH,
    Part,
    Problem,
    conditions,
    exact,
    once,
)

KEPT = 366
"""The most that a DISTINCT or a STREAK may ask for: what is told apart is kept with the member."""


_OF_LINES = ("SPEND", "PRODUCTS", "CATEGORIES")


def challenge(challenge: Part, whole: Part) -> Iterator[Problem]:
    """Find what is wrong with a challenge."""
    for trigger in challenge["triggers"].items():
        yield from _trigger(trigger, whole)
        if challenge["of"].text in _OF_LINES and trigger["trigger"].text in ("VISIT", "EVENT"):
            yield trigger["trigger"].wrong(f"only a PURCHASE has {challenge['of'].text}")
    yield from _unit(challenge)
    yield from _goal(challenge, whole)
    yield from _time(challenge)
    if challenge["submissions"].value is not None and not _is_one_event(challenge):
        yield challenge["submissions"].wrong(
            "what is approved counts as one event: give it one trigger, an EVENT"
        )


def _trigger(trigger: Part, whole: Part) -> Iterator[Problem]:
    is_event = trigger["trigger"].text == "EVENT"
    if is_event != (trigger["event"].value is not None):
        yield trigger["event"].wrong("a trigger on EVENT names its `event`, others do not")
    yield from conditions(trigger["when"], whole)


def _unit(challenge: Part) -> Iterator[Problem]:
    criterion, unit = challenge["criterion"].text or "COUNT", challenge["of"]
    if criterion not in set(ChallengeCriterion):
        return
    allowed = sorted(UNITS[ChallengeCriterion(criterion)])
    if unit.value is not None and unit.text not in allowed:
        said = f"is `of` {' or '.join(allowed)}" if allowed else "counts what was done: no `of`"
        yield unit.wrong(f"a {criterion} {said}")
    elif unit.value is None and allowed:
        yield unit.wrong(f"required: a {criterion} is `of` {' or '.join(allowed)}")


def _goal(challenge: Part, whole: Part) -> Iterator[Problem]:
    levels = list(challenge["levels"].items())
    yield from once("level", levels)
    if (challenge["target"].value is None) == (not levels):
        yield challenge["target"].wrong("give one `target`, or `levels` with a target each")
    for name in ("grants", "badge"):
        if levels and challenge[name].value:
            yield challenge[name].wrong(f"each level has its own `{name}`")
    repeats = challenge["repeats"].read(TRUTH)
    if levels and repeats:
        yield challenge["repeats"].wrong("levels are reached once in a period: give one `target`")
    if repeats and challenge["criterion"].text in ("DISTINCT", "STREAK"):
        yield challenge["repeats"].wrong("only a COUNT or a SUM is reached again and again")
    below = Decimal(0)
    for mark in [challenge, *levels]:
        yield from _target(mark["target"], challenge, whole)
        far = mark["target"].read(AMOUNT)
        if mark is not challenge and far is not None:
            if far <= below:
                yield mark["target"].wrong(f"must be higher than the {below} of the level below")
            below = far
        for given in mark["grants"].items():
            yield from grant(given, whole)


def _target(target: Part, challenge: Part, whole: Part) -> Iterator[Problem]:
    far = target.read(AMOUNT)
    if far is None:
        return
    if challenge["of"].text == "SPEND":
        yield from exact(target, whole)
    elif far != far.to_integral_value():
        yield target.wrong("must be a whole number; only a SUM of SPEND is in money")
    if challenge["criterion"].text in ("DISTINCT", "STREAK") and far > KEPT:
        yield target.wrong(f"at most {KEPT}")


def _time(challenge: Part) -> Iterator[Problem]:
    starts, ends = challenge["starts_on"].read(DAY), challenge["ends_on"].read(DAY)
    if starts is not None and ends is not None and ends < starts:
        yield challenge["ends_on"].wrong("must not be before `starts_on`")
    if challenge["of"].text == "MONTHS" and challenge["period"].text in ("WEEK", "MONTH"):
        yield challenge["period"].wrong("a streak of months takes a YEAR, or no period")
    if challenge["of"].text == "WEEKS" and challenge["period"].text == "WEEK":
        yield challenge["period"].wrong("a streak of weeks takes a MONTH, a YEAR, or no period")


def _is_one_event(challenge: Part) -> bool:
    triggers = list(challenge["triggers"].items())
    return len(triggers) == 1 and triggers[0]["trigger"].text == "EVENT"
