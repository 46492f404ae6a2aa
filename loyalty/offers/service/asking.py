"""Who asks for an offer: what availability looks at, gathered from the member's document."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from loyalty import tiers, wallets
from loyalty.errors import Refused
from loyalty.offers import store
from loyalty.offers.rules import Asking, OfferUnknown
from loyalty.program import Version, Who, terms
from loyalty.states import State

PlansOf = Callable[[State, Version, datetime], Collection[str]]
"""Tells the ids of the plans and passes a member has now; told by the noun that has them."""


def no_plans(*_: object) -> Collection[str]:
    """Tell that nobody has a plan."""
    return ()


def asking(state: State, version: Version, now: datetime, plans_of: PlansOf) -> Asking:
    """Gather what availability looks at."""
    program = version.program
    wallet = wallets.wallet_of(state, now)
    return Asking(
        _who(state, tiers.current_tiers(state, program, now), plans_of(state, version, now)),
        state.value(store.HOLDING),
        {code: account.available(now) for code, account in wallet.accounts.items()},
        now,
    )


def _who(state: State, standing: Mapping[str, terms.Tier], plans: Collection[str]) -> Who:
    return Who(
        tiers=frozenset(tier.id for tier in standing.values()),
        plans=frozenset(plans),
        segments=frozenset(state.document["profile"].get("segments", ())),
    )


def known(version: Version, offer_id: str) -> terms.Offer:
    """Find an offer of the program. Raises Refused(OfferUnknown)."""
    offer = version.program.offer(offer_id)
    if offer is None:
        raise Refused(OfferUnknown(offer_id))
    return offer
