"""Which offers may be used together in one purchase."""

from collections.abc import Sequence
from itertools import combinations

from loyalty.offers.rules.refusals import OffersExclude
from loyalty.program import terms


def conflicts(offers: Sequence[terms.Offer]) -> tuple[OffersExclude, ...]:
    """Name the pairs that cannot be used in one purchase; empty where all may go together.

    An exclusive offer goes with no other, and of one group only one is used.
    """
    return tuple(
        OffersExclude(one.id, other.id)
        for one, other in combinations(offers, 2)
        if one.exclusive or other.exclusive or (one.group is not None and one.group == other.group)
    )
