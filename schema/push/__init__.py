"""Push in the graph: a member's devices at the app door, campaigns at the staff door."""

from schema.push.campaigns import (
    Campaign,
    StaffCampaignMutation,
    StaffCampaignQuery,
    show_campaign,
    show_delivery,
)
from schema.push.devices import AppDeviceMutation, Device, show_device

__all__ = [
    "AppDeviceMutation",
    "Campaign",
    "Device",
    "StaffCampaignMutation",
    "StaffCampaignQuery",
    "show_campaign",
    "show_delivery",
    "show_device",
]
