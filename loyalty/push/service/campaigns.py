"""What staff do about campaigns: send, follow, list and stop them; workers carry them out."""

from collections.abc import AsyncGenerator
from dataclasses import asdict
from datetime import datetime
from functools import partial

from loyalty import program, wallets
from loyalty.engine import Engine
from loyalty.errors import KeyReused, Refused
from loyalty.program import Program
from loyalty.push import rules, store
from loyalty.push.rules import (
    Audience,
    Campaign,
    CampaignInput,
    CampaignStatus,
    Counts,
    Delivery,
    TierUnknown,
)
from loyalty.push.service import texts
from loyalty.walks import Walk


async def send(engine: Engine, wanted: CampaignInput, actor: str) -> tuple[Campaign, bool]:
    """Queue a campaign, once for its key; say whether it was there before.

    Raises BadInput; Refused with TemplateInvalid, TierUnknown, ProgramMissing, or KeyReused when
    the key was used for another campaign.
    """
    wallets.check_key(wanted.key)
    rules.check_campaign(wanted)
    rules.check_templates(wanted)
    version = await program.active(engine)
    fingerprint = wallets.hash_input(**asdict(wanted))
    _check_audience(wanted.audience, version.program)
    campaign = Campaign(
        id="cmp_" + engine.new_id().replace("-", ""),
        name=wanted.name.strip(),
        title=wanted.title,
        body=wanted.body,
        audience=wanted.audience,
        deep_link=wanted.deep_link,
        status=CampaignStatus.QUEUED,
        counts=Counts(),
        created_at=engine.clock(),
        created_by=actor,
    )
    texts.check_size(campaign)
    document = store.campaigns.to_document(campaign, wanted, fingerprint)
    stored, input_hash = await store.campaigns.insert(engine.mongo, document)
    if input_hash != fingerprint:
        raise Refused(KeyReused(wanted.key))
    return stored, stored.id != campaign.id


def _check_audience(audience: Audience, terms: Program) -> None:
    known = {tier.id for ladder in terms.ladders for tier in ladder.tiers}
    if audience.tier is not None and audience.tier not in known:
        raise Refused(TierUnknown(audience.tier))


async def find(engine: Engine, campaign_id: str) -> Campaign | None:
    """Read a campaign, or None."""
    return await store.campaigns.find(engine.mongo, campaign_id)


def watch(engine: Engine, campaign_id: str) -> AsyncGenerator[Campaign, None]:
    """Give a campaign at once and when it has come further; nothing for an unknown one.

    Raises Unavailable when it cannot be read at once.
    """
    read = partial(find, engine, campaign_id)
    return engine.live.follow(store.campaigns.CAMPAIGNS, campaign_id, read)


async def newest(engine: Engine, walk: Walk[tuple[datetime, str]]) -> list[Campaign]:
    """List campaigns, newest first; a place is when one was made, and its id."""
    return await store.campaigns.newest(engine.mongo, walk)


async def stop(engine: Engine, campaign_id: str) -> Campaign | None:
    """Stop a campaign that is not over: what is not on its way is not sent. None when unknown."""
    await store.campaigns.stop(engine.mongo, campaign_id, "STOPPED_BY_STAFF", engine.clock())
    return await find(engine, campaign_id)


async def find_delivery(engine: Engine, delivery_id: str) -> Delivery | None:
    """Read a delivery, or None."""
    return await store.deliveries.find(engine.mongo, delivery_id)


async def deliveries(engine: Engine, campaign_id: str, walk: Walk[str]) -> list[Delivery]:
    """List a campaign's deliveries in order of their members; a place is a member's id."""
    return await store.deliveries.of_campaign(engine.mongo, campaign_id, walk)
