"""What is wrong with earning rules: names of nothing, effects that contradict."""

from collections.abc import Iterator

from loyalty.program.rules.mistakes.parts import (
    INSTANT,
    TRUTH,
    Part,
    Problem,
    exact,
    ids,
    known,
    tiers,
)


def rule(rule: Part, whole: Part) -> Iterator[Problem]:
    """Find what is wrong with an earning rule."""
    yield from known("currency", rule["currency"], ids(whole["currencies"].items()))
    for tier in rule["when"]["tiers"].items():
        yield from known("tier", tier, ids(tiers(whole)))
    yield from exact(rule["when"]["minimum_amount"], whole)
    starts, ends = rule["starts_at"].read(INSTANT), rule["ends_at"].read(INSTANT)
    if starts is not None and ends is not None and ends <= starts:
        yield rule["ends_at"].wrong("must be after `starts_at`, or the rule is never in force")
    yield from _effect(rule["effect"])
    yield from _event(rule)


def _effect(effect: Part) -> Iterator[Problem]:
    rest_kept = effect["kind"].text == "PER_AMOUNT" and effect["carry"].read(TRUTH)
    floor = effect["rounding"].text in (None, "FLOOR")
    if rest_kept and not (floor and effect["scope"].text in (None, "ORDER")):
        yield effect["carry"].wrong(
            "carry keeps what FLOOR leaves of a whole order: use rounding FLOOR and scope ORDER"
        )


def _event(rule: Part) -> Iterator[Problem]:
    is_event = rule["trigger"].text == "EVENT"
    if is_event != (rule["event"].value is not None):
        yield rule["event"].wrong(
            "a rule with trigger EVENT names its `event`, a rule with PURCHASE does not"
        )
    if not is_event:
        return
    if rule["effect"]["kind"].text not in (None, "FIXED"):
        yield rule["effect"]["kind"].wrong("an event has no amount: its effect must be FIXED")
    for name in ("products", "categories", "minimum_amount"):
        if rule["when"][name].value:
            yield rule["when"][name].wrong(
                "an event has no lines and no amount to put conditions on"
            )
