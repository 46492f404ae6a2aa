"""What became of a campaign's messages, counted and gone through; and the sample of its report."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from datetime import datetime

from loyalty.mongo import Document, Mongo
from loyalty.push.rules import Campaign, Counts, DeliveryStatus
from loyalty.push.rules.campaigns import is_held_out
from loyalty.push.rules.inbox import ON_PHONES
from loyalty.push.rules.reports import Group, Row, Sample, group_of
from loyalty.push.store.campaigns import CAMPAIGNS
from loyalty.push.store.deliveries import DELIVERIES

HEARD = {"opened": "opened_at", "clicked": "clicked_at", "redeemed": "redeemed_at"}
PAGE = 1_000
COUNTING_SECONDS = 60


def _of(campaign_id: str) -> Document:
    return {"_id": {"$gt": f"{campaign_id}:", "$lt": f"{campaign_id};"}}


async def count(mongo: Mongo, campaign_id: str) -> Counts:
    """Count what became of a campaign's deliveries, in all and by variant."""
    group: Document = {
        "_id": {"variant": "$variant", "status": "$status", "reason": "$reason"},
        "count": {"$sum": 1},
        **{name: _with(field) for name, field in HEARD.items()},
    }
    pipeline = [{"$match": _of(campaign_id)}, {"$group": group}]
    found = await mongo.aggregate(DELIVERIES, pipeline, seconds=COUNTING_SECONDS)
    by_variant: defaultdict[str, list[Document]] = defaultdict(list)
    for part in found:
        if variant := part["_id"].get("variant"):
            by_variant[variant].append(part)
    return _counts(found, {variant: _counts(of, {}) for variant, of in by_variant.items()})


def _with(field: str) -> Document:
    return {"$sum": {"$cond": [{"$gt": [f"${field}", None]}, 1, 0]}}


def _counts(parts: list[Document], variants: Mapping[str, Counts]) -> Counts:
    by_status: defaultdict[str, int] = defaultdict(int)
    suppressed: defaultdict[str, int] = defaultdict(int)
    for part in parts:
        by_status[part["_id"]["status"]] += part["count"]
        if part["_id"]["status"] == DeliveryStatus.SUPPRESSED:
            suppressed[part["_id"]["reason"]] += part["count"]
    heard = [part for part in parts if part["_id"]["status"] in ON_PHONES]
    return Counts(
        audience=sum(by_status.values()),
        held=by_status[DeliveryStatus.HELD],
        sent=by_status[DeliveryStatus.SENT],
        failed=by_status[DeliveryStatus.FAILED],
        unknown=by_status[DeliveryStatus.UNKNOWN],
        suppressed=dict(suppressed),
        variants=variants,
        **{name: sum(part[name] for part in heard) for name in HEARD},
    )


async def compared(mongo: Mongo, campaign: Campaign) -> AsyncIterator[dict[str, list[str]]]:
    """Go through a campaign's members, page by page: those who are compared, by their group."""
    shown = {"member": 1, "status": 1, "reason": 1, "variant": 1}
    async for page in mongo.scan(DELIVERIES, _of(campaign.id), shown, batch=PAGE):
        groups: defaultdict[str, list[str]] = defaultdict(list)
        for row in page:
            became = Row(DeliveryStatus(row["status"]), row.get("reason"), row.get("variant"))
            if group := group_of(became, is_held_out(campaign, row["member"])):
                groups[group].append(row["member"])
        yield groups


async def keep_sample(mongo: Mongo, campaign_id: str, sample: Sample) -> None:
    """Keep the sample of a campaign's report."""
    document: Document = {
        "since": sample.since,
        "until": sample.until,
        "made_at": sample.made_at,
        "variants": {name: _group_document(group) for name, group in sample.variants.items()},
        "held_out": _group_document(sample.held_out),
        "money": sample.money,
    }
    await mongo.update_one(CAMPAIGNS, {"_id": campaign_id}, {"$set": {"sample": document}})


def _group_document(group: Group) -> Document:
    return {
        "members": group.members,
        "buyers": group.buyers,
        "purchases": group.purchases,
        "spend": group.spend,
    }


async def kept_sample(mongo: Mongo, campaign_id: str, after: datetime) -> Sample | None:
    """Read the sample of a campaign's report, where one was made after an instant."""
    where = {"_id": campaign_id, "sample.made_at": {"$gt": after}}
    found = await mongo.find_one(CAMPAIGNS, where, {"sample": 1})
    if found is None:
        return None
    kept = found["sample"]
    variants = {name: Group(**group) for name, group in kept["variants"].items()}
    held_out = Group(**kept["held_out"])
    span = (kept["since"], kept["until"], kept["made_at"])
    return Sample(*span, variants, held_out, kept["money"])
