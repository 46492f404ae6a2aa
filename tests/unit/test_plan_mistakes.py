"""What is wrong with plans, passes and cards is told at its exact path."""

import pytest

from tests.unit.test_program_mistakes import CURRENCIES, HEAD, told

SHIPPING = "benefits: [{id: x, kind: FREE_SHIPPING, name: x}]"
POINT = "grants: [{points: 1, currency: points}]"
FIXED = "effect: {kind: FIXED, points: 1}"


def plan(text: str = "") -> str:
    return f"plans: [{{id: vip, name: V, period: MONTH, price: 1, {text}}}]\n"


def timed(plan_id: str, text: str = "") -> str:
    return f"passes: [{{id: {plan_id}, name: P, price: 1, months: 1, {text}}}]\n"


def card(text: str) -> str:
    return f"cards: [{{id: c, name: C, size: 10, {text}}}]\n"


def rule(text: str) -> str:
    return f"earning_rules: [{{id: r, name: R, currency: points, {FIXED}, {text}}}]\n"


def offer(text: str) -> str:
    return f"offers: [{{id: o, name: O, kind: CUSTOM, {text}}}]\n"


FOR_NOBODY = "when: {plans: [vop]}"
BOUGHT = "id: q, offer: o, kind: BOUGHT, by: PRODUCT, count: 2, days: 9"
ON_VISITS = f"{{trigger: VISIT, {FOR_NOBODY}}}"
SHARED = "link: 'https://a.example/{code}', referrer: {gives: [{points: 1, currency: points}]}"
NOT_DECLARED = "names the {}, which is not declared; {}"
CASES = {
    "plans.0.price": (
        plan().replace("price: 1", 'price: "1.005"'),
        "1.005 has more decimals than the currency's 2",
    ),
    "plans.0.start_grants.0.currency": (
        plan("start_grants: [{points: 1, currency: pionts}]"),
        NOT_DECLARED.format("currency `pionts`", "did you mean `points`?"),
    ),
    "passes.0.id": (
        plan() + timed("vip"),
        "the plan or pass id `vip` is used twice, first at plans.0.id",
    ),
    "passes.0.benefits.0.id": (
        plan(SHIPPING) + timed("p", SHIPPING),
        "the benefit id `x` is used twice, also in plans.0",
    ),
    "plans.0.benefits.0.factor": (
        plan(SHIPPING.replace("FREE_SHIPPING", "POINTS_MULTIPLIER")),
        "`factor` belongs to a POINTS_MULTIPLIER, and is required there",
    ),
    "cards.0.when.plans.0": (
        card(f"when: {{plans: [vip]}}, {POINT}"),
        NOT_DECLARED.format("plan `vip`", "there is none"),
    ),
    "cards.0.grants.0.offer": (
        card("grants: [{offer: tea}]"),
        NOT_DECLARED.format("offer `tea`", "there is none"),
    ),
    "cards.0.when.products": (
        card(f"trigger: VISIT, when: {{products: [x]}}, {POINT}"),
        "only purchases have it: a card with trigger VISIT cannot ask for it",
    ),
    "earning_rules.0.when.plans.0": (
        rule("when: {plans: [vop]}") + plan(),
        NOT_DECLARED.format("plan `vop`", "did you mean `vip`?"),
    ),
    "challenges.0.triggers.0.when.plans.0": (
        f"challenges: [{{id: c, name: C, target: 1, triggers: [{ON_VISITS}]}}]\n" + plan(),
        NOT_DECLARED.format("plan `vop`", "did you mean `vip`?"),
    ),
    "offers.0.issue_on.when.plans.0": (
        offer(f"issue_on: {ON_VISITS}") + plan(),
        NOT_DECLARED.format("plan `vop`", "did you mean `vip`?"),
    ),
    "personal_offers.0.when.plans.0": (
        offer("personal: true") + f"personal_offers: [{{{BOUGHT}, {FOR_NOBODY}}}]\n" + plan(),
        NOT_DECLARED.format("plan `vop`", "did you mean `vip`?"),
    ),
    "referral.when.plans.0": (
        f"referral: {{{SHARED}, {FOR_NOBODY}}}\n" + plan(),
        NOT_DECLARED.format("plan `vop`", "did you mean `vip`?"),
    ),
}


@pytest.mark.parametrize("path", CASES)
def test_a_mistake_is_told_at_its_path(path: str) -> None:
    text, message = CASES[path]
    assert told(f"{HEAD}{CURRENCIES}{text}") == {path: message}
