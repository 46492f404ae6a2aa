"""What members bought over a stretch of time, net of what was given back; pure arithmetic."""

from collections.abc import Iterable, Mapping
from dataclasses import field

from loyalty.activities.rules.earning import total_base
from loyalty.activities.rules.refunds import NOTHING_REFUNDED, Refunded, is_over, remaining
from loyalty.program import Program, Purchase, line_bases
from loyalty.values import value


@value
class Bought:
    """How many purchases, for how much of what earns (minor units), and how many of them of what.

    A purchase that was given back whole is none; a category counts where something of it was kept.
    """

    purchases: int = 0
    spend: int = 0
    categories: Mapping[str, int] = field(default_factory=dict)
    stores: Mapping[str, int] = field(default_factory=dict)

    def plus(self, other: "Bought", times: int = 1) -> "Bought":
        """Add what else was bought; -1 times takes it away."""
        return Bought(
            self.purchases + times * other.purchases,
            self.spend + times * other.spend,
            _added(self.categories, other.categories, times),
            _added(self.stores, other.stores, times),
        )


NOTHING_BOUGHT = Bought()


def _added(before: Mapping[str, int], other: Mapping[str, int], times: int) -> Mapping[str, int]:
    names = {*before, *other}
    return {name: before.get(name, 0) + times * other.get(name, 0) for name in names}


def bought_with(purchase: Purchase, refunded: Refunded | None, program: Program) -> Bought:
    """Give what is left of one purchase."""
    if refunded is not None and is_over(purchase, refunded):
        return NOTHING_BOUGHT
    left = remaining(purchase, refunded or NOTHING_REFUNDED)
    return Bought(
        1,
        total_base(line_bases(left, program)),
        {line.category: 1 for line in left.lines if line.category is not None},
        {} if left.store is None else {left.store: 1},
    )


def all_bought(purchases: Iterable[tuple[Purchase, Refunded | None]], program: Program) -> Bought:
    """Add up what is left of purchases."""
    whole = NOTHING_BOUGHT
    for purchase, refunded in purchases:
        whole = whole.plus(bought_with(purchase, refunded, program))
    return whole
