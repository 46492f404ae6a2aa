"""What segments ask about a member, as it is at an instant, whoever read it from where."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime

from loyalty.activities import buying
from loyalty.members import Profile
from loyalty.values import value


@value
class Effort:
    """A member in a challenge: takes part, how much of the target in percent, levels reached."""

    joined: bool = False
    percent: int = 0
    levels: frozenset[str] = frozenset()


@value
class Portrait:
    """A member at an instant.

    `tiers` by ladder, `available` by currency, `bought` by how many days back (None: ever),
    `engaged` by SEEN, OPENED and CLICKED; `spend` in minor units; instants in naive UTC.
    """

    profile: Profile
    tiers: Mapping[str, str] = field(default_factory=dict)
    available: Mapping[str, int] = field(default_factory=dict)
    purchases: int = 0
    spend: int = 0
    last_purchase_at: datetime | None = None
    bought: Mapping[int | None, buying.Bought] = field(default_factory=dict)
    engaged: Mapping[str, datetime] = field(default_factory=dict)
    efforts: Mapping[str, Effort] = field(default_factory=dict)
    plans: frozenset[str] = frozenset()
