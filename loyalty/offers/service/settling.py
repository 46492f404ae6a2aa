"""What runs out by itself, and what every end of a held offer brings with it, on a turn."""

from contextlib import suppress
from dataclasses import replace

from loyalty import wallets
from loyalty.errors import Refused
from loyalty.offers import rules, store
from loyalty.offers.rules import Held, HeldState, OfferNotUsable
from loyalty.program import Version, terms
from loyalty.states import Fact
from loyalty.turns import Turn
from loyalty.wallets import Allocation, Reinstatement


def settle(turn: Turn) -> None:
    """End what has run out by now: offers not used, reservations not confirmed.

    The points of a reservation are let go by the wallet, at the same instant.
    """
    wallets.settle(turn)
    holding = turn.of(store.HOLDING)
    if holding.due_at is None or holding.due_at > turn.now:
        return
    for held in holding.helds:
        if held.is_over(turn.now):
            end(turn, held.at(turn.now), was=held.state)


def end(turn: Turn, ended: Held, was: HeldState) -> None:
    """Put what has ended in its place; what was not had after all is counted no more.

    Its unit is burned where the member had it, else it is free for others. Tells of it.
    """
    holding = turn.of(store.HOLDING).replaced(ended)
    had = ended.state is HeldState.REDEEMED or (
        ended.state is HeldState.EXPIRED and was in rules.USABLE
    )
    if not had and ended.claimed_on is not None:
        holding = holding.counted(ended.offer, ended.claimed_on, -1)
    turn.put(store.HOLDING, holding)
    data = {"offer": ended.offer, "held": ended.id, "unit": ended.unit, "taker": ended.taker}
    if ended.ended_by is not None:
        data["why"] = ended.ended_by.value
    if "message" in ended.why:
        data["message"] = str(ended.why["message"])
    turn.tell(Fact(f"Offer{ended.state.capitalize()}", {**data, "had": had}))


def pay(turn: Turn, version: Version, held: Held, price: terms.Price | None) -> Held:
    """Take the price of an offer. Raises Refused(InsufficientPoints)."""
    if price is None:
        return held
    wallets.take(turn, version, price.currency, price.points, _why("OFFER_CLAIMED", held))
    return _paid(turn, held, price.currency)


def _paid(turn: Turn, held: Held, currency: str) -> Held:
    """Note what the last entry took, so that it can be given back."""
    entry = turn.entries[-1]
    taken = entry["allocations"]
    paid = {"currency": currency, "points": -entry["points"], "taken": taken}
    return replace(held, paid=paid, hold=None)


def set_aside(turn: Turn, version: Version, held: Held, price: terms.Price | None) -> Held:
    """Hold the price of what is RESERVED as long as it is.

    Raises Refused with InsufficientPoints or TooManyHolds.
    """
    if price is None or held.expires_at is None:
        return held
    what = (price.currency, price.points, held.expires_at)
    hold = wallets.holds.hold(turn, version, what, _why("OFFER_CLAIMED", held))
    return replace(held, hold=hold.id)


def pay_held(turn: Turn, version: Version, held: Held) -> Held:
    """Spend what was set aside for a reservation.

    Raises Refused(OfferNotUsable) where somebody let go of it meanwhile.
    """
    if held.hold is None:
        return held
    try:
        wallets.holds.confirm(turn, version, held.hold)
    except Refused:
        raise Refused(OfferNotUsable(held.id, held.state)) from None
    return _paid(turn, held, turn.entries[-1]["currency"])


def pay_back(turn: Turn, version: Version, held: Held, *, by_choice: bool = False) -> None:
    """Give back the points that a held offer cost, to their lots, or let go of them.

    Where the member chose so, what expired meanwhile is expired.
    """
    if held.hold is not None:
        with suppress(Refused):  # somebody let go of them before
            wallets.holds.release(turn, held.hold)
    if not held.paid or version.program.currency(held.paid["currency"]) is None:
        return
    taken = [Allocation(**part) for part in held.paid["taken"]]
    wanted = Reinstatement(held.paid["currency"], taken)
    why = _why("OFFER_RETURNED", held)
    wallets.reinstate(turn, version, wanted, why, by_choice=by_choice)


def _why(kind: str, held: Held) -> dict[str, object]:
    return {"kind": kind, "offer": held.offer, "held": held.id}
