"""How far staff may correct balances by hand, and from where on two people must agree."""

from collections.abc import Iterable, Mapping
from typing import Literal

from loyalty.program.rules.texts import Amount, Terms

StaffRole = Literal["ADMIN", "INTEGRATION", "MARKETING", "SUPPORT"]


class Limits(Terms):
    """Set limits in points, or in units of money for currencies of money; none where left out."""

    limit: Amount | None = None
    four_eyes_above: Amount | None = None


class Adjustments(Limits):
    """Set the limits of corrections by hand; a role that is named has its own instead."""

    roles: Mapping[StaffRole, Limits] = {}

    def limits_of(self, roles: Iterable[str]) -> Limits:
        """Give the limits of somebody with such roles: of several, the widest."""
        named: Mapping[str, Limits] = {str(role): own for role, own in self.roles.items()}
        mine = [named.get(role, self) for role in roles] or [self]
        return Limits(
            limit=_widest(limits.limit for limits in mine),
            four_eyes_above=_widest(limits.four_eyes_above for limits in mine),
        )


def _widest(amounts: Iterable[Amount | None]) -> Amount | None:
    known = list(amounts)
    return None if None in known else max(amount for amount in known if amount is not None)
