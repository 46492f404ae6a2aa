"""Plans in MongoDB: the plans section of a member's state, and every event of a plan ever told."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime

from loyalty.claims import Claim
from loyalty.mongo import Document, Index, Mongo
from loyalty.plans.rules import (
    Card,
    CardState,
    EventKind,
    Finished,
    Gift,
    Membership,
    PlanEvent,
    Stretch,
)
from loyalty.states import STATES, Section

SECTION = "plans"
EVENTS = "plan_events"
STATE_INDEXES = [Index("plans.due_at", name="plans_running_out", sparse=True)]
EVENT_INDEXES = [
    Index("open_since", name="plan_events_to_finish", sparse=True),
    Index([("member", 1), ("_id", 1)], name="plan_events_of_a_member"),
]
_STRETCH = tuple(field.name for field in fields(Stretch))


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a member has of plans and passes, and the cards they fill, each by its id."""

    memberships: Mapping[str, Membership] = field(default_factory=dict)
    cards: Mapping[str, Card] = field(default_factory=dict)

    @property
    def due_at(self) -> datetime | None:
        """Give when the next lapse or expiry is to be told of."""
        lapses = [membership.due_at for membership in self.memberships.values()]
        expiries = [card.expires_at for card in self.cards.values()]
        return min((at for at in (*lapses, *expiries) if at is not None), default=None)

    def card(self, card: str) -> Card:
        """Give the card at hand, an empty one where there is none yet."""
        return self.cards.get(card) or Card()

    def with_membership(self, plan: str, membership: Membership) -> "Holdings":
        """Put a membership in its place."""
        return Holdings({**self.memberships, plan: membership}, self.cards)

    def with_card(self, card: str, held: Card) -> "Holdings":
        """Put a card in its place."""
        return Holdings(self.memberships, {**self.cards, card: held})


def to_document(holdings: Holdings) -> Document:
    """Write the section; what is empty is left out."""
    document: Document = {
        "memberships": {plan: _membership(m) for plan, m in holdings.memberships.items()},
        "cards": {card: _card(c) for card, c in holdings.cards.items()},
    }
    if holdings.due_at is not None:
        document["due_at"] = holdings.due_at
    return document


def _membership(membership: Membership) -> Document:
    document: Document = {
        "started_at": membership.started_at,
        "paid": [_stretch(stretch) for stretch in membership.paid],
        "cancelled_at": membership.cancelled_at,
        "refunded_at": membership.refunded_at,
        "told": membership.told or None,
        "kept": list(membership.kept) or None,
    }
    return {name: value for name, value in document.items() if value is not None}


def _stretch(stretch: Stretch) -> Document:
    document: Document = {name: getattr(stretch, name) for name in _STRETCH}
    document |= {"since": stretch.since.isoformat(), "until": stretch.until.isoformat()}
    document["gave"] = [[gift.currency, gift.points, gift.lot] for gift in stretch.gave]
    return {name: value for name, value in document.items() if value}


def _card(card: Card) -> Document:
    document: Document = {
        "number": card.number,
        "stamps": card.stamps,
        "completed": card.completed,
        "opened_at": card.opened_at,
        "expires_at": card.expires_at,
        "finished": [[f.number, f.state.value, f.stamps, f.ended_at] for f in card.finished],
        "owed": card.owed or None,
    }
    return {name: value for name, value in document.items() if value is not None}


def from_document(document: Document) -> Holdings:
    """Read the section; empty where a member never had anything of it."""
    memberships = document.get("memberships", {})
    cards = document.get("cards", {})
    return Holdings(
        {plan: _read_membership(m) for plan, m in memberships.items()},
        {card: _read_card(c) for card, c in cards.items()},
    )


def _read_membership(document: Document) -> Membership:
    paid, kept = tuple(map(_read_stretch, document["paid"])), tuple(document.get("kept", ()))
    return Membership(**{**document, "paid": paid, "kept": kept})


def _read_stretch(document: Document) -> Stretch:
    days = {name: date.fromisoformat(document[name]) for name in ("since", "until")}
    gave = tuple(Gift(*gift) for gift in document.get("gave", ()))
    return Stretch(**{**document, **days, "gave": gave})


def _read_card(document: Document) -> Card:
    finished = tuple(
        Finished(number, CardState(state), stamps, ended_at)
        for number, state, stamps, ended_at in document["finished"]
    )
    return Card(**{**document, "finished": finished})


HOLDINGS = Section(SECTION, from_document, to_document)


def event_document(event: PlanEvent) -> Document:
    """Write an event."""
    return {
        "_id": event.reference,
        "kind": event.kind.value,
        "source": event.source,
        "event_id": event.id,
        "member": event.member_id,
        "plan": event.plan,
        "occurred_at": event.occurred_at,
    }


def event_from_document(document: Document) -> PlanEvent:
    """Read an event."""
    return PlanEvent(
        kind=EventKind(document["kind"]),
        source=document["source"],
        id=document["event_id"],
        member_id=document["member"],
        plan=document["plan"],
        occurred_at=document["occurred_at"],
    )


def claim(document: Document, input_hash: str, key: str, now: datetime) -> Claim:
    """Claim an event's id for its member and input; open until its record is noted on it."""
    return Claim(EVENTS, document | {"input": input_hash, "key": key, "open_since": now})


async def prepare(mongo: Mongo) -> None:
    """Create the indexes."""
    await mongo.create_indexes(STATES, STATE_INDEXES)
    await mongo.create_indexes(EVENTS, EVENT_INDEXES)


async def due_members(mongo: Mongo, now: datetime, limit: int) -> list[str]:
    """Find members with a lapse or an expiry that is to be told of."""
    found = await mongo.find(STATES, {"plans.due_at": {"$lte": now}}, {"_id": 1}, limit=limit)
    return [document["_id"] for document in found]
