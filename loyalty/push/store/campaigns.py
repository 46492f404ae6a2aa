"""Campaigns in MongoDB: one document each, with how far it has come and who is at it."""

from dataclasses import dataclass
from datetime import datetime

from loyalty.mongo import Document, Index, Mongo
from loyalty.push.rules import (
    Audience,
    AudienceKind,
    Campaign,
    CampaignInput,
    CampaignStatus,
    Counts,
)
from loyalty.walks import Walk, keyset

CAMPAIGNS = "campaigns"
RUNNING = [CampaignStatus.QUEUED.value, CampaignStatus.SENDING.value]

NEWEST_FIRST = [("created_at", -1), ("_id", -1)]
INDEXES = [
    Index("key", name="one_campaign_per_key", unique=True),
    Index(NEWEST_FIRST, name="campaigns_newest_first"),
    Index("due_at", name="campaigns_to_advance", sparse=True),
]


@dataclass(frozen=True, slots=True)
class Turn:
    """One worker's turn at a campaign: valid while its `fence` is the campaign's.

    `cursor` is the last member gone through; `counted_at` is when deliveries were last counted.
    """

    campaign: Campaign
    fence: int
    cursor: str
    gone_through: bool
    counted_at: datetime


def to_document(campaign: Campaign, wanted: CampaignInput, input_hash: str) -> Document:
    """Write a new campaign."""
    return {
        "_id": campaign.id,
        "key": wanted.key,
        "input": input_hash,
        "name": campaign.name,
        "title": dict(campaign.title),
        "body": dict(campaign.body),
        "audience": {"kind": campaign.audience.kind.value, "tier": campaign.audience.tier},
        "deep_link": campaign.deep_link,
        "status": campaign.status.value,
        "counts": counts_document(campaign.counts),
        "created_at": campaign.created_at,
        "created_by": campaign.created_by,
        "cursor": "",
        "gone_through": False,
        "fence": 0,
        "due_at": campaign.created_at,
        "counted_at": campaign.created_at,
    }


def counts_document(counts: Counts) -> Document:
    """Write counts."""
    return {
        "audience": counts.audience,
        "sent": counts.sent,
        "failed": counts.failed,
        "unknown": counts.unknown,
        "suppressed": dict(counts.suppressed),
    }


def from_document(document: Document) -> Campaign:
    """Read a campaign."""
    audience = document["audience"]
    return Campaign(
        id=document["_id"],
        name=document["name"],
        title=document["title"],
        body=document["body"],
        audience=Audience(AudienceKind(audience["kind"]), audience["tier"]),
        deep_link=document["deep_link"],
        status=CampaignStatus(document["status"]),
        counts=Counts(**document["counts"]),
        created_at=document["created_at"],
        created_by=document["created_by"],
        finished_at=document.get("finished_at"),
        reason=document.get("reason"),
    )


async def insert(mongo: Mongo, document: Document) -> tuple[Campaign, str]:
    """Add a campaign, or read the one with its key; give it with the hash of its input."""
    if await mongo.insert_new(CAMPAIGNS, [document]):
        document = await mongo.find_one(CAMPAIGNS, {"key": document["key"]}) or document
    return from_document(document), document["input"]


async def find(mongo: Mongo, campaign_id: str) -> Campaign | None:
    """Read one campaign."""
    found = await mongo.find_one(CAMPAIGNS, {"_id": campaign_id})
    return from_document(found) if found else None


async def by_id(mongo: Mongo, ids: set[str]) -> dict[str, Campaign]:
    """Read campaigns by id."""
    found = await mongo.find(CAMPAIGNS, {"_id": {"$in": list(ids)}}) if ids else []
    return {document["_id"]: from_document(document) for document in found}


async def newest(mongo: Mongo, walk: Walk[tuple[datetime, str]]) -> list[Campaign]:
    """Read campaigns, newest first."""
    where, order = keyset(walk, NEWEST_FIRST)
    found = await mongo.find(CAMPAIGNS, where, sort=order, limit=walk.limit)
    return [from_document(document) for document in found]


async def take(mongo: Mongo, now: datetime, until: datetime) -> Turn | None:
    """Lease the campaign that has waited longest; one not released in time is taken again."""
    lease = {"$set": {"due_at": until}, "$inc": {"fence": 1}}
    found = await mongo.find_one_and_update(
        CAMPAIGNS, {"due_at": {"$lte": now}}, lease, sort=[("due_at", 1)]
    )
    if found is None:
        return None
    return Turn(
        from_document(found),
        found["fence"],
        found["cursor"],
        found["gone_through"],
        found["counted_at"],
    )


async def renew(mongo: Mongo, turn: Turn, until: datetime) -> None:
    """Keep the lease on a campaign for longer, where it is still ours and not stopped."""
    where = {"_id": turn.campaign.id, "fence": turn.fence, "status": {"$in": RUNNING}}
    await mongo.update_one(CAMPAIGNS, where, {"$set": {"due_at": until}})


async def step(mongo: Mongo, turn: Turn, done: Document, due_at: datetime) -> None:
    """Note how far a campaign has come and let go of it; nothing where it was lost or stopped."""
    where = {"_id": turn.campaign.id, "fence": turn.fence, "status": {"$in": RUNNING}}
    assign = {**done, "status": CampaignStatus.SENDING.value, "due_at": due_at}
    await mongo.update_one(CAMPAIGNS, where, {"$set": assign})


async def count(mongo: Mongo, turn: Turn, counts: Counts, now: datetime, due_at: datetime) -> None:
    """Note the counts of a campaign that is gone through or stopped, and when to count again."""
    assign = {"counts": counts_document(counts), "counted_at": now, "due_at": due_at}
    where = {"_id": turn.campaign.id, "fence": turn.fence}
    await mongo.update_one(CAMPAIGNS, where, {"$set": assign})


async def finish(mongo: Mongo, turn: Turn, counts: Counts, now: datetime) -> None:
    """Note the last counts; a campaign that was not stopped is now sent."""
    where = {"_id": turn.campaign.id, "fence": turn.fence}
    assign: Document = {"counts": counts_document(counts), "counted_at": now}
    if turn.campaign.status is not CampaignStatus.STOPPED:
        where["status"] = {"$in": RUNNING}
        assign |= {"status": CampaignStatus.SENT.value, "finished_at": now}
    await mongo.update_one(CAMPAIGNS, where, {"$set": assign, "$unset": {"due_at": ""}})


async def stop(mongo: Mongo, campaign_id: str, reason: str, now: datetime) -> None:
    """Stop a campaign that is not over; a worker counts once more what became of it."""
    assign = {"status": CampaignStatus.STOPPED.value, "reason": reason, "finished_at": now}
    where = {"_id": campaign_id, "status": {"$in": RUNNING}}
    await mongo.update_one(CAMPAIGNS, where, {"$set": {**assign, "due_at": now}})
