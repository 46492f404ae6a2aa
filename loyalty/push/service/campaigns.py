"""What staff do about campaigns: write, launch, approve, pause, stop, follow; workers send them."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import asdict, replace
from datetime import datetime
from functools import partial

from loyalty import jobs, offers, program, segments
from loyalty.commands import check_key, check_reason, hash_input
from loyalty.engine import Engine
from loyalty.errors import BadInput, KeyReused, Refused
from loyalty.jobs import Job
from loyalty.push import rules, store
from loyalty.push.rules import (
    Act,
    Brief,
    Campaign,
    CampaignStatus,
    Counts,
    Delivery,
    Event,
    Schedule,
    refusals,
)
from loyalty.push.rules.trials import Validation
from loyalty.push.service import texts
from loyalty.push.store.campaigns import Change
from loyalty.walks import Walk

__all__ = [
    "Act",
    "Counts",
    "Event",
    "approve",
    "check",
    "create",
    "delete",
    "deliveries",
    "duplicate",
    "find",
    "find_delivery",
    "have_checked",
    "launch",
    "newest",
    "pause",
    "reject",
    "require",
    "resume",
    "stop",
    "update",
    "watch",
    "with_audience",
]

VALIDATE_KIND = "campaign.validate"
COPY = "{name} (2)"

# What an act writes, from the campaign as it stands; None where it is done already.
Decide = Callable[[Campaign], tuple[Event, Change] | None]


async def create(engine: Engine, brief: Brief, key: str, actor: str) -> tuple[Campaign, bool]:
    """Write a draft, once for its key; say whether it was there before.

    Raises BadInput; Refused as `check`, and with SegmentUnknown, or KeyReused where the key was
    used for another campaign.
    """
    check_key(key)
    fingerprint = _fingerprint(brief)
    brief = await with_audience(engine, brief)
    await check(engine, brief)
    return await _insert(engine, brief, key, fingerprint, actor)


def _fingerprint(brief: Brief) -> str:
    """Hash what was asked for: of a saved segment its id, whatever it says by now."""
    asked = segments.dump(brief.audience) if brief.segment is None else None
    return hash_input(**{**asdict(brief), "audience": asked})


async def duplicate(
    engine: Engine, campaign_id: str, key: str, actor: str
) -> tuple[Campaign, bool]:
    """Write a draft like another campaign, once for its key; say whether it was there before.

    Raises BadInput; Refused with CampaignUnknown, KeyReused.
    """
    check_key(key)
    found = await require(engine, campaign_id)
    name = COPY.format(name=found.brief.name[: rules.briefs.NAME_LIMIT - len(COPY)])
    brief = replace(found.brief, name=name)
    return await _insert(engine, brief, key, hash_input(duplicate=campaign_id), actor)


async def _insert(
    engine: Engine, brief: Brief, key: str, fingerprint: str, actor: str
) -> tuple[Campaign, bool]:
    now = engine.clock()
    campaign = Campaign(
        id="cmp_" + engine.new_id().replace("-", ""),
        brief=replace(brief, name=brief.name.strip()),
        status=CampaignStatus.DRAFT,
        created_at=now,
        created_by=actor,
        history=(Event(now, actor, Act.CREATE),),
    )
    document = store.campaigns.to_document(campaign, key, fingerprint)
    stored, before = await store.campaigns.insert(engine.mongo, document)
    if before != fingerprint:
        raise Refused(KeyReused(key))
    return stored, stored.id != campaign.id


async def check(engine: Engine, brief: Brief) -> None:
    """Refuse what cannot be a campaign under the program in force.

    Raises BadInput; Refused with TemplateInvalid, OfferUnknown, SegmentNamesUnknown or
    ProgramMissing.
    """
    rules.briefs.check_brief(brief)
    rules.check_templates(brief)
    terms = (await program.active(engine)).program
    if brief.offer is not None and terms.offer(brief.offer) is None:
        raise Refused(offers.refusals.OfferUnknown(brief.offer))
    await segments.check(engine, brief.audience)
    texts.check_size(brief)


async def with_audience(engine: Engine, brief: Brief) -> Brief:
    """Copy the audience from the saved segment that is named. Raises Refused(SegmentUnknown)."""
    if brief.segment is None:
        return brief
    saved = await segments.saving.require(engine, brief.segment)
    return replace(brief, audience=saved.now.definition)


async def update(
    engine: Engine, campaign_id: str, version: int, brief: Brief, actor: str
) -> Campaign:
    """Put another brief in a draft that is still at `version`; sent again, it is not done again.

    Raises BadInput; Refused as `create`, and with CampaignUnknown, CampaignNotDraft or
    CampaignChanged.
    """
    brief = await with_audience(engine, brief)
    await check(engine, brief)
    wanted = replace(brief, name=brief.name.strip())

    def decide(campaign: Campaign) -> tuple[Event, Change] | None:
        if (campaign.version, campaign.brief) == (version + 1, wanted):
            return None
        rules.campaigns.must_be_version(campaign, version)
        event = Event(engine.clock(), actor, Act.UPDATE)
        return event, store.campaigns.brief_change(wanted, version)

    return await _do(engine, campaign_id, Act.UPDATE, decide)


async def delete(engine: Engine, campaign_id: str, version: int) -> bool:
    """Delete a draft that is still at `version`; False where there is no such campaign (any more).

    Raises Refused with CampaignNotDraft or CampaignChanged.
    """
    campaign = await find(engine, campaign_id)
    if campaign is None:
        return False
    rules.campaigns.must_be_free(campaign, Act.UPDATE)
    rules.campaigns.must_be_version(campaign, version)
    if await store.campaigns.delete_draft(engine.mongo, campaign_id, version):
        return True
    return await delete(engine, campaign_id, version)  # it was changed meanwhile


async def launch(
    engine: Engine, campaign_id: str, version: int, schedule: Schedule, actor: str
) -> Campaign:
    """Schedule a draft that is still at `version`; launched again, it is not launched again.

    To more members than the program's `four_eyes_above` it waits for a second person first. Names
    in its audience that may be misspelt are noted in its history. Raises BadInput; Refused with
    CampaignUnknown, CampaignNotDraft or CampaignChanged.
    """
    rules.briefs.check_schedule(schedule)
    terms = (await program.active(engine)).program
    brief = await with_audience(engine, (await require(engine, campaign_id)).brief)
    seen = await segments.preview(engine, brief.audience, 0, engine.clock())
    act = rules.campaigns.launching(seen.most, terms.messaging.four_eyes_above)

    def decide(campaign: Campaign) -> tuple[Event, Change] | None:
        if rules.campaigns.is_done(campaign, Act.LAUNCH) and campaign.schedule == schedule:
            return None
        rules.campaigns.must_be_free(campaign, Act.LAUNCH)
        rules.campaigns.must_be_version(campaign, version)
        now = engine.clock()
        rules.judging.must_be_ahead(schedule, now)
        assign = {
            **store.campaigns.scheduled(schedule),
            "audience_size": seen.estimate,
            "brief": store.briefs.to_document(brief),
            "launched_at": now,
            "launched_by": actor,
        }
        if act is Act.LAUNCH:
            assign["due_at"] = schedule.opens_at(now)
        note = rules.campaigns.unheard(one.name for one in seen.unheard)
        return Event(now, actor, act, note), Change(assign, version=version)

    return await _checked(engine, await _do(engine, campaign_id, Act.LAUNCH, decide), actor)


async def _checked(engine: Engine, campaign: Campaign, actor: str) -> Campaign:
    """Have the texts looked at of a campaign that is let go, soon after: it may begin later."""
    if rules.campaigns.is_to_be_checked(campaign):
        await have_checked(engine, campaign, actor)
    return await require(engine, campaign.id)


async def have_checked(engine: Engine, campaign: Campaign, actor: str) -> None:
    """Let a worker ask FCM about every text of a campaign, as it is now."""
    now = engine.clock()
    await store.trials.ask(engine.mongo, campaign.id, Validation(campaign.version, now, actor))
    data = {"campaign": campaign.id, "version": campaign.version}
    job_id = f"{campaign.id}:validate:{engine.new_id()}"
    await jobs.enqueue(engine.mongo, [Job(job_id, VALIDATE_KIND, now, data)])


async def approve(engine: Engine, campaign_id: str, version: int, actor: str) -> Campaign:
    """Let a campaign go that somebody else wrote and launched, as it is at `version`.

    Raises BadInput where its time is over; Refused with CampaignUnknown, CampaignNotWaiting,
    CampaignChanged or ApproverIsAuthor.
    """

    def decide(campaign: Campaign) -> tuple[Event, Change] | None:
        if rules.campaigns.is_done(campaign, Act.APPROVE):
            return None
        rules.campaigns.must_be_free(campaign, Act.APPROVE)
        rules.campaigns.must_be_version(campaign, version)
        rules.campaigns.must_be_another(campaign, actor)
        now, schedule = engine.clock(), campaign.schedule or Schedule()
        if rules.judging.is_over(schedule, now):
            raise BadInput("its time is over by now: reject it, to be launched for another")
        assign = {"approved_by": actor, "due_at": schedule.opens_at(now)}
        return Event(now, actor, Act.APPROVE), Change(assign, version=version)

    return await _checked(engine, await _do(engine, campaign_id, Act.APPROVE, decide), actor)


async def reject(engine: Engine, campaign_id: str, actor: str, note: str) -> Campaign:
    """Make a campaign that waits for a second person a draft again, and say why.

    Raises BadInput; Refused with CampaignUnknown or CampaignNotWaiting.
    """
    check_reason(note)
    launch_of_it = ("schedule", "audience_size", "launched_at", "launched_by")

    def decide(campaign: Campaign) -> tuple[Event, Change] | None:
        if rules.campaigns.is_done(campaign, Act.REJECT):
            return None
        event = Event(engine.clock(), actor, Act.REJECT, note)
        return event, Change(remove=launch_of_it, is_new_text=True)

    return await _do(engine, campaign_id, Act.REJECT, decide)


async def pause(engine: Engine, campaign_id: str, actor: str, note: str | None = None) -> Campaign:
    """Send nothing more of a campaign until it is resumed.

    Raises Refused with CampaignUnknown, CampaignNeedsApproval or CampaignNotRunning.
    """

    def decide(campaign: Campaign) -> tuple[Event, Change] | None:
        if rules.campaigns.is_done(campaign, Act.PAUSE):
            return None
        event = Event(engine.clock(), actor, Act.PAUSE, note)
        return event, Change({"reason": note}, remove=("due_at",))

    return await _do(engine, campaign_id, Act.PAUSE, decide)


async def resume(
    engine: Engine, campaign_id: str, actor: str, *, may_approve: bool = False
) -> Campaign:
    """Go on with a paused campaign where it was.

    One whose audience grew too much needs a second person for it, who may approve. Raises BadInput
    where its time is over; Refused with CampaignUnknown, CampaignNeedsApproval, CampaignNotPaused
    or ApproverIsAuthor.
    """

    def decide(campaign: Campaign) -> tuple[Event, Change] | None:
        if rules.campaigns.is_done(campaign, Act.RESUME):
            return None
        rules.campaigns.must_be_free(campaign, Act.RESUME)
        now, schedule = engine.clock(), campaign.schedule or Schedule()
        if rules.judging.is_over(schedule, now, has_begun=campaign.started_at is not None):
            raise BadInput("its time is over by now: stop it, and launch a duplicate of it")
        event = Event(now, actor, rules.campaigns.resuming(campaign))
        assign: dict[str, object] = {"due_at": schedule.opens_at(now)}
        if rules.campaigns.is_halted(campaign, rules.campaigns.AUDIENCE_GREW):
            if not may_approve:
                raise Refused(refusals.CampaignNeedsApproval(campaign_id))
            rules.campaigns.must_be_another(campaign, actor)
            assign["approved_by"] = actor
        return event, Change(assign, remove=("reason",))

    return await _do(engine, campaign_id, Act.RESUME, decide)


async def stop(engine: Engine, campaign_id: str, actor: str, note: str | None = None) -> Campaign:
    """Stop a campaign for good: what is not on its way is not sent.

    Raises Refused with CampaignUnknown or CampaignNotRunning.
    """

    def decide(campaign: Campaign) -> tuple[Event, Change] | None:
        if campaign.status is CampaignStatus.STOPPED:
            return None
        event = Event(engine.clock(), actor, Act.STOP, note or "STOPPED_BY_STAFF")
        return event, store.campaigns.stopping(event)

    return await _do(engine, campaign_id, Act.STOP, decide)


async def _do(engine: Engine, campaign_id: str, act: Act, decide: Decide) -> Campaign:
    """Do an act on the campaign as it stands; decide again where somebody was faster."""
    while True:
        campaign = await require(engine, campaign_id)
        decided = decide(campaign)
        if decided is None:
            return campaign
        rules.campaigns.must_be_free(campaign, act)
        done = await store.campaigns.act(engine.mongo, campaign_id, *decided)
        if done is not None:
            return done


async def require(engine: Engine, campaign_id: str) -> Campaign:
    """Read a campaign. Raises Refused with CampaignUnknown."""
    campaign = await find(engine, campaign_id)
    if campaign is None:
        raise Refused(refusals.CampaignUnknown(campaign_id))
    return campaign


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


async def find_delivery(engine: Engine, delivery_id: str) -> Delivery | None:
    """Read a delivery, or None."""
    return await store.deliveries.find(engine.mongo, delivery_id)


async def deliveries(engine: Engine, campaign_id: str, walk: Walk[str]) -> list[Delivery]:
    """List a campaign's deliveries in order of their members; a place is a member's id."""
    return await store.deliveries.of_campaign(engine.mongo, campaign_id, walk)
