"""What a member's records say of their status, beside what the state says; reads no database."""

from collections.abc import Iterator

from loyalty.audit.rules import Finding
from loyalty.mongo import Document

TAKES_PART = frozenset({"ACCRUAL", "REDEMPTION", "TRANSFER_OUT", "TOP_UP"})


class Statuses:
    """What each record made of the status, from the first that says so."""

    def __init__(self) -> None:
        self._status: str | None = None

    def read(self, record: Document) -> Iterator[Finding]:
        """Follow the status; who takes no part neither earns nor spends."""
        result = record["result"]
        if "was" in result:
            if self._status not in (None, result["was"]):
                yield "statuses_follow_each_other", f"record {record['seq']} begins elsewhere"
            self._status = result["status"]
        elif self._status not in (None, "ACTIVE"):
            for entry in record["entries"]:
                if entry["kind"] in TAKES_PART:
                    told = f"record {record['seq']}: {entry['kind']} while {self._status}"
                    yield "who_takes_no_part_neither_earns_nor_spends", told

    def compare(self, profile: Document) -> Iterator[Finding]:
        """Compare with what the member's state says."""
        if self._status is not None and profile["status"] not in (self._status, "ERASED"):
            yield "status_is_the_last_one", f"{profile['status']}, records give {self._status}"
