"""Who is in a campaign's audience, put down once as it begins: chunks of members, each a job."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime

from loyalty import jobs, program, segments
from loyalty.engine import Engine
from loyalty.jobs import Held, Job
from loyalty.push import rules, store
from loyalty.push.rules import Campaign
from loyalty.push.service.sending import CHUNK_KIND
from loyalty.segments import Definition

PAGE = 5_000
CHUNK = 512
PARKED = datetime(9000, 1, 1)  # until the step of the ramp opens


async def take(engine: Engine, held: Held) -> datetime | None:
    """Walk the members in order of their ids, and make a job of each few hundred in the audience.

    Where a worker ends in the middle, another goes on from the last page; what is in two chunks is
    sent once all the same.
    """
    data = held.job.data
    campaign = await store.campaigns.find(engine.mongo, data["campaign"])
    if campaign is None or campaign.status in rules.campaigns.OVER:
        return None
    audience = await _there_at_launch(engine, campaign)
    cursor = data.get("cursor", "")
    while True:
        held.check()
        now = engine.clock()
        found = await segments.page(engine, audience, cursor, PAGE, now)
        await jobs.enqueue(engine.mongo, list(_chunks(campaign, found, now)))
        if len(found) < PAGE:
            return None
        cursor = found[-1]
        await held.progress({**data, "cursor": cursor})


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
            due_at = PARKED if step else now
            yield Job(f"{prefix(campaign.id, step)}{name}", CHUNK_KIND, due_at, data)


def prefix(campaign_id: str, step: int) -> str:
    """Give what the ids of the chunks of a step of the ramp begin with."""
    return f"{campaign_id}:chunk:{step}:"
