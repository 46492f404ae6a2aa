"""The stand-in for Firebase Cloud Messaging: for tests and the demo, never in front of a phone."""

from api.fcm_standin.server import Delivery, FcmStandin

__all__ = ["Delivery", "FcmStandin"]
