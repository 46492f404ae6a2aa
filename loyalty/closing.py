"""A member closes their own membership: what they would lose of every noun, and their yes to it.

Above all nouns, and books nothing: `members.statuses.close` ends the membership.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from loyalty import members, offers, plans, program, tiers, wallets
from loyalty.commands import Outcome
from loyalty.engine import Engine
from loyalty.errors import Refusal, Refused
from loyalty.members import MemberStatus
from loyalty.messages import Money
from loyalty.program import Version, terms
from loyalty.states import State

ACTOR = "member"
OWN_WISH = "Closed by the member."


class LossKind(StrEnum):
    """Say what somebody who leaves can use no more."""

    BALANCE = "BALANCE"
    TIER = "TIER"
    PLAN = "PLAN"
    CARD = "CARD"
    OFFER = "OFFER"


@dataclass(frozen=True, slots=True)
class Loss:
    """One thing that can be used no more, counted in points (or stamps) or in money, or in none."""

    kind: LossKind
    name: terms.Text
    points: int | None = None
    amount: Money | None = None


@dataclass(frozen=True, slots=True)
class ClosingNotConfirmed(Refusal):
    """The member has not said yes to losing what they have."""

    losses: tuple[Loss, ...]


@dataclass(frozen=True, slots=True)
class Closing:
    """A member's own wish to leave; without `confirm` they are only told what they would lose."""

    member_id: str
    key: str
    confirm: bool
    reason: str | None = None


async def close(engine: Engine, wanted: Closing) -> Outcome:
    """End a membership at the member's own wish.

    Raises BadInput; Refused with ClosingNotConfirmed, MemberCannotBecome, MemberUnknown or
    KeyReused; Unavailable.
    """
    if not wanted.confirm:
        state = await members.require(engine, wanted.member_id)
        status = members.profile_of(state).status
        members.statuses.must_lead_to(state.member_id, status, MemberStatus.CLOSED)
        raise Refused(ClosingNotConfirmed(tuple(await losses(engine, state))))
    reason = wanted.reason or OWN_WISH
    ruling = members.statuses.Ruling(wanted.member_id, wanted.key, reason, ACTOR)
    return await members.statuses.close(engine, ruling)


async def losses(engine: Engine, state: State) -> list[Loss]:
    """List what a member could use no more: balances, tiers, plans, cards, offers."""
    version = await program.find_active(engine)
    if version is None:
        return []
    found = list(_holdings(state, version, engine.clock()))
    for held in offers.helds(state, engine.clock()):
        if held.is_live:
            offer = (await program.version(engine, held.version)).program.offer(held.offer)
            found += [Loss(LossKind.OFFER, offer.name)] if offer is not None else []
    return found


def _holdings(state: State, version: Version, now: datetime) -> Iterator[Loss]:
    whole = version.program
    wallet = wallets.wallet_of(state, now)
    for currency in whole.currencies:
        balance = wallet.account(currency.id).balance
        if currency.is_spendable and balance > 0:
            if currency.is_money:
                yield Loss(LossKind.BALANCE, currency.name, amount=Money(balance, whole.money))
            else:
                yield Loss(LossKind.BALANCE, currency.name, balance)
    for tier in tiers.current_tiers(state, whole, now).values():
        yield Loss(LossKind.TIER, tier.name)
    active = plans.active(state, version, now)
    yield from (Loss(LossKind.PLAN, right.name) for right in whole.rights if right.id in active)
    for card, held in plans.cards(state, version, now):
        if held.stamps > 0:
            yield Loss(LossKind.CARD, card.name, held.stamps)
