"""What is left of a campaign's budget, or stock, once all else is settled: who had none gets some.

What a message costs, and when it is paid for, is planned.
"""

from collections.abc import Awaitable, Callable, Mapping

import structlog

from loyalty import offers, program
from loyalty.engine import Engine
from loyalty.errors import Unavailable
from loyalty.push import store
from loyalty.push.rules import Campaign, Counts, Reason
from loyalty.push.service import enclosures
from loyalty.push.service.planning import UNSENT

OFFERS_AT_ONCE = 200
_log = structlog.get_logger()


async def share_out(engine: Engine, campaign: Campaign, counts: Counts) -> bool:
    """Look again at members whom budget or stock had no place for, as many as there are by now.

    Nothing of the campaign may be under way, and the offers are first had back that came with what
    reached nobody. False where there is nobody, or nothing left.
    """
    left_out = [(reason, left) for reason, left in _LEFT.items() if counts.suppressed.get(reason)]
    if not left_out:
        return False
    if campaign.brief.offer and await _had_back(engine, campaign.id):
        return True  # by the next time their places in the stock are free
    looked = 0
    for reason, left in left_out:
        places, of = await left(engine, campaign), (campaign.id, reason)
        if places > 0:
            looked += await store.deliveries.look_again(engine.mongo, of, places, engine.clock())
    return looked > 0


async def _in_budget(engine: Engine, campaign: Campaign) -> int:
    budget = campaign.brief.budget
    return budget - await _spent(engine, campaign.id) if budget is not None else 0


async def _in_stock(engine: Engine, campaign: Campaign) -> int:
    """Count what is left of the offer; nothing while others wait in line for it."""
    version = await program.active(engine)
    offer = version.program.offer(campaign.brief.offer or "")
    if offer is None or not offer.is_limited:
        return 0 if offer is None else OFFERS_AT_ONCE
    supply = (await offers.supplies(engine, version))[offer.id]
    return 0 if supply.waiting else supply.left


_LEFT: Mapping[Reason, Callable[[Engine, Campaign], Awaitable[int]]] = {
    Reason.OVER_BUDGET: _in_budget,
    Reason.OFFER_SOLD_OUT: _in_stock,
}


async def _had_back(engine: Engine, campaign_id: str) -> bool:
    """Take back the offers that came with what was put back; False where there are none left."""
    try:
        return await enclosures.take_back(engine, OFFERS_AT_ONCE, campaign_id) > 0
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 - who cannot be read keeps no campaign from its end
        _log.error("offers_not_taken_back", campaign=campaign_id, exc_info=error)
        return False


async def _spent(engine: Engine, campaign_id: str) -> int:
    """Count what is spent, without what reached nobody and whose worker ended before saying so."""
    spent, in_hand = await store.budgets.read(engine.mongo, campaign_id)
    if not in_hand:
        return spent
    found = await store.deliveries.statuses(engine.mongo, in_hand)
    done = [id for id, status in found.items() if status not in UNSENT]
    unsent = [id for id in in_hand if id not in done]
    await store.budgets.settle(engine.mongo, campaign_id, done, unsent)
    return (await store.budgets.read(engine.mongo, campaign_id))[0]
