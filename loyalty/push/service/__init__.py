"""The verbs of push: what apps and staff do, and what workers do for them."""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from loyalty.push.service import campaigns, work
from loyalty.push.service.devices import (
    devices_of, find_device, forget_device, forget_devices, register_device, share_a_device,
)
from loyalty.push.service.nudges import nudge
from loyalty.push.service.work import prepare, run_once

__all__ = [
    "campaigns", "devices_of", "find_device", "forget_device", "forget_devices", "nudge",
    "prepare", "register_device", "run_once", "share_a_device", "work",
]
