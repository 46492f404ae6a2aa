"""The rules of offers: what a member has, may have, and may use together."""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from loyalty.offers.rules.helds import (
    LIVE, USABLE, Held, HeldState, Holding, Issue, end_of_day, local_day, new_held, unique_code,
    valid_until,
)

from loyalty.offers.rules.history import (
    History, Subject, bought, counted, subjects, uncounted, won_back,
)

__all__ = [
    "LIVE", "USABLE", "Held", "HeldState", "History", "Holding", "Issue", "Subject", "bought",
    "counted", "end_of_day", "local_day", "new_held", "subjects", "uncounted", "unique_code",
    "valid_until", "won_back",
]
