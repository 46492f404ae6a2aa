"""What runs out by itself, and what every end of a held offer brings with it, on a turn."""

from dataclasses import replace

from loyalty import wallets
from loyalty.offers import rules, store
from loyalty.offers.rules import Held, HeldState
from loyalty.program import Version, terms
from loyalty.states import Fact
from loyalty.turns import Turn
from loyalty.wallets import Allocation, Reinstatement


def settle(turn: Turn, version: Version) -> None:
    """End what has run out by now: offers not used, reservations not confirmed."""
    holding = turn.of(store.HOLDING)
    if holding.due_at is None or holding.due_at > turn.now:
        return
    for held in holding.helds:
        if not held.is_over(turn.now):
            continue
        if held.state is HeldState.RESERVED:
            pay_back(turn, version, held)
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
    turn.tell(Fact(f"Offer{ended.state.capitalize()}", {**data, "had": had}))


def pay(turn: Turn, version: Version, held: Held, price: terms.Price | None) -> Held:
    """Take the price of an offer. Raises Refused(InsufficientPoints)."""
    if price is None:
        return held
    wallets.take(turn, version, price.currency, price.points, _why("OFFER_CLAIMED", held))
    taken = turn.entries[-1]["allocations"]
    paid = {"currency": price.currency, "points": price.points, "taken": taken}
    return replace(held, paid=paid)


def pay_back(turn: Turn, version: Version, held: Held) -> None:
    """Give the points back that a held offer cost, to the lots they came from."""
    if not held.paid or version.program.currency(held.paid["currency"]) is None:
        return
    taken = [Allocation(**part) for part in held.paid["taken"]]
    wallets.reinstate(
        turn, version, Reinstatement(held.paid["currency"], taken), _why("OFFER_RETURNED", held)
    )


def _why(kind: str, held: Held) -> dict[str, object]:
    return {"kind": kind, "offer": held.offer, "held": held.id}
