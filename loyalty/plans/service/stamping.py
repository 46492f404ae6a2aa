"""What purchases and visits do to a member's punch cards, and what a refund takes back."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from loyalty import offers
from loyalty.plans import rules, store
from loyalty.plans.rules import Card, Set
from loyalty.program import Activity, Purchase, Version, Who, terms
from loyalty.states import Fact
from loyalty.turns import Turn

Stamps = dict[str, list[int]]
"""What a purchase set on each card, as its record keeps it: the fields of a `Set`."""


def after(turn: Turn, version: Version, activity: Activity, who: Who) -> Stamps:
    """Stamp the cards that mean an activity, and give what full ones give.

    Returns what was set on each card, for a refund to take back.
    """
    place, at = version.program.place, activity.occurred_at
    stamps: Stamps = {}
    for card in version.program.cards:
        worth = rules.stamps_for(card, activity, place)
        if worth and terms.means(card.when, at, place, who):
            was_set = _stamp(turn, version, card, activity, worth)
            stamps[card.id] = [was_set.stamps, was_set.number, was_set.on]
    return stamps


def _stamp(turn: Turn, version: Version, card: terms.Card, activity: Activity, stamps: int) -> Set:
    at = activity.occurred_at
    held = open_card(turn, card.id, at)
    now_is = rules.stamped(held, card, stamps, at, version.program.place)
    turn.put(store.HOLDINGS, turn.of(store.HOLDINGS).with_card(card.id, now_is))
    for number in range(held.number, now_is.number):
        turn.tell(Fact("CardCompleted", {"card": card.id, "number": number}))
        why = {"kind": "CARD", "card": card.id, "number": number}
        offers.give(turn, version, card.grants, why)
    return rules.what_was_set(held, now_is, stamps)


def open_card(turn: Turn, card: str, at: datetime) -> Card:
    """Give the card a member holds at an instant, and tell of one that was not full in time."""
    holdings = turn.of(store.HOLDINGS)
    before = holdings.card(card)
    now_is = before.at(at)
    if now_is is not before:
        turn.put(store.HOLDINGS, holdings.with_card(card, now_is))
        lost = {"card": card, "number": before.number, "stamps": before.stamps}
        turn.tell(Fact("CardExpired", lost))
    return now_is


def undo(
    turn: Turn,
    version: Version,
    stamps: Mapping[str, Sequence[int]],
    left: tuple[Purchase, Purchase],
) -> None:
    """Take back the stamps of what was refunded.

    `stamps` are what the purchase set, `left` what was left of it before the refund and after.
    """
    place = version.program.place
    for card in version.program.cards:
        if not stamps.get(card.id):
            continue
        was, now_is = (rules.stamps_for(card, part, place) for part in left)
        at_hand = open_card(turn, card.id, turn.now)
        held = rules.unstamped(at_hand, Set(*stamps[card.id]), was, now_is)
        turn.put(store.HOLDINGS, turn.of(store.HOLDINGS).with_card(card.id, held))
