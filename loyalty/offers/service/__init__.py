"""The verbs of offers: what members, tills and the clock do, and what higher nouns give."""

# fmt: off

from loyalty.offers.service.giving import give, issue
from loyalty.offers.service.personal import learn, unlearn, win_back_due
from loyalty.offers.service.reading import helds, prepare

__all__ = [
    "give", "helds", "issue", "learn", "prepare", "unlearn", "win_back_due",
]
