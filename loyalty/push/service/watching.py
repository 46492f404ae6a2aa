"""A campaign under way, looked at every few seconds: counted, widened or halted, and ended."""

from datetime import datetime, timedelta

from loyalty import jobs
from loyalty.engine import Engine
from loyalty.jobs import Held
from loyalty.push import rules, store
from loyalty.push.rules import Act, Campaign, CampaignStatus, Counts
from loyalty.push.service import snapshots, spending

EVERY = timedelta(seconds=2)
LATELY = timedelta(seconds=10)  # who was told to wait just before may put it down only now
SHARE = 5  # of the time goes to counting at the most


async def watch(engine: Engine, held: Held) -> datetime | None:
    """Count what became of a campaign, and let it go on, halt or end; give when to look again."""
    campaign = await store.campaigns.find(engine.mongo, held.job.data["campaign"])
    if campaign is None:
        return None
    began_at = engine.clock()
    step: int = held.job.data.get("step", 0)
    undone = await _undone(engine, campaign, step)  # before they count: what they add is counted
    counts = await store.outcomes.count(engine.mongo, campaign.id)
    now = engine.clock()
    await store.campaigns.count(engine.mongo, campaign.id, counts, now)
    next_at = now + max(EVERY, SHARE * (now - began_at))
    if campaign.status is CampaignStatus.STOPPED:  # steps of the ramp that never open end as well
        await jobs.release(engine.mongo, snapshots.chunks_of(campaign.id), now)
    if campaign.status is CampaignStatus.STOPPED and counts.open:
        await store.deliveries.hasten(engine.mongo, campaign.id, now)
    elif campaign.status in rules.campaigns.OVER:
        return rules.campaigns.counted_again_at(campaign, now)
    elif rules.campaigns.is_halted(campaign, rules.campaigns.TOO_MUCH_FAILED):
        await _forgive(held, counts)
    elif campaign.status is CampaignStatus.SENDING:
        await _go_on(engine, held, campaign, (counts, undone))
    return next_at


async def _forgive(held: Held, counts: Counts) -> None:
    """Hold what has failed by now against nothing that follows, as who resumes has seen it."""
    data, tried = held.job.data, rules.campaigns.tried(counts)
    if tuple(data.get("before", ())) != tried:
        await held.progress({**data, "before": tried})


async def _go_on(
    engine: Engine, held: Held, campaign: Campaign, found: tuple[Counts, tuple[int, int]]
) -> None:
    counts, (left, dead) = found
    data, now = dict(held.job.data), engine.clock()
    step: int = data.get("step", 0)
    before: tuple[int, int] = tuple(data.get("before", (0, 0)))
    let_go_on = await _let_go_on(engine, campaign)
    is_new = not let_go_on.items() <= data.items()
    if is_new or any(now - at <= LATELY for at in let_go_on.values()):
        await _hasten_jobs(engine, campaign, step)
    if is_new:
        await store.deliveries.hasten(engine.mongo, campaign.id, now)
        data |= let_go_on
        await held.progress(data)
    ramp = campaign.brief.ramp
    is_last = ramp is None or step == len(ramp.steps)
    is_settled = not counts.open
    is_through = not left and rules.campaigns.is_known(counts, before)
    if is_settled and 0 < left == dead:
        await store.campaigns.halt(engine.mongo, campaign.id, rules.campaigns.JOBS_DEAD, now)
    elif ramp is None or is_last:
        if is_settled and not left and not await spending.share_out(engine, campaign, counts):
            await store.campaigns.finish(engine.mongo, campaign.id, now)
    elif rules.campaigns.is_failing(ramp, counts, before, is_through):
        reason = rules.campaigns.TOO_MUCH_FAILED
        if await store.campaigns.halt(engine.mongo, campaign.id, reason, now):
            await _forgive(held, counts)
    elif is_through and "opens_at" not in data:
        wait = timedelta(minutes=ramp.steps[step].wait_minutes)
        await held.progress({**data, "opens_at": now + wait})
    elif is_through and now >= data["opens_at"]:
        prefix = snapshots.prefix(campaign.id, step + 1)
        await jobs.release(engine.mongo, prefix, now)
        before = rules.campaigns.tried(counts)
        opened = {"campaign": campaign.id, "step": step + 1, "before": before}
        await held.progress({**opened, **let_go_on})


async def _let_go_on(engine: Engine, campaign: Campaign) -> dict[str, datetime]:
    """Tell when staff last let a campaign, and all pushes, go on, where they ever did."""
    switch = await store.switches.find(engine.mongo)
    resumed_at = rules.campaigns.last_at(campaign, Act.RESUME)
    switched_at = switch.at if switch and switch.scope is None else None
    named = {"resumed_at": resumed_at, "switched_at": switched_at}
    return {name: at for name, at in named.items() if at is not None}


async def _undone(engine: Engine, campaign: Campaign, step: int) -> tuple[int, int]:
    """Count the jobs of a step of the ramp that are not done, and how many of them are dead."""
    names = (snapshots.job_id(campaign.id), snapshots.prefix(campaign.id, step))
    left = sum([await jobs.left(engine.mongo, name) for name in names])
    dead = sum([await jobs.count_dead(engine.mongo, name) for name in names]) if left else 0
    return left, dead


async def _hasten_jobs(engine: Engine, campaign: Campaign, step: int) -> None:
    """Let the jobs that waited for the pause to end go on at once."""
    now = engine.clock()
    await jobs.release(engine.mongo, snapshots.job_id(campaign.id), now)
    for opened in range(step + 1):
        await jobs.release(engine.mongo, snapshots.prefix(campaign.id, opened), now)
