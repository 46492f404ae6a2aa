"""Push: devices, campaigns and nudges; what a member's phone shows, and why.

`senders` are the ways to FCM, `contract` is what is promised to the app.
"""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from loyalty.push import fcm as senders, payloads as contract
from loyalty.push.rules.contract import contract_files
from loyalty.push.rules import (
    Audience, AudienceKind, Brief, Campaign, CampaignStatus, Cap, Delivery, DeliveryStatus, Device,
    DeviceInput, Platform, Schedule, TokenKind, briefs, refusals,
)
from loyalty.push.service import (
    audiences, campaigns, devices, inbox, nudge, nudges, prepare, reports, run_once, switches, work,
)

__all__ = [
    "Audience", "AudienceKind", "Brief", "Campaign", "CampaignStatus", "Cap", "Delivery",
    "DeliveryStatus", "Device", "DeviceInput", "Platform", "Schedule", "TokenKind", "audiences",
    "briefs", "campaigns", "contract", "contract_files", "devices", "inbox", "nudge", "nudges",
    "prepare", "refusals", "reports", "run_once", "senders", "switches", "work",
]
