"""What is held for staff while they let it go on; until when it is held is planned."""

from collections.abc import Iterable

from loyalty.engine import Engine
from loyalty.push import rules, store
from loyalty.push.rules import DeliveryStatus
from loyalty.push.service.planning import Context, Settled


async def look_again(engine: Engine, settled: Iterable[Settled], context: Context) -> None:
    """Let go what was held for staff, once it is written, where they let it go on meanwhile.

    Who looks after its campaign may have come by before it was there. Raises Unavailable.
    """
    waits = rules.campaigns.waits_for_staff
    kept = {id for id, one in context.campaigns.items() if waits(one, context.switch)}
    held = [
        one for one, how in settled if one.campaign_id in kept and how.status is DeliveryStatus.HELD
    ]
    if not held:
        return
    campaigns = await store.campaigns.by_id(engine.mongo, kept)
    switch = await store.switches.find(engine.mongo)
    free = {id for id, one in campaigns.items() if not waits(one, switch)}
    ids = [delivery.id for delivery in held if delivery.campaign_id in free]
    await store.deliveries.let_go(engine.mongo, ids, engine.clock())
