"""Firebase Cloud Messaging behind one small port; one attempt per message, never a retry policy."""

from loyalty.push.fcm.answers import Outcome, Receipt, classify
from loyalty.push.fcm.credentials import FixedToken, Project, project
from loyalty.push.fcm.lean import LeanSender
from loyalty.push.fcm.port import Heard, Limits, Outgoing, Sender, to_nobody
from loyalty.push.fcm.rooms import Room
from loyalty.push.fcm.sdk import SdkSender

__all__ = [
    "FixedToken",
    "Heard",
    "LeanSender",
    "Limits",
    "Outcome",
    "Outgoing",
    "Project",
    "Receipt",
    "Room",
    "SdkSender",
    "Sender",
    "classify",
    "project",
    "to_nobody",
]
