"""What is left of a campaign's budget once all else of it is settled: who had no place gets one.

What a message costs, and when it is paid for, is planned.
"""

import structlog

from loyalty.engine import Engine
from loyalty.errors import Unavailable
from loyalty.push import store
from loyalty.push.rules import Campaign, Counts, Reason
from loyalty.push.service import enclosures
from loyalty.push.service.planning import UNSENT

OFFERS_AT_ONCE = 200
_log = structlog.get_logger()


async def share_out(engine: Engine, campaign: Campaign, counts: Counts) -> bool:
    """Look again at members whom a budget had no place for, as many as were put back into it.

    Nothing of the campaign may be under way, and the offers are first had back that came with what
    was put back. False where there is nobody, or nothing left.
    """
    budget, over = campaign.brief.budget, counts.suppressed.get(Reason.OVER_BUDGET, 0)
    if budget is None:
        return False
    left = budget - await _spent(engine, campaign.id)
    if left <= 0 or not over:
        return False
    if campaign.brief.offer and await _had_back(engine, campaign.id):
        return True  # by the next time their places in the stock are free
    reason, now = Reason.OVER_BUDGET, engine.clock()
    return await store.deliveries.look_again(engine.mongo, (campaign.id, reason), left, now) > 0


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
