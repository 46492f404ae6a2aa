"""Punch cards: what is stamped, when a card is full or void, and what a refund takes back."""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from loyalty.program import Activity, Purchase, Visit, terms
from loyalty.values import value

FINISHED_KEPT = 10
STAMPS_LIMIT = 1_000


class CardState(StrEnum):
    """Say what became of a card."""

    OPEN = "OPEN"
    COMPLETED = "COMPLETED"
    EXPIRED = "EXPIRED"


@value
class Finished:
    """A card that is stamped no more: full, or void with what was on it."""

    number: int
    state: CardState
    stamps: int
    ended_at: datetime


@value
class Set:
    """What an activity set: so many `stamps`, of which the last `on` are on card `number`.

    Those before them filled other cards, or paid what was owed.
    """

    stamps: int
    number: int
    on: int


@value
class Card:
    """The card a member holds, counted from 1, and the last ones before it, oldest first.

    `opened_at` is when its first stamp was set; None while it is empty. `owed` are stamps of a full
    card that were taken back: the next ones pay them.
    """

    number: int = 1
    stamps: int = 0
    opened_at: datetime | None = None
    expires_at: datetime | None = None
    completed: int = 0
    finished: tuple[Finished, ...] = ()
    owed: int = 0

    def at(self, instant: datetime) -> "Card":
        """Give the card as it is at an instant: a new one where the time of the old is over."""
        if self.expires_at is None or instant < self.expires_at:
            return self
        return self.followed(CardState.EXPIRED, self.stamps, self.expires_at)

    def followed(self, state: CardState, stamps: int, ended_at: datetime) -> "Card":
        """Put the card away and take a new one."""
        done = Finished(self.number, state, stamps, ended_at)
        completed = self.completed + (state is CardState.COMPLETED)
        kept = (*self.finished, done)[-FINISHED_KEPT:]
        return Card(self.number + 1, completed=completed, finished=kept, owed=self.owed)


def stamps_for(wanted: terms.Card, activity: Activity, place: terms.Place) -> int:
    """Give how many stamps an activity is worth, whoever did it; at most STAMPS_LIMIT.

    What cost nothing is not stamped, such as the free one that a full card gave.
    """
    if not terms.suits(wanted.when, activity, place):
        return 0
    match activity:
        case Visit():
            return int(wanted.trigger == "VISIT")
        case Purchase() if wanted.trigger == "PURCHASE":
            paid = [line for line in terms.selected(wanted.when, activity) if line.amount]
            units = sum(line.quantity for line in paid)
            return min(STAMPS_LIMIT, units) if wanted.per == "UNIT" else int(units > 0)
    return 0


def stamped(card: Card, wanted: terms.Card, stamps: int, at: datetime, place: terms.Place) -> Card:
    """Set stamps at an instant, less those owed; each full card is followed by a new one."""
    paid = min(card.owed, stamps)
    card = replace(card, owed=card.owed - paid)
    total = card.stamps + stamps - paid
    while total >= wanted.size:
        card = card.followed(CardState.COMPLETED, wanted.size, at)
        total -= wanted.size
    if not total or card.opened_at is not None:
        return replace(card, stamps=total)
    ends_at = None
    if wanted.valid_months is not None:
        ends_at = place.end_of(terms.add_months(place.day(at), wanted.valid_months))
    return replace(card, stamps=total, opened_at=at, expires_at=ends_at)


def what_was_set(before: Card, after: Card, stamps: int) -> Set:
    """Tell what an activity set, by the card before it and after."""
    on = after.stamps - (before.stamps if before.number == after.number else 0)
    return Set(stamps, after.number, on)


def unstamped(card: Card, was_set: Set, was: int, left: int) -> Card:
    """Take back the stamps of an activity that was worth some and is worth fewer now.

    The last ones first: what is on a void card is gone already; the rest comes from the card at
    hand, and what is not there is owed, since a full card stays full.
    """
    card, gone = _without_void(card, was_set, was, left)
    stamps = was - left - gone
    if stamps < card.stamps:
        return replace(card, stamps=card.stamps - stamps)
    owed = card.owed + stamps - card.stamps
    return replace(card, stamps=0, opened_at=None, expires_at=None, owed=owed)


def _without_void(card: Card, was_set: Set, was: int, left: int) -> tuple[Card, int]:
    """Take what lies on a card that is void off it; tell how many stamps that were."""
    void = next((done for done in card.finished if done.number == was_set.number), None)
    if void is None or void.state is not CardState.EXPIRED:
        return card, 0
    still_on = max(0, was_set.on - (was_set.stamps - was))
    gone = min(still_on, was - left, void.stamps)
    less = replace(void, stamps=void.stamps - gone)
    finished = tuple(less if done is void else done for done in card.finished)
    return replace(card, finished=finished), gone
