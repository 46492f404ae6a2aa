"""What a member has of plans, passes and cards, as it is at an instant."""

from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction

from loyalty.engine import Engine
from loyalty.errors import Refused
from loyalty.plans import rules, store
from loyalty.plans.rules import Card, Membership
from loyalty.program import Version, terms
from loyalty.states import State
from loyalty.turns import Turn


async def prepare(engine: Engine) -> None:
    """Create the indexes."""
    await store.prepare(engine.mongo)


def active(source: Turn | State, version: Version, now: datetime) -> frozenset[str]:
    """Give the ids of the plans and passes of the program whose benefits the member has now."""
    return frozenset(right.id for right in _rights(source, version, now))


def factors(source: Turn | State, version: Version, now: datetime) -> dict[str, Fraction]:
    """Give what the benefits of plans and passes multiply points by, by `benefit:` and the id."""
    return {
        f"benefit:{benefit.id}": Fraction(benefit.factor)
        for right in _rights(source, version, now)
        for benefit in right.benefits
        if benefit.factor is not None
    }


def benefit(turn: Turn, version: Version, benefit_id: str) -> terms.Benefit | None:
    """Find a benefit of a plan or a pass that the member has; None where none of them gives it.

    Raises Refused(PlanNotActive) where the member does not have the one that does.
    """
    held = _holdings(turn).memberships
    for right in version.program.rights:
        for found in right.benefits:
            if found.id != benefit_id:
                continue
            membership = held.get(right.id)
            if membership is None or not membership.is_on(turn.now):
                raise Refused(rules.not_active(membership, right.id, turn.now))
            return found
    return None


def _rights(
    source: Turn | State, version: Version, now: datetime
) -> Iterator[terms.Plan | terms.Pass]:
    held = _holdings(source).memberships
    for right in version.program.rights:
        if right.id in held and held[right.id].is_on(now):
            yield right


def memberships(state: State) -> dict[str, Membership]:
    """Give what a member has or had of plans and passes, by their ids."""
    return dict(_holdings(state).memberships)


def cards(state: State, version: Version, now: datetime) -> list[tuple[terms.Card, Card]]:
    """Give every card of the program as the member holds it now."""
    held = _holdings(state).cards
    return [(card, held.get(card.id, Card()).at(now)) for card in version.program.cards]


def _holdings(source: Turn | State) -> store.Holdings:
    return source.of(store.HOLDINGS) if isinstance(source, Turn) else source.value(store.HOLDINGS)
