"""The verbs of push: what apps and staff do, and what workers do for them."""

# fmt: off
from loyalty.push.service import (
    audiences,
    campaigns,
    devices,
    inbox,
    nudges,
    reports,
    switches,
    work,
)
from loyalty.push.service.nudges import nudge
from loyalty.push.service.work import prepare, run_once

__all__ = [
    "audiences", "campaigns", "devices", "inbox", "nudge", "nudges", "prepare", "reports",
    "run_once", "switches", "work",
]
