"""The stand-in for Firebase Cloud Messaging: for tests and the demo, never in front of a phone."""

from api.fcm_standin.deliveries import Delivery
from api.fcm_standin.faults import BadPlan, FaultPlan, Share, read_plan
from api.fcm_standin.server import FcmStandin

__all__ = ["BadPlan", "Delivery", "FaultPlan", "FcmStandin", "Share", "read_plan"]
