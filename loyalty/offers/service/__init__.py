"""The verbs of offers: what members, tills and the clock do, and what higher nouns give."""

# fmt: off

from loyalty.offers.service.giving import give, issue
from loyalty.offers.service.reading import helds, prepare

__all__ = ["give", "helds", "issue", "prepare"]
