"""Push in the graph: phones and messages at the app door, campaigns at the staff door."""

from schema.push.campaign_verbs import StaffCampaignMutation
from schema.push.campaigns import Campaign, StaffCampaignQuery, show_campaign
from schema.push.deliveries import StaffMessageQuery, show_delivery
from schema.push.devices import AppDeviceMutation, Device, show_device
from schema.push.messages import AppMessageMutation, Message, message_cursor, show_message
from schema.push.nudges import StaffNudgeQuery
from schema.push.switches import StaffSwitchMutation, StaffSwitchQuery
from schema.push.trials import StaffTrialMutation, StaffTrialQuery

__all__ = [
    "AppDeviceMutation",
    "AppMessageMutation",
    "Campaign",
    "Device",
    "Message",
    "StaffCampaignMutation",
    "StaffCampaignQuery",
    "StaffMessageQuery",
    "StaffNudgeQuery",
    "StaffSwitchMutation",
    "StaffSwitchQuery",
    "StaffTrialMutation",
    "StaffTrialQuery",
    "message_cursor",
    "show_campaign",
    "show_delivery",
    "show_device",
    "show_message",
]
