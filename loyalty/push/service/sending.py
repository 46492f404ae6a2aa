"""How workers carry a campaign out: a chunk of its audience is a job, done in small batches.

Before each batch it is asked whether the campaign may still be sent and the job is still held.
"""

import asyncio
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import accumulate

from loyalty import jobs
from loyalty.engine import Engine
from loyalty.jobs import Handler, Held, Job
from loyalty.members import Purpose
from loyalty.push import rules, store
from loyalty.push.fcm import Sender
from loyalty.push.payloads import Category
from loyalty.push.rules import Campaign, CampaignStatus, Delivery, DeliveryStatus
from loyalty.push.service import dispatch, enclosures, pacing
from loyalty.push.service.dispatch import BATCH, BATCHES_AT_ONCE, Way
from loyalty.push.service.posting import Hand

CHUNK_KIND, AUDIENCE_KIND, WATCH_KIND = "campaign.chunk", "campaign.audience", "campaign.watch"
PAUSED = timedelta(minutes=5)  # at the most: who watches the campaign releases its chunks
BEGUN_AT_ONCE = 100
UNREAD = timedelta(minutes=10)
_UNREAD = "push.campaigns.unread"
# A chunk that was given up, and is tried again after the end of its campaign, goes on.
GOES = frozenset({CampaignStatus.SENDING, CampaignStatus.SENT})


async def begin(engine: Engine) -> int:
    """Make the jobs of campaigns whose time has come, once for each; return how many there were.

    What cannot be read is looked at again, and told of, every few minutes.
    """
    now = engine.clock()
    lately: dict[str, datetime] = engine.cache.get(_UNREAD, {})
    unread = {campaign_id: until for campaign_id, until in lately.items() if until > now}
    due, more = await store.campaigns.due(engine.mongo, now, BEGUN_AT_ONCE, unread)
    engine.cache[_UNREAD] = unread | dict.fromkeys(more, now + UNREAD)
    for campaign, due_at in due:
        data = {"campaign": campaign.id}
        wanted = [
            Job(f"{campaign.id}:audience", AUDIENCE_KIND, now, data),
            Job(f"{campaign.id}:watch", WATCH_KIND, now, data),
        ]
        await jobs.enqueue(engine.mongo, wanted)
        if campaign.status is CampaignStatus.SCHEDULED:
            await store.campaigns.start(engine.mongo, campaign.id, now)
        await store.campaigns.begun(engine.mongo, campaign.id, due_at)
    return len(due)


def chunks(sender: Sender) -> Handler:
    """Give what sends chunks; those that a worker has in hand share its way out."""
    return partial(_send_chunk, way=Way(sender, asyncio.Semaphore(BATCHES_AT_ONCE)))


async def _send_chunk(engine: Engine, held: Held, way: Way) -> datetime | None:
    """Send to the members of a chunk who have no delivery yet, batch by batch."""
    campaign_id, member_ids = held.job.data["campaign"], held.job.data["members"]
    if again_at := await pacing.shut_until(engine, way.sender):
        return again_at
    left = await store.deliveries.strangers(engine.mongo, campaign_id, member_ids)
    # Who ended or broke off in the middle may have told caps of what nobody wrote down.
    noted = await _noted(engine, campaign_id, left) if held.job.fence > 1 else {}
    holder = f"{held.job.holder}:{held.job.id}:{held.job.fence}"
    hand = Hand(holder, held.is_sure, noted=noted)
    phones = await store.devices.count(engine.mongo, left)
    while left:
        held.check()
        campaign = await store.campaigns.find(engine.mongo, campaign_id)
        if campaign is None:
            return None
        if campaign.status is CampaignStatus.STOPPED:
            await enclosures.take_back_early(engine, campaign, left)
            unsent = await _noted(engine, campaign_id, left)
            await store.reached.forget(
                engine.mongo, [(member, id) for id, member in unsent.items()]
            )
            return None
        switch = await store.switches.find(engine.mongo)
        is_off = switch is not None and switch.keeps(Purpose.MARKETING)
        if is_off or campaign.status not in GOES:
            return engine.clock() + PAUSED
        now = engine.clock()
        size = _batch_size(left, phones)
        batch = [_delivery(campaign, id, now) for id in left[:size]]
        again_at = await dispatch.send_new(engine, way, batch, hand)
        if again_at is not None:
            return again_at
        left = left[size:]
    return None


async def _noted(engine: Engine, campaign_id: str, member_ids: Sequence[str]) -> dict[str, str]:
    """Give the messages of a campaign, with their members, that caps know of."""
    asked = {rules.delivery_id(campaign_id, member_id): member_id for member_id in member_ids}
    return await store.reached.noted(engine.mongo, asked)


def _batch_size(member_ids: Sequence[str], phones: Counter[str]) -> int:
    """Give how many members are a batch; those without a phone come along for nothing."""
    reached = accumulate(phones[member_id] for member_id in member_ids)
    return max(1, bisect_right(list(reached), BATCH))


def _delivery(campaign: Campaign, member_id: str, now: datetime) -> Delivery:
    return Delivery(
        id=rules.delivery_id(campaign.id, member_id),
        campaign_id=campaign.id,
        member_id=member_id,
        category=Category.CAMPAIGN,
        status=DeliveryStatus.SENDING,
        reason=None,
        title=None,
        body=None,
        created_at=now,
        attempts=1,
        purpose=Purpose.MARKETING,
        variant=rules.campaigns.variant_for(campaign, member_id).id,
    )
