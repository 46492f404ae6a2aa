"""Push: devices, campaigns and nudges; what a member's phone shows, and why.

`senders` are the ways to FCM, `contract` is what is promised to the app.
"""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from loyalty.push import fcm as senders, payloads as contract
from loyalty.push.rules.contract import contract_files
from loyalty.push.rules import (
    Brief, Campaign, CampaignStatus, Cap, Delivery, DeliveryStatus, Device,
    DeviceInput, Platform, Schedule, TokenKind, briefs, refusals,
)
from loyalty.push.service import (
    campaigns, devices, inbox, nudge, nudges, prepare, previews, reports, run_once, switches,
    trials, work,
)

__all__ = [
    "Brief", "Campaign", "CampaignStatus", "Cap", "Delivery", "DeliveryStatus", "Device",
    "DeviceInput", "Platform", "Schedule", "TokenKind", "briefs", "campaigns", "contract",
    "contract_files", "devices", "inbox", "nudge", "nudges", "prepare", "previews", "refusals",
    "reports", "run_once", "senders", "switches", "trials", "work",
]
