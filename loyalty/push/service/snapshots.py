"""Who is in a campaign's audience, put down once as it begins: chunks of members, each a job."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime

from loyalty import jobs, members, program
from loyalty.engine import Engine
from loyalty.jobs import Held, Job
from loyalty.push import rules, store
from loyalty.push.rules import Campaign
from loyalty.push.service import audiences
from loyalty.push.service.sending import CHUNK_KIND

PAGE = 2_000
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
    cursor: str | None = data.get("cursor", "")
    while cursor is not None:
        held.check()
        member_ids, cursor = await _page(engine, campaign, cursor)
        await jobs.enqueue(engine.mongo, list(_chunks(campaign, member_ids, engine.clock())))
        if cursor is not None:
            await held.progress({**data, "cursor": cursor})
    return None


async def _page(engine: Engine, campaign: Campaign, after: str) -> tuple[Sequence[str], str | None]:
    """Give those of the next members who were there at the launch and are in the audience."""
    launched_at = campaign.launched_at or campaign.created_at
    audience = campaign.brief.audience
    if audience.tier is None:
        return await store.recipients.next_ids(engine.mongo, after, PAGE, launched_at)
    found = await store.recipients.next_members(engine.mongo, after, PAGE)
    terms, now = (await program.active(engine)).program, engine.clock()
    there = [state for state in found if members.profile_of(state).enrolled_at <= launched_at]
    meant = [s.member_id for s in there if audiences.is_meant(audience, s, terms, now)]
    return meant, found[-1].member_id if len(found) == PAGE else None


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
