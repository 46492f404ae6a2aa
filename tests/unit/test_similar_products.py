"""Which products go together: by baskets with both, against baskets with each."""

from itertools import product as pairs_of

from loyalty.activities.rules.similar import Similar, Together, similar_products


def learned(*baskets: str) -> dict[str, list[Similar]]:
    """Learn from baskets written as letters."""
    counted: dict[tuple[str, str], int] = {}
    for basket in baskets:
        for pair in pairs_of(set(basket), set(basket)):
            counted[pair] = counted.get(pair, 0) + 1
    found = similar_products(Together(one, other, n) for (one, other), n in counted.items())
    return {product: list(ranked) for product, ranked in found.items()}


def test_what_is_bought_together_is_similar_both_ways() -> None:
    found = learned("ab", "ab", "abc", "a", "c")
    assert found == {"a": [Similar("b", 3, 866)], "b": [Similar("a", 3, 866)]}


def test_what_everybody_buys_is_similar_to_nothing_much() -> None:
    bag = ["z" + rare for rare in "abcdefghijkl" for _ in range(3)]
    found = learned("xyz", "xyz", "xyz", *bag)
    assert [each.product for each in found["x"]] == ["y", "z"]
    assert found["x"][1].score < 300


def test_the_ten_most_similar_are_kept_by_score_then_by_name() -> None:
    found = learned(*["abcdefghijklm"] * 3)
    assert [each.product for each in found["a"]] == list("bcdefghijk")


def test_nothing_is_learned_from_nothing() -> None:
    assert similar_products([]) == {}
