"""What is wrong with personal offers: offers of nobody, counts and days out of place."""

from collections.abc import Iterator, Mapping

from loyalty.program.rules.mistakes.parts import (
    TRUTH,
    Part,
    Problem,
    conditions,
    ids,
    known,
)


def personal_offer(rule: Part, whole: Part) -> Iterator[Problem]:
    """Find what is wrong with a personal offer."""
    yield from known("offer", rule["offer"], ids(whole["offers"].items()))
    for offer in whole["offers"].items():
        is_meant = offer["id"].text is not None and offer["id"].text == rule["offer"].text
        if is_meant and not offer["personal"].read(TRUTH):
            yield rule["offer"].wrong(
                f"`{offer['id'].text}` can be claimed by anyone: give that offer `personal: true`"
            )
    yield from conditions(rule["when"], whole)
    yield from _numbers(rule)


def _numbers(rule: Part) -> Iterator[Problem]:
    is_win_back = rule["kind"].text == "WIN_BACK"
    if is_win_back and rule["days"].value is None:
        yield rule["days"].wrong("required: after how many days without a purchase")
    conditions = rule["when"].value
    if is_win_back and isinstance(conditions, Mapping) and any(conditions.values()):
        yield rule["when"].wrong("no purchase of any kind is what calls a WIN_BACK: leave it out")
    if rule["also_similar"].read(TRUTH) and rule["by"].text != "PRODUCT":
        yield rule["also_similar"].wrong("only a product has similar ones: count `by: PRODUCT`")
    if is_win_back != (rule["count"].value is None):
        yield rule["count"].wrong("`count` belongs to BOUGHT, and is required there")
