"""What is wrong with plans, passes and punch cards: names of nothing, amounts that cannot be."""

from collections.abc import Iterator

from loyalty.program.rules.mistakes.earning import OF_PURCHASES
from loyalty.program.rules.mistakes.ladders import benefit
from loyalty.program.rules.mistakes.offers import grant
from loyalty.program.rules.mistakes.parts import (
    Part,
    Problem,
    conditions,
    exact,
)


def plan(plan: Part, whole: Part) -> Iterator[Problem]:
    """Find what is wrong with a plan or a pass."""
    yield from exact(plan["price"], whole)
    for given in plan["benefits"].items():
        yield from benefit(given)
    for when in ("start_grants", "renewal_grants"):
        for given in plan[when].items():
            yield from grant(given, whole)


def card(card: Part, whole: Part) -> Iterator[Problem]:
    """Find what is wrong with a punch card."""
    when = card["when"]
    yield from conditions(when, whole)
    for given in card["grants"].items():
        yield from grant(given, whole)
    if card["trigger"].text == "VISIT":
        for name in OF_PURCHASES:
            if when[name].value:
                yield when[name].wrong(
                    "only purchases have it: a card with trigger VISIT cannot ask for it"
                )
