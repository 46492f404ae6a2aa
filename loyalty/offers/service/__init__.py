"""The verbs of offers: what members, tills and the clock do, and what higher nouns give."""

# fmt: off

from loyalty.offers.service import codes, personal, tills
from loyalty.offers.service.claiming import Claim, Step, activate, cancel, claim, confirm
from loyalty.offers.service.giving import give, issue, take_back, withdraw
from loyalty.offers.service.issuing import after, undo
from loyalty.offers.service.reading import choices, helds, place_in_line, prepare
from loyalty.offers.service.stocking import Supply, react, supplies
from loyalty.offers.service.sweeping import sweep

__all__ = [
    "Claim", "Step", "Supply", "activate", "after", "cancel", "choices", "claim", "codes",
    "confirm", "give", "helds", "issue", "personal", "place_in_line", "prepare",
    "react", "supplies", "sweep", "take_back", "tills", "undo",
    "withdraw",
]
