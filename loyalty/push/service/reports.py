"""What staff are told of a campaign that went out: what became of it, and what it brought."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from loyalty import program
from loyalty.activities import buying
from loyalty.engine import Engine
from loyalty.program import Program
from loyalty.push import rules, store
from loyalty.push.rules.reports import HELD_OUT, Group, Report, Sample, Target, percent
from loyalty.push.rules.uplift import CONFIDENCE_PERCENT, Share, Uplift, Verdict
from loyalty.push.service import campaigns

__all__ = [
    "CONFIDENCE_PERCENT",
    "Group",
    "Report",
    "Share",
    "Target",
    "Uplift",
    "Verdict",
    "percent",
    "report",
]

KEPT_FOR = timedelta(minutes=1)


async def report(engine: Engine, campaign_id: str) -> Report | None:
    """Report on a campaign; None before it began.

    What members bought may be a minute old. Raises Refused with CampaignUnknown, ProgramMissing.
    """
    campaign = await campaigns.require(engine, campaign_id)
    if campaign.started_at is None:
        return None
    counts = await store.outcomes.count(engine.mongo, campaign_id)
    if campaign.status in rules.campaigns.OVER:  # members open messages for days
        await store.campaigns.count(engine.mongo, campaign_id, counts, engine.clock())
    return rules.reports.report(campaign, counts, await _sample(engine, campaign))


async def _sample(engine: Engine, campaign: rules.Campaign) -> Sample:
    now = engine.clock()
    kept = await store.outcomes.kept_sample(engine.mongo, campaign.id, now - KEPT_FOR)
    if kept is not None:
        return kept
    terms = (await program.active(engine)).program
    since, until = rules.reports.window(campaign, now)
    groups: defaultdict[str, Group] = defaultdict(Group)
    async for page in store.outcomes.compared(engine.mongo, campaign):
        for name, member_ids in page.items():
            bought = await _bought(engine, terms, member_ids, (since, until))
            groups[name] = groups[name].plus(bought)
    held_out = groups.pop(HELD_OUT, Group())
    sample = Sample(since, until, now, dict(groups), held_out, terms.money)
    await store.outcomes.keep_sample(engine.mongo, campaign.id, sample)
    return sample


async def _bought(
    engine: Engine, terms: Program, member_ids: Sequence[str], span: tuple[datetime, datetime]
) -> Group:
    window = buying.Window(span[0], until=span[1])
    found = (await buying.bought(engine, terms, member_ids, window)).values()
    kept = [one for one in found if one.purchases]
    return Group(
        len(member_ids),
        len(kept),
        sum(one.purchases for one in kept),
        sum(one.spend for one in kept),
    )
