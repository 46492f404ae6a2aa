"""What members are given: points, credit or an offer, within the commit of a higher noun."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from loyalty import wallets
from loyalty.offers import rules, store
from loyalty.offers.rules import Held, HeldState, Issue
from loyalty.offers.service.settling import end
from loyalty.program import Version, terms
from loyalty.states import Fact
from loyalty.turns import Turn

Why = Mapping[str, object]


def give(turn: Turn, version: Version, grants: Iterable[terms.Grant], why: Why) -> None:
    """Give a member what the terms promise: book points or credit, or issue offers.

    `why` is a small mapping of facts with its `kind`; it explains the entry or the offer.
    What the program no longer declares is not given.
    """
    for grant in grants:
        if grant.offer is not None:
            issue(turn, version, grant.offer, why)
        else:
            _credit(turn, version, grant, why)


def issue(
    turn: Turn, version: Version, offer_id: str, why: Why, *, cycle: str | None = None
) -> Held | None:
    """Issue an offer to the member whose turn it is, free of its price and limits.

    Of a limited stock it waits for its unit, which comes after the commit. The same offer is
    issued once in a `cycle`. None where the program declares no such offer, or it is over.
    """
    offer = version.program.offer(offer_id)
    if offer is None or (offer.ends is not None and offer.ends <= turn.now):
        return None
    holding = turn.of(store.HOLDING)
    again = (held for held in holding.helds if held.offer == offer_id and held.cycle == cycle)
    if cycle is not None and (held := next(again, None)):
        return held
    zone = version.program.zone
    wanted = Issue(turn.member_id, offer, version.number, turn.now, zone, why, cycle)
    held = rules.new_held(holding, wanted)
    if offer.is_limited:
        held = replace(held, state=HeldState.WAITING, expires_at=offer.ends, code=None)
        turn.tell(Fact("OfferAwaited", {"offer": offer.id, "held": held.id}))
    else:
        told = {
            "offer": offer.id,
            "held": held.id,
            "by": why.get("kind"),
            "occurred_at": turn.happened_at or turn.now,
        }
        turn.tell(Fact("OfferIssued", told))
    turn.put(store.HOLDING, holding.added(held))
    return held


def is_over_by_now(turn: Turn, version: Version, offer_id: str) -> bool:
    """Tell whether an offer would have run out that was issued as it happened what brings it.

    So a purchase that is reported late, as a history that is imported, brings nothing of then.
    """
    offer = version.program.offer(offer_id)
    if offer is None or turn.happened_at is None:
        return False
    ends_at = rules.valid_until(offer, turn.happened_at, version.program.zone)
    return ends_at is not None and ends_at <= turn.now


def take_back(turn: Turn, version: Version, grants: Iterable[terms.Grant], why: Why) -> bool:
    """Take back what `give` gave for this very reason; tell whether all of it came back.

    Points go by the policy of their currency; an offer that was used stays.
    """
    came_back = withdraw(turn, why)
    for grant in grants:
        currency, points = _worth(version, grant)
        if currency is not None and points:
            wanted = wallets.Clawback(currency.id, points)
            clawed = wallets.clawback(turn, version, wanted, {"undone": why["kind"]})
            came_back = came_back and not clawed.written_off
    return came_back


def withdraw(turn: Turn, why: Why) -> bool:
    """Take back what was issued for a reason with these facts; tell whether none was used."""
    helds = turn.of(store.HOLDING).helds
    given = [held for held in helds if why.items() <= held.why.items()]
    for held in given:
        if held.is_live:
            end(turn, rules.withdrawn(held, turn.now), was=held.state)
    return all(held.state is not HeldState.REDEEMED for held in given)


def give_points(turn: Turn, version: Version, offer: terms.Offer, held: Held) -> Held:
    """Credit what a held offer of kind POINTS gives, and note it there."""
    if offer.gives is None:
        return held
    entries = len(turn.entries)
    _credit(turn, version, offer.gives, {"kind": "OFFER_GIVEN", "offer": offer.id, "held": held.id})
    if len(turn.entries) == entries:
        return held
    entry = turn.entries[-1]
    gave = {"currency": entry["currency"], "points": entry["points"], "lot": entry.get("lot")}
    return replace(held, gave=gave)


def take_back_points(turn: Turn, version: Version, held: Held) -> None:
    """Take back what an offer of kind POINTS gave, by the policy of the currency.

    It counts for the member's limits no more, unless a part of what it gave is let go.
    """
    wanted = wallets.Clawback(held.gave["currency"], held.gave["points"], held.gave.get("lot"))
    why = {"undone": "OFFER_GIVEN", "offer": held.offer, "held": held.id}
    clawed = wallets.clawback(turn, version, wanted, why)
    taken_back = rules.withdrawn(held, turn.now)
    if clawed.written_off:
        taken_back = replace(taken_back, claimed_on=None)
    end(turn, taken_back, was=held.state)


def _credit(turn: Turn, version: Version, grant: terms.Grant, why: Why) -> None:
    currency, points = _worth(version, grant)
    if currency is not None and points:
        wallets.give(turn, version, wallets.Gift(currency.id, points, turn.now), why)


def _worth(version: Version, grant: terms.Grant) -> tuple[terms.PointsCurrency | None, int]:
    """Give the currency of a grant, if the program declares it, and how much it is."""
    points = grant.points or 0
    if grant.amount is not None:
        points = terms.minor_units(grant.amount, version.program.exponent)
    return version.program.currency(grant.currency or ""), points
