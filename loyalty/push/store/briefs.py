"""Briefs as documents: what marketing wants, inside of a campaign's document."""

from datetime import date
from datetime import time as time_of_day

from loyalty import segments
from loyalty.mongo import Document
from loyalty.push.rules import Brief, Cap
from loyalty.push.rules.briefs import Ramp, Schedule, ScheduleKind, Step, Targets, Variant


def to_document(brief: Brief) -> Document:
    """Write a brief."""
    return {
        "name": brief.name,
        "audience": segments.dump(brief.audience),
        "segment": brief.segment,
        "variants": [
            {"id": v.id, "title": dict(v.title), "body": dict(v.body), "weight": v.weight}
            for v in brief.variants
        ],
        "deep_link": brief.deep_link,
        "offer": brief.offer,
        "holdout_percent": brief.holdout_percent,
        "ramp": _ramp_document(brief.ramp) if brief.ramp else None,
        "cap": {"count": brief.cap.count, "days": brief.cap.days} if brief.cap else None,
        "budget": brief.budget,
        "targets": {
            "open_percent": brief.targets.open_percent,
            "click_percent": brief.targets.click_percent,
            "redemption_percent": brief.targets.redemption_percent,
        },
        "attribution_days": brief.attribution_days,
    }


def _ramp_document(ramp: Ramp) -> Document:
    steps = [{"percent": s.percent, "wait_minutes": s.wait_minutes} for s in ramp.steps]
    return {"steps": steps, "max_failure_percent": ramp.max_failure_percent}


def from_document(document: Document) -> Brief:
    """Read a brief."""
    ramp, cap = document["ramp"], document["cap"]
    return Brief(
        name=document["name"],
        audience=segments.parse(document["audience"]),
        segment=document["segment"],
        variants=tuple(Variant(**variant) for variant in document["variants"]),
        deep_link=document["deep_link"],
        offer=document["offer"],
        holdout_percent=document["holdout_percent"],
        ramp=_ramp(ramp) if ramp else None,
        cap=Cap(**cap) if cap else None,
        budget=document["budget"],
        targets=Targets(**document["targets"]),
        attribution_days=document["attribution_days"],
    )


def _ramp(document: Document) -> Ramp:
    steps = tuple(Step(**step) for step in document["steps"])
    return Ramp(steps, document["max_failure_percent"])


def schedule_document(schedule: Schedule) -> Document:
    """Write when a campaign is sent; days and times of day are texts."""
    return {
        "kind": schedule.kind.value,
        "at": schedule.at,
        "on": schedule.on.isoformat() if schedule.on else None,
        "local_time": schedule.local_time.isoformat() if schedule.local_time else None,
    }


def schedule_from(document: Document) -> Schedule:
    """Read when a campaign is sent."""
    on, local_time = document["on"], document["local_time"]
    return Schedule(
        ScheduleKind(document["kind"]),
        document["at"],
        date.fromisoformat(on) if on else None,
        time_of_day.fromisoformat(local_time) if local_time else None,
    )
