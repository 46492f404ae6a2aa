"""Offers that came with messages, taken back where the message surely reached nobody.

They are had before the message tells of them, so a message that is not sent after all leaves one.
"""

from collections.abc import Collection
from dataclasses import replace

from loyalty import offers, sweeps
from loyalty.engine import Engine
from loyalty.push import rules, store
from loyalty.push.rules import Campaign, Delivery
from loyalty.states import State


def of_earlier(delivery: Delivery, state: State) -> Delivery:
    """Note on a delivery the offer that was had for it at an earlier try, which broke off."""
    return replace(delivery, offer=offers.personal.enclosed(state, delivery.id) or delivery.offer)


async def take_back(engine: Engine, limit: int, campaign_id: str | None = None) -> int:
    """Take back the offers of up to `limit` deliveries that reached nobody; return how many.

    Those of one campaign alone, where it is named. What was used meanwhile stays used. Raises
    Unavailable.
    """
    unsent = await store.deliveries.with_offers_unsent(engine.mongo, limit, campaign_id)

    async def take(message: str) -> None:
        await offers.personal.take_back(engine, unsent[message], message)
        await store.deliveries.took_offer_back(engine.mongo, message)

    return await sweeps.each(list(unsent), take)


async def take_back_early(engine: Engine, campaign: Campaign, member_ids: Collection[str]) -> None:
    """Take back what members were given whom a campaign, stopped since, has no delivery to.

    Whoever had it for them died before they were written down. Raises Unavailable.
    """
    if campaign.brief.offer is None:
        return
    found = await store.recipients.read(
        engine.mongo, member_ids, for_nudges=False, with_offers=True
    )
    for member_id, state in found.items():
        message = rules.delivery_id(campaign.id, member_id)
        if state is not None and offers.personal.enclosed(state, message):
            await offers.personal.take_back(engine, member_id, message)
