"""The verbs of push: what apps and staff do, and what workers do for them."""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from loyalty.push.service import (
    campaigns, devices, inbox, nudges, previews, reports, switches, trials, work,
)
from loyalty.push.service.nudges import nudge
from loyalty.push.service.work import prepare, run_once

__all__ = [
    "campaigns", "devices", "inbox", "nudge", "nudges", "prepare", "previews", "reports",
    "run_once", "switches", "trials", "work",
]
