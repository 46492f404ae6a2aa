"""The switch that keeps every push from being sent, at once and for as long as it is off; pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from loyalty.members import Purpose

KEPT = 50


class SwitchScope(StrEnum):
    """Say what is switched off: marketing alone, or every message."""

    MARKETING = "MARKETING"
    ALL = "ALL"


@dataclass(frozen=True, slots=True)
class Switched:
    """One turn of the switch, and why: off for a scope, or on again where that is None."""

    at: datetime
    who: str
    scope: SwitchScope | None
    reason: str

    def keeps(self, purpose: Purpose) -> bool:
        """Tell whether a message of a purpose is kept from being sent."""
        if self.scope is None:
            return False
        return self.scope is SwitchScope.ALL or purpose is Purpose.MARKETING
