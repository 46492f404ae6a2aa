"""Campaigns in MongoDB: one document each, with its history, its counts and who is at it."""

from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from datetime import datetime

from loyalty.mongo import Document, Index, Mongo, all_read, each_read, page_read
from loyalty.push.rules import (
    Act,
    Brief,
    Campaign,
    CampaignStatus,
    Counts,
    Event,
    Schedule,
    campaigns,
)
from loyalty.push.store import briefs, trials
from loyalty.walks import Walk, keyset

CAMPAIGNS = "campaigns"
WORKER = "worker"

NEWEST_FIRST = [("created_at", -1), ("_id", -1)]
INDEXES = [
    Index("key", name="one_campaign_per_key", unique=True),
    Index(NEWEST_FIRST, name="campaigns_newest_first"),
    Index("due_at", name="campaigns_to_advance", sparse=True),
]


@dataclass(frozen=True, slots=True)
class Change:
    """What an act writes beside status and history: fields to set, and those to take away.

    `version` is the one that was read, None where any will do; `is_new_text` counts it up.
    """

    assign: Document = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    version: int | None = None
    is_new_text: bool = False


def to_document(campaign: Campaign, key: str, input_hash: str) -> Document:
    """Write a new campaign."""
    return {
        "_id": campaign.id,
        "key": key,
        "input": input_hash,
        "version": campaign.version,
        "brief": briefs.to_document(campaign.brief),
        "status": campaign.status.value,
        "counts": counts_document(campaign.counts),
        "created_at": campaign.created_at,
        "created_by": campaign.created_by,
        "history": [_event_document(event) for event in campaign.history],
    }


def _event_document(event: Event) -> Document:
    document = {"at": event.at, "who": event.who, "act": event.act.value}
    return document | ({"note": event.note} if event.note else {})


def counts_document(counts: Counts) -> Document:
    """Write counts."""
    return asdict(counts)


def _counts(document: Document) -> Counts:
    variants = document.get("variants", {})
    return Counts(**{**document, "variants": {id: Counts(**of) for id, of in variants.items()}})


def from_document(document: Document) -> Campaign:
    """Read a campaign."""
    schedule = document.get("schedule")
    return Campaign(
        id=document["_id"],
        brief=briefs.from_document(document["brief"]),
        status=CampaignStatus(document["status"]),
        created_at=document["created_at"],
        created_by=document["created_by"],
        version=document["version"],
        counts=_counts(document["counts"]),
        schedule=briefs.schedule_from(schedule) if schedule else None,
        audience_size=document.get("audience_size"),
        launched_at=document.get("launched_at"),
        launched_by=document.get("launched_by"),
        approved_by=document.get("approved_by"),
        started_at=document.get("started_at"),
        finished_at=document.get("finished_at"),
        reason=document.get("reason"),
        history=tuple(
            Event(line["at"], line["who"], Act(line["act"]), line.get("note"))
            for line in document["history"]
        ),
        validation=trials.validation_from(document["validation"])
        if "validation" in document
        else None,
        trials=tuple(map(trials.trial_from, document.get("trials", ()))),
    )


async def insert(mongo: Mongo, document: Document) -> tuple[Campaign, str]:
    """Add a campaign, or read the one with its key; give it with the hash of its input."""
    if await mongo.insert_new(CAMPAIGNS, [document]):
        document = await mongo.find_one(CAMPAIGNS, {"key": document["key"]}) or document
    return from_document(document), document["input"]


async def act(
    mongo: Mongo, campaign_id: str, event: Event, change: Change | None = None
) -> Campaign | None:
    """Do what the transitions let happen, and note it; None where status or version forbid it."""
    change = change or Change()
    before, after = campaigns.TRANSITIONS[event.act]
    where: Document = {"_id": campaign_id, "status": {"$in": sorted(s.value for s in before)}}
    if change.version is not None:
        where["version"] = change.version
    update: Document = {
        "$set": {**change.assign, "status": after.value},
        "$push": {"history": _event_document(event)},
    }
    if change.remove:
        update["$unset"] = dict.fromkeys(change.remove, "")
    if change.is_new_text:
        update["$inc"] = {"version": 1}
    found = await mongo.find_one_and_update(CAMPAIGNS, where, update)
    return from_document(found) if found else None


