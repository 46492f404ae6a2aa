"""What a member's records say of friends, beside what the state says; reads no database."""

from collections import Counter
from collections.abc import Iterator

from loyalty.audit.rules import Finding
from loyalty.mongo import Document


class Friends:
    """What the records of a member say of friends: each key is used once, so each counts once."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, record: Document) -> None:
        """Count the friend that a record is about, if it is about one."""
        what, _, _ = str(record["key"]).partition(":")
        if what == "~referral-friend":
            self._counts["friends"] += 1
        elif what == "~referral-reward" and (state := record["result"]["state"]) != "DENIED":
            self._counts["confirmed"] += 1
            self._counts["rewards"] += state == "REWARDED"

    def compare(self, standing: Document) -> Iterator[Finding]:
        """Compare with what the member's state says."""
        for name in ("friends", "confirmed", "rewards"):
            if standing.get(name, 0) != self._counts[name]:
                has = f"says {standing.get(name, 0)} {name}, records give {self._counts[name]}"
                yield "friends_are_counted_once", has
