"""How workers carry campaigns out, step by step; what staff may do about them is not here."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from loyalty import members, program
from loyalty.engine import Engine
from loyalty.members import Purpose
from loyalty.program import Program
from loyalty.push import rules, store
from loyalty.push.fcm import Sender
from loyalty.push.payloads import Category
from loyalty.push.rules import Campaign, CampaignStatus, Delivery, DeliveryStatus
from loyalty.push.service import audiences, dispatch, leases
from loyalty.push.store.campaigns import Turn
from loyalty.states import State

CHUNK = 250
COUNT_EVERY = timedelta(seconds=2)


async def advance(engine: Engine, sender: Sender) -> int:
    """Take one campaign one step further; return how much was done (0: there was none to take)."""
    now = engine.clock()
    turn = await store.campaigns.take(engine.mongo, now, leases.until(now))
    if turn is None:
        return 0
    if turn.gone_through or turn.campaign.status is CampaignStatus.STOPPED:
        return await _close(engine, turn)
    if turn.campaign.status is CampaignStatus.SCHEDULED:
        await store.campaigns.start(engine.mongo, turn.campaign.id, now)

    async def renew() -> None:
        await store.campaigns.renew(engine.mongo, turn, leases.until(engine.clock()))

    async with leases.kept(renew):
        return await _send_chunk(engine, sender, turn)


async def _send_chunk(engine: Engine, sender: Sender, turn: Turn) -> int:
    """Write to the next members: claim their deliveries, send them, move the cursor.

    A worker that dies in between leaves deliveries that another finds claimed and never repeats.
    """
    campaign = turn.campaign
    found = await store.recipients.next_members(engine.mongo, turn.cursor, CHUNK)
    terms = (await program.active(engine)).program
    now = engine.clock()
    lease = (engine.new_id(), leases.until(now))
    wanted = [
        _delivery(campaign, s.member_id, now) for s in found if _is_meant(campaign, s, terms, now)
    ]
    mine = await store.deliveries.insert_leased(engine.mongo, wanted, lease)
    report = await dispatch.deliver(engine, sender, mine, lease[0])
    done = {
        "cursor": found[-1].member_id if found else turn.cursor,
        "gone_through": len(found) < CHUNK,
        **await _counted(engine, turn),
    }
    await store.campaigns.step(engine.mongo, turn, done, engine.clock() + report.pause)
    return max(1, len(mine))


def _is_meant(campaign: Campaign, state: State, terms: Program, now: datetime) -> bool:
    """Tell whether a member was there when the campaign was launched, and is in its audience."""
    if members.profile_of(state).enrolled_at > (campaign.launched_at or campaign.created_at):
        return False
    return audiences.is_meant(campaign.brief.audience, state, terms, now)


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
    )


async def _counted(engine: Engine, turn: Turn) -> Mapping[str, object]:
    """Count deliveries now and then, so that progress can be followed."""
    now = engine.clock()
    if now - turn.counted_at < COUNT_EVERY:
        return {}
    counts = await store.deliveries.count(engine.mongo, turn.campaign.id)
    return {"counts": store.campaigns.counts_document(counts), "counted_at": now}


async def _close(engine: Engine, turn: Turn) -> int:
    """Count what became of a campaign, and end it when nothing is open any more."""
    counts = await store.deliveries.count(engine.mongo, turn.campaign.id)
    now = engine.clock()
    if counts.open:
        await store.campaigns.count(engine.mongo, turn, counts, now, now + COUNT_EVERY)
        return 0
    await store.campaigns.finish(engine.mongo, turn, counts, now)
    return 1
