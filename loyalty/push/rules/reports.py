"""What a campaign came to: what its members bought, against those held out, and its targets; pure.

Compared are all who might be written to, by the draw of the holdout alone: what keeps a message
back apart from it (a cap, the budget, an offer that ran out) would have kept it from both alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from loyalty.push.rules import uplift
from loyalty.push.rules.campaigns import Campaign, Counts
from loyalty.push.rules.deliveries import DeliveryStatus, Reason
from loyalty.push.rules.uplift import Share, Uplift

HELD_OUT = "holdout"
APART_FROM_THE_DRAW = frozenset(
    {
        Reason.FREQUENCY_CAP,
        Reason.OVER_BUDGET,
        Reason.OFFER_SOLD_OUT,
        Reason.OFFER_REFUSED,
        Reason.OFFER_OVER,
        Reason.TOO_LATE,
        Reason.NOTHING_TO_SAY,
    }
)


@dataclass(frozen=True, slots=True)
class Row:
    """What became of a message, and which variant its member reads, or would have."""

    status: DeliveryStatus
    reason: str | None
    variant: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """Members that are compared, how many of them bought, how often, and for how much.

    `spend` is in minor units, of what earns, net of refunds.
    """

    members: int = 0
    buyers: int = 0
    purchases: int = 0
    spend: int = 0

    def plus(self, other: "Group") -> "Group":
        """Put two groups together."""
        return Group(
            self.members + other.members,
            self.buyers + other.buyers,
            self.purchases + other.purchases,
            self.spend + other.spend,
        )

    @property
    def bought(self) -> Share:
        """Give how many of all bought."""
        return Share(self.buyers, self.members)

    @property
    def spend_per_member(self) -> int:
        """Give what one member bought for on average, in whole minor units."""
        return round(Fraction(self.spend, self.members)) if self.members else 0


@dataclass(frozen=True, slots=True)
class Sample:
    """What was bought from `since` until `until` (naive UTC), by variant and by those held out."""

    since: datetime
    until: datetime
    made_at: datetime
    variants: Mapping[str, Group]
    held_out: Group
    money: str


@dataclass(frozen=True, slots=True)
class Target:
    """What was to be reached, in percent of the messages sent, and what was."""

    what: str
    wanted_percent: int
    reached: Share

    @property
    def is_met(self) -> bool:
        """Tell whether it was reached."""
        return self.reached.part * 100 >= self.wanted_percent * max(1, self.reached.whole)


@dataclass(frozen=True, slots=True)
class Report:
    """What a campaign came to, as of `sample.made_at`."""

    counts: Counts
    sample: Sample
    treated: Group
    uplift: Uplift
    targets: tuple[Target, ...]


def group_of(row: Row, is_drawn: bool) -> str | None:
    """Say with whom a member is compared: a variant's readers, or HELD_OUT; None for nobody.

    `is_drawn` tells whether the draw holds the member out, which not every message came as far as.
    """
    if row.reason == Reason.HOLDOUT:
        return HELD_OUT
    if row.status is DeliveryStatus.SUPPRESSED and row.reason not in APART_FROM_THE_DRAW:
        return None
    is_unsent = row.status in (DeliveryStatus.SUPPRESSED, DeliveryStatus.HELD)
    return HELD_OUT if is_drawn and is_unsent else row.variant


def window(campaign: Campaign, now: datetime) -> tuple[datetime, datetime]:
    """Give from when until when purchases count: the same for all, so that groups are alike."""
    since = campaign.started_at or now
    days = timedelta(days=campaign.brief.attribution_days)
    return since, min(now, (campaign.finished_at or now) + days)


def report(campaign: Campaign, counts: Counts, sample: Sample) -> Report:
    """Put together what a campaign came to."""
    treated = Group()
    for group in sample.variants.values():
        treated = treated.plus(group)
    compared = uplift.compare(treated.bought, sample.held_out.bought)
    return Report(counts, sample, treated, compared, _targets(campaign, counts))


def _targets(campaign: Campaign, counts: Counts) -> tuple[Target, ...]:
    wanted = campaign.brief.targets
    known = (
        ("open", wanted.open_percent, counts.opened),
        ("click", wanted.click_percent, counts.clicked),
        ("redemption", wanted.redemption_percent, counts.redeemed),
    )
    return tuple(
        Target(what, percent, Share(reached, counts.sent))
        for what, percent, reached in known
        if percent is not None
    )


def percent(share: Decimal) -> Decimal:
    """Give a share as percent, to two places."""
    return (share * 100).quantize(Decimal("0.01"), ROUND_HALF_EVEN) + 0
