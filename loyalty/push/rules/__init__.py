"""The rules of push: devices, campaigns, deliveries, and what follows from FCM's answers."""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from loyalty.push.rules import (
    briefs, campaigns, inbox, judging, nudges, refusals, reports, templates,
)
from loyalty.push.rules.briefs import Brief, Schedule
from loyalty.push.rules.caps import Cap, is_capped
from loyalty.push.rules.campaigns import Act, Campaign, CampaignStatus, Counts, Event
from loyalty.push.rules.deliveries import (
    INTERRUPTED, NO_ANSWER, REACHING, TOO_LARGE, Delivery, DeliveryStatus, Reason, Settlement,
    delivery_id, halted, held, is_dead, is_lost, is_open, is_stale, pause, rejected, settle,
    suppressed, unless_told,
)
from loyalty.push.rules.devices import (
    DEVICES_OF_A_MEMBER, FORGOTTEN_AFTER, Device, DeviceInput, Platform, TokenKind, check_device,
    fingerprint, seen_since,
)
from loyalty.push.rules.templates import (
    CAMPAIGN_FIELDS, OFFER_FIELDS, check_templates, chosen, cut, fields_of, fill, in_language,
)
from loyalty.push.rules.timing import bucket, held_until, local_instant

__all__ = [
    "CAMPAIGN_FIELDS", "DEVICES_OF_A_MEMBER", "FORGOTTEN_AFTER", "INTERRUPTED", "NO_ANSWER",
    "OFFER_FIELDS", "REACHING", "TOO_LARGE", "Act", "Brief", "Campaign", "CampaignStatus", "Cap",
    "Counts", "Delivery", "DeliveryStatus", "Device", "DeviceInput", "Event", "Platform", "Reason",
    "Schedule", "Settlement", "TokenKind", "briefs", "bucket", "campaigns", "check_device",
    "check_templates", "chosen", "cut", "delivery_id", "fields_of", "fill", "fingerprint", "halted",
    "held", "held_until", "in_language", "inbox", "is_capped", "is_dead", "is_lost", "is_open",
    "is_stale", "judging", "local_instant", "nudges", "pause", "refusals", "rejected", "reports",
    "seen_since", "settle", "suppressed", "templates", "unless_told",
]
