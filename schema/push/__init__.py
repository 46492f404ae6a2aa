"""Push in the graph: a member's devices at the app door, campaigns at the staff door."""

from schema.push.campaign_verbs import StaffCampaignMutation
from schema.push.campaigns import Campaign, StaffCampaignQuery, show_campaign, show_delivery
from schema.push.devices import AppDeviceMutation, Device, show_device
from schema.push.switches import StaffSwitchMutation, StaffSwitchQuery

__all__ = [
    "AppDeviceMutation",
    "Campaign",
    "Device",
    "StaffCampaignMutation",
    "StaffCampaignQuery",
    "StaffSwitchMutation",
    "StaffSwitchQuery",
    "show_campaign",
    "show_delivery",
    "show_device",
]
