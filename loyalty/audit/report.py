"""What an audit says: the violations and the sums; finds nothing itself."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from loyalty.audit.rules import Finding
from loyalty.mongo import Document

VIOLATIONS_LISTED = 1_000


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken promise: whose, which, and where; member ids and numbers, no personal data."""

    member: str
    rule: str
    detail: str


@dataclass(slots=True)
class Report:
    """What the books add up to. `violations` lists the first thousand, `broken` counts all."""

    members: int = 0
    entries: int = 0
    purchases: int = 0
    balances: Counter[str] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)
    broken: int = 0

    def add(self, member_id: str, findings: Iterable[Finding]) -> None:
        """Add what was found wrong with a member."""
        for rule, detail in findings:
            self.broken += 1
            if len(self.violations) < VIOLATIONS_LISTED:
                self.violations.append(Violation(member_id, rule, detail))

    def as_document(self) -> Document:
        """Give the report as plain values for JSON."""
        return {
            "members": self.members,
            "entries": self.entries,
            "purchases": self.purchases,
            "balances": dict(sorted(self.balances.items())),
            "violations": [
                {"member": v.member, "rule": v.rule, "detail": v.detail} for v in self.violations
            ],
        }
