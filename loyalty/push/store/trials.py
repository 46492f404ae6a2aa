"""What was tried before a campaign goes out, kept in its document: FCM's word, and tests."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from loyalty.mongo import Document, Mongo
from loyalty.push.rules import DeliveryStatus
from loyalty.push.rules.trials import (
    TRIALS_KEPT,
    Check,
    CheckOutcome,
    Gap,
    Receivers,
    Trial,
    Tried,
    Validation,
)

CAMPAIGNS = "campaigns"


def validation_from(document: Document) -> Validation:
    """Read what FCM said."""
    return Validation(**{**document, "checks": tuple(map(_check_from, document["checks"]))})


def _check_from(document: Document) -> Check:
    missing = tuple(Gap(**gap) for gap in document.get("missing", ()))
    outcome = CheckOutcome(document["outcome"])
    return Check(**{**document, "outcome": outcome, "missing": missing})


def _check_document(check: Check) -> Document:
    return {
        "variant": check.variant,
        "locale": check.locale,
        "outcome": check.outcome.value,
        "code": check.code,
        "missing": [asdict(gap) for gap in check.missing],
    }


def trial_from(document: Document) -> Trial:
    """Read a test."""
    results = (Tried(**{**r, "status": DeliveryStatus(r["status"])}) for r in document["results"])
    return Trial(
        document["key"],
        document["at"],
        document["who"],
        Receivers(tuple(document["members"]), tuple(document["devices"])),
        document["done_at"],
        tuple(results),
    )


async def ask(mongo: Mongo, campaign_id: str, validation: Validation) -> None:
    """Note that FCM is to be asked."""
    document: Document = {
        "version": validation.version,
        "asked_at": validation.asked_at,
        "asked_by": validation.asked_by,
        "checked_at": None,
        "checks": [],
    }
    await mongo.update_one(CAMPAIGNS, {"_id": campaign_id}, {"$set": {"validation": document}})


async def answered(
    mongo: Mongo, campaign_id: str, version: int, checks: Sequence[Check], now: datetime
) -> None:
    """Note what FCM said of the texts of a version, where nobody asked about others since."""
    documents = [_check_document(check) for check in checks]
    assign = {"validation.checks": documents, "validation.checked_at": now}
    where = {"_id": campaign_id, "validation.version": version}
    await mongo.update_one(CAMPAIGNS, where, {"$set": assign})


async def add(mongo: Mongo, campaign_id: str, trial: Trial) -> bool:
    """Note a test that is to be sent; False where one with its key is there."""
    document: Document = {
        "key": trial.key,
        "at": trial.at,
        "who": trial.who,
        "members": list(trial.receivers.member_ids),
        "devices": list(trial.receivers.device_ids),
        "done_at": None,
        "results": [],
    }
    where = {"_id": campaign_id, "trials.key": {"$ne": trial.key}}
    push = {"trials": {"$each": [document], "$slice": -TRIALS_KEPT}}
    return bool(await mongo.update_one(CAMPAIGNS, where, {"$push": push}))


async def sent(
    mongo: Mongo, campaign_id: str, key: str, results: Sequence[Tried], now: datetime
) -> None:
    """Note what became of a test."""
    documents = [
        {
            "member_id": one.member_id,
            "variant": one.variant,
            "status": one.status.value,
            "reason": one.reason,
        }
        for one in results
    ]
    where = {"_id": campaign_id, "trials.key": key}
    assign = {"trials.$.results": documents, "trials.$.done_at": now}
    await mongo.update_one(CAMPAIGNS, where, {"$set": assign})
