"""What is left of a campaign's budget once all else of it is settled: who had no place gets one.

What a message costs, and when it is paid for, is planned.
"""

from loyalty.engine import Engine
from loyalty.push import store
from loyalty.push.rules import Campaign, Counts, Reason
from loyalty.push.service.planning import UNSENT


async def share_out(engine: Engine, campaign: Campaign, counts: Counts) -> bool:
    """Look again at members whom a budget had no place for, as many as were put back into it.

    Nothing of the campaign may be under way. False where there is nobody, or nothing left.
    """
    budget, over = campaign.brief.budget, counts.suppressed.get(Reason.OVER_BUDGET, 0)
    if budget is None:
        return False
    left = budget - await _spent(engine, campaign.id)
    if left <= 0 or not over:
        return False
    reason, now = Reason.OVER_BUDGET, engine.clock()
    return await store.deliveries.look_again(engine.mongo, (campaign.id, reason), left, now) > 0


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
