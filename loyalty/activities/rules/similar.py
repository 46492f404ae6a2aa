"""Which products go together, told by baskets: how often both against how often each."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping

from loyalty.values import value

BASKETS_AT_LEAST = 3
SIMILAR_KEPT = 10


@value
class Together:
    """Two products and the number of baskets that held both; of one with itself, that held it."""

    product: str
    other: str
    baskets: int


@value
class Similar:
    """A product that goes with another: baskets with both, and their cosine in thousandths."""

    product: str
    baskets: int
    score: int


def similar_products(pairs: Iterable[Together]) -> Mapping[str, tuple[Similar, ...]]:
    """Rank what goes with each product, best first.

    Cosine of two products over baskets = both / sqrt(one x other) (Ochiai's coefficient; Sarwar
    et al., "Item-based collaborative filtering", 2001): what everybody buys anyway is not similar
    to everything. Pairs in fewer than three baskets are chance, and left out.
    """
    together: dict[str, dict[str, int]] = defaultdict(dict)
    for pair in pairs:
        together[pair.product][pair.other] = pair.baskets
    return {
        product: ranked
        for product, others in together.items()
        if (ranked := tuple(_ranked(product, others, together)))
    }


def _ranked(
    product: str, others: Mapping[str, int], together: Mapping[str, Mapping[str, int]]
) -> list[Similar]:
    alone = others.get(product, 0)
    found = [
        Similar(other, both, _cosine(both, alone, together[other].get(other, both)))
        for other, both in others.items()
        if other != product and both >= BASKETS_AT_LEAST and alone and other in together
    ]
    return sorted(found, key=lambda each: (-each.score, -each.baskets, each.product))[:SIMILAR_KEPT]


def _cosine(both: int, one: int, other: int) -> int:
    return math.isqrt(1_000_000 * both * both // (one * other))
