"""What is wrong with earning rules: names of nothing, effects that contradict."""

from collections.abc import Iterator

from loyalty.program.rules.mistakes.parts import (
    INSTANT,
    TRUTH,
    Part,
    Problem,
    conditions,
    ids,
    known,
)

OF_PURCHASES = ("products", "categories", "flags", "payment_methods", "minimum_amount")


def rule(rule: Part, whole: Part) -> Iterator[Problem]:
    """Find what is wrong with an earning rule."""
    yield from known("currency", rule["currency"], ids(whole["currencies"].items()))
    yield from conditions(rule["when"], whole)
    starts, ends = rule["starts_at"].read(INSTANT), rule["ends_at"].read(INSTANT)
    if starts is not None and ends is not None and ends <= starts:
        yield rule["ends_at"].wrong("must be after `starts_at`, or the rule is never in force")
    yield from _effect(rule["effect"])
    yield from _trigger(rule)
    yield from _cap(rule)


def _effect(effect: Part) -> Iterator[Problem]:
    rest_kept = effect["kind"].text == "PER_AMOUNT" and effect["carry"].read(TRUTH)
    floor = effect["rounding"].text in (None, "FLOOR")
    if rest_kept and not (floor and effect["scope"].text in (None, "ORDER")):
        yield effect["carry"].wrong(
            "carry keeps what FLOOR leaves of a whole order: use rounding FLOOR and scope ORDER"
        )


def _trigger(rule: Part) -> Iterator[Problem]:
    trigger = rule["trigger"].text or "PURCHASE"
    if (trigger == "EVENT") != (rule["event"].value is not None):
        yield rule["event"].wrong(
            "a rule with trigger EVENT names its `event`, a rule with another does not"
        )
    if trigger == "PURCHASE":
        return
    if rule["effect"]["kind"].text not in (None, "FIXED"):
        yield rule["effect"]["kind"].wrong(
            f"what {trigger} looks at has no amount: its effect must be FIXED"
        )
    for name in OF_PURCHASES:
        if rule["when"][name].value:
            yield rule["when"][name].wrong(
                f"only purchases have it: a rule with trigger {trigger} cannot ask for it"
            )


def _cap(rule: Part) -> Iterator[Problem]:
    if rule["cap"].value is None:
        return
    if rule["effect"]["kind"].text == "MULTIPLIER":
        yield rule["cap"].wrong("a MULTIPLIER gives no points itself: cap the rules it multiplies")
    if rule["effect"]["carry"].read(TRUTH):
        yield rule["cap"].wrong("a rule with `carry` cannot have a cap: what is over would be kept")
