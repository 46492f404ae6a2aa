"""Who is in a campaign's audience, put down once as it begins: chunks of members, each a job."""

import hashlib
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial

from loyalty import jobs, program, segments
from loyalty.engine import Engine
from loyalty.errors import Refused
from loyalty.jobs import Handler, Held, Job
from loyalty.push import rules, store
from loyalty.push.fcm import Sender
from loyalty.push.rules import Campaign, CampaignStatus
from loyalty.push.service import trials
from loyalty.push.service.sending import CHUNK_KIND
from loyalty.segments import Definition

PAGE = 5_000
CHUNK = 512
WAIT = timedelta(seconds=30)
PARKED = datetime(9000, 1, 1)  # until the step of the ramp opens


def takers(sender: Sender) -> Handler:
    """Give what puts audiences down, each once FCM has seen what is to be said to it."""
    return partial(_take, sender=sender)


async def _take(engine: Engine, held: Held, sender: Sender) -> datetime | None:
    """Walk the members in order of their ids, and make a job of each few hundred in the audience.

    Where a worker ends in the middle, another goes on from the last page; what is in two chunks is
    sent once all the same.
    """
    campaign = await store.campaigns.find(engine.mongo, held.job.data["campaign"])
    if campaign is None or campaign.status is CampaignStatus.STOPPED:
        return None
    if campaign.status is CampaignStatus.PAUSED:
        return engine.clock() + WAIT
    if not await trials.may_begin(engine, sender, campaign):
        return engine.clock() + WAIT
    try:
        is_through = await _walk(engine, held, campaign)
    except Refused as refused:
        if campaign.status not in rules.campaigns.RUNNING:
            raise
        why = type(refused.refusal).__name__
        await store.campaigns.halt(engine.mongo, campaign.id, why, engine.clock())
        is_through = False
    return None if is_through else engine.clock() + WAIT


async def _walk(engine: Engine, held: Held, campaign: Campaign) -> bool:
    """Make the chunks of all pages that are left, as of one instant; False where it may not be."""
    data = {"at": engine.clock(), **held.job.data}
    place = (data.get("cursor", ""), data["at"])
    if "cursor" not in data and await _outgrew(engine, held, campaign, place):
        return False
    async for found in _pages(engine, held, campaign, place):
        await jobs.enqueue(engine.mongo, list(_chunks(campaign, found, engine.clock())))
        await held.progress({**data, "cursor": found[-1]})
    return True


async def _outgrew(
    engine: Engine, held: Held, campaign: Campaign, place: tuple[str, datetime]
) -> bool:
    """Halt a campaign, before any of it, that would go to more than a second person agreed to."""
    four_eyes_above = (await program.active(engine)).program.messaging.four_eyes_above
    if four_eyes_above is None or campaign.status not in rules.campaigns.RUNNING:
        return False
    size = sum([len(found) async for found in _pages(engine, held, campaign, place)])
    if not rules.campaigns.outgrew(campaign, size, four_eyes_above):
        return False
    grown, why = {"audience_size": size}, rules.campaigns.AUDIENCE_GREW
    await store.campaigns.halt(engine.mongo, campaign.id, why, engine.clock(), grown)
    return True


async def _pages(
    engine: Engine, held: Held, campaign: Campaign, place: tuple[str, datetime]
) -> AsyncIterator[list[str]]:
    """Walk the ids of who is meant, after one of them and as of an instant.

    Raises Refused with SegmentNamesUnknown where a program that came since knows a name no more:
    nobody has what it names, and so everybody has not.
    """
    cursor, at = place
    audience = await _there_at_launch(engine, campaign)
    found = [cursor]
    while found:
        held.check()
        await segments.check(engine, audience)
        found = await segments.page(engine, audience, cursor, PAGE, at)
        if found:
            cursor = found[-1]
            yield found


def job_id(campaign_id: str) -> str:
    """Give the id of the job that puts down who is in a campaign's audience."""
    return f"{campaign_id}:audience"


async def _there_at_launch(engine: Engine, campaign: Campaign) -> Definition:
    """Leave out of the audience who joined on a later local day than that of the launch."""
    terms = (await program.active(engine)).program
    day = terms.place.day(campaign.launched_at or campaign.created_at)
    joined = segments.parse({"enrolled": {"until": day.isoformat()}})
    return Definition.model_validate({"all": (campaign.brief.audience, joined)})


def _chunks(campaign: Campaign, member_ids: Sequence[str], now: datetime) -> Iterator[Job]:
    """Make jobs of members, by the step of the ramp that each is in; the first is open at once."""
    by_step: dict[int, list[str]] = {}
    for member_id in member_ids:
        by_step.setdefault(rules.campaigns.step_of(campaign, member_id), []).append(member_id)
    for step, ids in by_step.items():
        for start in range(0, len(ids), CHUNK):
            part = ids[start : start + CHUNK]
            data = {"campaign": campaign.id, "members": part}
            name = hashlib.sha256(":".join(part).encode()).hexdigest()[:24]
            due_at = PARKED if step and campaign.status is not CampaignStatus.SENT else now
            yield Job(f"{prefix(campaign.id, step)}{name}", CHUNK_KIND, due_at, data)


def chunks_of(campaign_id: str) -> str:
    """Give what the ids of a campaign's chunks begin with."""
    return f"{campaign_id}:chunk:"


def prefix(campaign_id: str, step: int) -> str:
    """Give what the ids of the chunks of a step of the ramp begin with."""
    return f"{chunks_of(campaign_id)}{step}:"
