"""Who is in a campaign's audience, put down once as it begins: chunks of members, each a job."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from loyalty import jobs, segments
from loyalty.engine import Engine
from loyalty.jobs import Held, Job
from loyalty.push import rules, store
from loyalty.push.rules import Campaign
from loyalty.push.service.sending import CHUNK_KIND

PAGE = 2_000
CHUNK = 512
EPOCH, MILLISECOND = datetime(1970, 1, 1), timedelta(milliseconds=1)
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
    newcomer = first_id_after(campaign.launched_at or campaign.created_at)
    cursor = data.get("cursor", "")
    while True:
        held.check()
        now = engine.clock()
        found = await segments.page(engine, campaign.brief.audience, cursor, PAGE, now)
        meant = [member_id for member_id in found if member_id < newcomer]
        await jobs.enqueue(engine.mongo, list(_chunks(campaign, meant, now)))
        if len(found) < PAGE:
            return None
        cursor = found[-1]
        await held.progress({**data, "cursor": cursor})


def first_id_after(at: datetime) -> str:
    """Give what the ids of all are below who joined until an instant: an id begins with its own."""
    return f"mbr_{int((at - EPOCH) / MILLISECOND) + 1:012x}"


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