def scheduled(schedule: Schedule) -> Document:
    """Write when a campaign is sent, as a field of it."""
    return {"schedule": briefs.schedule_document(schedule)}


def brief_change(brief: Brief, version: int) -> Change:
    """Give the change that puts another brief in a draft."""
    return Change({"brief": briefs.to_document(brief)}, version=version, is_new_text=True)


async def delete_draft(mongo: Mongo, campaign_id: str, version: int) -> bool:
    """Delete a draft of this version; False where there is none."""
    draft = {"_id": campaign_id, "status": CampaignStatus.DRAFT.value, "version": version}
    return bool(await mongo.delete_many(CAMPAIGNS, draft))


async def find(mongo: Mongo, campaign_id: str) -> Campaign | None:
    """Read one campaign."""
    found = await mongo.find_one(CAMPAIGNS, {"_id": campaign_id})
    return from_document(found) if found else None


async def by_id(mongo: Mongo, ids: set[str]) -> dict[str, Campaign]:
    """Read campaigns by id; those that cannot be read are left out."""
    found = await mongo.find(CAMPAIGNS, {"_id": {"$in": list(ids)}}) if ids else []
    return {campaign.id: campaign for campaign in all_read(CAMPAIGNS, found, from_document)}


async def newest(mongo: Mongo, walk: Walk[tuple[datetime, str]]) -> list[Campaign]:
    """Read campaigns, newest first; in place of those that cannot be read, the next ones."""
    where, order = keyset(walk, NEWEST_FIRST)
    return await page_read(mongo, CAMPAIGNS, where, (order, walk.limit), from_document)


async def due(
    mongo: Mongo, now: datetime, limit: int, besides: Collection[str] = ()
) -> tuple[list[tuple[Campaign, datetime]], list[str]]:
    """Read campaigns whose time has come, `besides` some, each with when that was.

    Gives the ids, too, of those that cannot be read: they are left to a worker that can.
    """
    where = {"due_at": {"$lte": now}, "_id": {"$nin": list(besides)}}
    found = await mongo.find(CAMPAIGNS, where, sort=[("due_at", 1)], limit=limit)
    read = list(each_read(CAMPAIGNS, found, from_document))
    unread = [document["_id"] for document, campaign in read if campaign is None]
    return [(campaign, document["due_at"]) for document, campaign in read if campaign], unread


async def begun(mongo: Mongo, campaign_id: str, due_at: datetime) -> None:
    """Note that there are jobs for a campaign by now, unless its time is another since."""
    where = {"_id": campaign_id, "due_at": due_at}
    await mongo.update_one(CAMPAIGNS, where, {"$unset": {"due_at": ""}})


async def start(mongo: Mongo, campaign_id: str, now: datetime) -> None:
    """Note that a scheduled campaign is being sent from now on."""
    await act(mongo, campaign_id, Event(now, WORKER, Act.START), Change({"started_at": now}))


async def count(mongo: Mongo, campaign_id: str, counts: Counts, now: datetime) -> None:
    """Note the counts of a campaign."""
    assign = {"counts": counts_document(counts), "counted_at": now}
    await mongo.update_one(CAMPAIGNS, {"_id": campaign_id}, {"$set": assign})


async def finish(mongo: Mongo, campaign_id: str, now: datetime) -> None:
    """Note that everything of a campaign is settled, where it was not stopped or paused."""
    await act(mongo, campaign_id, Event(now, WORKER, Act.FINISH), Change({"finished_at": now}))


async def halt(
    mongo: Mongo, campaign_id: str, reason: str, now: datetime, assign: Document | None = None
) -> bool:
    """Pause a campaign that cannot or should not go on by itself; False where it does not run."""
    event = Event(now, WORKER, Act.HALT, reason)
    change = Change({"reason": reason, **(assign or {})}, remove=("due_at",))
    return await act(mongo, campaign_id, event, change) is not None


def stopping(event: Event) -> Change:
    """Give the change that stops a campaign; a worker counts once more what became of it."""
    return Change({"reason": event.note, "finished_at": event.at, "due_at": event.at})


async def stop(mongo: Mongo, campaign_id: str, reason: str, now: datetime) -> None:
    """Stop a campaign that nothing more can be sent for, where it is not over."""
    event = Event(now, WORKER, Act.STOP, reason)
    await act(mongo, campaign_id, event, stopping(event))
