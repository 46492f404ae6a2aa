"""What a member's state says of what they did: counters, and what of it was refunded."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from fractions import Fraction

from loyalty.activities.rules import Refunded
from loyalty.mongo import Document
from loyalty.program import Purchase
from loyalty.states import Section, State
from loyalty.values import value

COUNTERS: Section[Document] = Section("activity", dict, dict)
KEPT = 8
"""So many of the latest purchases are known by their instant, to know the last that was kept."""


def purchases_of(state: State) -> int:
    """Count the purchases of a member so far."""
    purchases: int = state.value(COUNTERS).get("purchases", 0)
    return purchases


def bought_last_at(state: State) -> datetime | None:
    """Tell when a member last bought what was not given back whole; None where they never did."""
    return next(iter(state.value(COUNTERS).get("kept_at", ())), None)


def last_at(state: State) -> datetime | None:
    """Tell when a member last bought or visited; None where they never did."""
    visited = state.value(COUNTERS).get("visited_at", ())
    return max([at for at in (bought_last_at(state), *visited) if at], default=None)


def with_purchase(before: Document, purchase: Purchase, spent: int) -> Document:
    """Count a purchase: how many, how much (minor units), first and last, and the latest kept."""
    at = purchase.occurred_at
    kept = sorted((*before.get("kept_at", ()), at), reverse=True)
    return {
        **before,
        "purchases": before.get("purchases", 0) + 1,
        "spend": before.get("spend", 0) + spent,
        "first_at": min(before.get("first_at", at), at),
        "last_at": max(before.get("last_at", at), at),
        "kept_at": kept[:KEPT],
    }


def with_birthday(before: Document, year: int) -> Document:
    """Note the year of the last birthday that was recorded."""
    return {**before, "birthday": max(year, before.get("birthday", year))}


def without(before: Document, spent: int, given_back: datetime | None = None) -> Document:
    """Take what was spent off the counters, and the purchase of an instant if that is all of it.

    Once the latest are all given back, the last that is known is the first.
    """
    after = {**before, "spend": before.get("spend", 0) - spent}
    if given_back is None:
        return after
    left, kept = before.get("purchases", 0) - 1, list(before.get("kept_at", ()))
    if given_back in kept:
        kept.remove(given_back)
    if left and not kept:
        kept.append(before["first_at"])
    return {**after, "purchases": left, "kept_at": kept}


def with_visit(before: Document, counted_at: Sequence[datetime]) -> Document:
    """Count a visit: how many, and when the last ones were."""
    return {**before, "visits": before.get("visits", 0) + 1, "visited_at": list(counted_at)}


@value
class Refunds:
    """What a member gave back: by purchase, and in points by the redemption that had paid."""

    purchases: Mapping[str, Refunded] = field(default_factory=dict)
    returned: Mapping[str, int] = field(default_factory=dict)


def _refunds_document(refunds: Refunds) -> Document:
    return {
        "purchases": [
            {
                "id": purchase,
                "lines": [
                    [index, refunded.quantities.get(index, 0), refunded.amounts.get(index, 0)]
                    for index in sorted({*refunded.quantities, *refunded.amounts})
                ],
                "shipping": refunded.shipping,
                "taken": {rule: str(points) for rule, points in refunded.taken.items()},
                "returned": refunded.returned,
            }
            for purchase, refunded in refunds.purchases.items()
        ],
        "returned": dict(refunds.returned),
    }


def _refunds(document: Document) -> Refunds:
    return Refunds(
        {
            part["id"]: Refunded(
                quantities={index: quantity for index, quantity, _ in part["lines"] if quantity},
                amounts={index: amount for index, _, amount in part["lines"] if amount},
                shipping=part["shipping"],
                taken={rule: Fraction(points) for rule, points in part["taken"].items()},
                returned=part["returned"],
            )
            for part in document.get("purchases", ())
        },
        document.get("returned", {}),
    )


REFUNDS = Section("refunds", _refunds, _refunds_document)
