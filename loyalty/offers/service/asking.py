"""Who asks for an offer, and by which terms: what is looked at before anything is decided.

What a member has stays as it was issued: its terms are those of the version that it pins.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime

from loyalty import program, tiers, wallets
from loyalty.engine import Engine
from loyalty.errors import Refused, Unavailable
from loyalty.offers import store
from loyalty.offers.rules import Asking, Held, OfferUnknown
from loyalty.program import Version, Who, terms
from loyalty.states import State

PlansOf = Callable[[State, Version, datetime], Collection[str]]
"""Tells the ids of the plans and passes a member has now; told by the noun that has them."""


def no_plans(*_: object) -> Collection[str]:
    """Tell that nobody has a plan."""
    return ()


def asking(state: State, version: Version, now: datetime, plans_of: PlansOf) -> Asking:
    """Gather what availability looks at."""
    wallet = wallets.wallet_of(state, now)
    return Asking(
        _who(
            state, tiers.current_tiers(state, version.program, now), plans_of(state, version, now)
        ),
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


Versions = Mapping[int, Version]


async def versions_of(engine: Engine, helds: Iterable[Held]) -> Versions:
    """Read the versions that these were issued by."""
    numbers = {held.version for held in helds}
    return {number: await program.version(engine, number) for number in numbers}


def pinned(held: Held, versions: Versions) -> tuple[Version, terms.Offer]:
    """Give the version that something was issued by, and its offer there.

    Raises Unavailable for what came after the versions were read: sent again, it is there.
    """
    version = versions.get(held.version)
    if version is None:
        raise Unavailable("it was issued at this moment")
    return version, known(version, held.offer)
