"""What was used on a receipt, whoever had it, and whether something goes together with it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from loyalty import program
from loyalty.engine import Engine
from loyalty.errors import Refused, Unavailable
from loyalty.offers import rules, store
from loyalty.offers.service.asking import pinned, versions_of
from loyalty.offers.store.units import Burn, Unit
from loyalty.program import Version, terms


@dataclass(frozen=True, slots=True)
class Receipt:
    """The number of a receipt, and the offers of codes of nobody that were burned on it."""

    number: str | None = None
    burned: Sequence[terms.Offer] = ()


async def find(engine: Engine, number: str | None) -> Receipt:
    """Find what codes of nobody were burned on a receipt, if there is one."""
    if number is None:
        return Receipt()
    burned = await store.units.burned_on(engine.mongo, number)
    return Receipt(number, _offers_of(await program.active(engine), burned))


def check(offer: terms.Offer, others: Iterable[terms.Offer]) -> None:
    """Raise Refused(OffersExclude) where an offer does not go together with one of the others."""
    for other in others:
        for conflict in rules.conflicts([offer, other]):
            raise Refused(conflict)


async def burn(engine: Engine, version: Version, offer: terms.Offer | None, wanted: Burn) -> Unit:
    """Burn a code that nobody has, once, if it goes with what else was used on its receipt.

    It is burned first and looked at then, so that of two that do not go together never both are
    used. Gives the unit as it is now, which may be another's. Raises Refused(OffersExclude),
    Unavailable.
    """
    await store.units.burn_code(engine.mongo, wanted)
    unit = await store.units.find(engine.mongo, wanted.unit)
    if unit is None or unit.ended_at is None:
        raise Unavailable("somebody is having the code right now")
    if offer is None or unit.taker != wanted.taker or not unit.is_asked or unit.receipt is None:
        return unit
    burned = await store.units.burned_on(engine.mongo, unit.receipt)
    others = [other for other in burned if other.id != unit.id]
    helds = await store.helds.used_on(engine.mongo, unit.receipt)
    versions = await versions_of(engine, helds)
    used = [pinned(held, versions)[1] for held in helds]
    try:
        check(offer, [*_offers_of(version, others), *used])
    except Refused:
        await store.units.unburn(engine.mongo, wanted)
        raise
    await store.units.keep_burned(engine.mongo, wanted)
    return unit


def _offers_of(version: Version, units: Iterable[Unit]) -> list[terms.Offer]:
    found = (version.program.offer(unit.offer) for unit in units)
    return [offer for offer in found if offer is not None]
