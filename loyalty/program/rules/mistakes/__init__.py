"""What is wrong with a program although every part has its shape: references, order and sense.

It reads a definition as plain data and says nothing of a part that has not its shape, so that one
reading tells the mistakes of shape (found by the models) and of sense together.
"""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from loyalty.money import EXPONENTS, unknown
from loyalty.program.rules.mistakes import (
    challenges,
    currencies,
    earning,
    ladders,
    nudges,
    offers,
    personal,
    plans,
    referrals,
)
from loyalty.program.rules.mistakes.nulls import nulls
from loyalty.program.rules.mistakes.parts import Part, Problem, nearest, once, rights, tiers
from loyalty.program.rules.texts import LANGUAGE

__all__ = ["Problem", "nearest", "problems"]


def problems(program: Mapping[str, Any]) -> list[Problem]:
    """List every mistake that no shape can tell, each at its exact path."""
    whole = Part("", program)
    found = list(
        chain(
            _head(whole),
            _declared_once(whole),
            *(currencies.currency(currency, whole) for currency in whole["currencies"].items()),
            *(earning.rule(rule, whole) for rule in whole["earning_rules"].items()),
            *(ladders.ladder(ladder, whole) for ladder in whole["ladders"].items()),
            currencies.adjustments(whole["adjustments"]),
            nudges.nudges(whole["nudges"]),
            *(offers.offer(offer, whole) for offer in whole["offers"].items()),
            *(personal.personal_offer(rule, whole) for rule in whole["personal_offers"].items()),
            *(plans.plan(plan, whole) for plan in rights(whole)),
            *(plans.card(card, whole) for card in whole["cards"].items()),
            *(challenges.challenge(part, whole) for part in whole["challenges"].items()),
            referrals.referral(whole["referral"], whole),
        )
    )
    told = {problem.path for problem in found}
    return [*found, *(problem for problem in nulls(program) if problem.path not in told)]


def _head(whole: Part) -> Iterator[Problem]:
    language = whole["default_language"]
    if language.text is not None and not LANGUAGE.fullmatch(language.text):
        yield language.wrong(
            f"`{language.text}` is not a language: write its code of BCP 47, such as en or pt-BR"
        )
    money = whole["money"]
    if money.text is not None and money.text not in EXPONENTS:
        yield money.wrong(unknown(money.text))


def _declared_once(whole: Part) -> Iterator[Problem]:
    yield from once("currency", whole["currencies"].items())
    yield from once("earning rule", whole["earning_rules"].items())
    yield from once("ladder", whole["ladders"].items())
    yield from once("offer", whole["offers"].items())
    yield from offers.texts(whole["offers"].items())
    yield from once("personal offer", whole["personal_offers"].items())
    yield from once("plan or pass", rights(whole))
    yield from once("card", whole["cards"].items())
    yield from once("challenge", whole["challenges"].items())
    yield from once("tier", tiers(whole))
    homes: dict[str, Part] = {}  # the tiers of one ladder may share a benefit
    for home, benefit in _benefits(whole):
        name = benefit["id"].text
        if name is not None and homes.setdefault(name, home) != home:
            yield benefit["id"].wrong(
                f"the benefit id `{name}` is used twice, also in {homes[name].path}"
            )


def _benefits(whole: Part) -> Iterator[tuple[Part, Part]]:
    """Give every benefit with the ladder, plan or pass it is at home in."""
    for ladder in whole["ladders"].items():
        for tier in ladder["tiers"].items():
            yield from ((ladder, benefit) for benefit in tier["benefits"].items())
    for plan in rights(whole):
        yield from ((plan, benefit) for benefit in plan["benefits"].items())
