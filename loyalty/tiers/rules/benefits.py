"""The rights that tiers give, and how often those with a quota were used; moves no value."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from loyalty.errors import Refusal, Refused
from loyalty.program import terms
from loyalty.tiers.rules.thresholds import rank
from loyalty.values import value


@dataclass(frozen=True, slots=True)
class BenefitUnknown(Refusal):
    """The active program declares no such benefit."""

    benefit: str


@dataclass(frozen=True, slots=True)
class BenefitNotHeld(Refusal):
    """The member's tier does not give the benefit; `tier` is the lowest that does."""

    benefit: str
    name: terms.Text
    tier: str
    tier_name: terms.Text


@dataclass(frozen=True, slots=True)
class BenefitUsedUp(Refusal):
    """The quota of the period is used up; it begins anew on the local day `again_on`."""

    benefit: str
    name: terms.Text
    count: int
    again_on: date


@dataclass(frozen=True, slots=True)
class BenefitUsedForGood(Refusal):
    """The benefit could be used so many times in all, and was."""

    benefit: str
    name: terms.Text
    count: int


@value
class Uses:
    """How often a benefit was used in the period that began on a local day."""

    since: date
    count: int


@dataclass(frozen=True, slots=True)
class Allowance:
    """A benefit with a quota: how often it was used in this period, and when the next begins."""

    benefit: terms.Benefit
    quota: terms.Quota
    used: int
    again_on: date | None

    @property
    def left(self) -> int:
        """Give how often it can still be used in this period, at least 0."""
        return max(0, self.quota.count - self.used)


def benefits(ladder: terms.Ladder, tier: terms.Tier | None) -> tuple[terms.Benefit, ...]:
    """Give the benefits of a tier and those below it.

    A higher tier's benefit takes the place of a lower one's of the same id, and its multiplier
    that of any lower one.
    """
    if tier is None:
        return ()
    found: dict[str, terms.Benefit] = {}
    for one in ladder.tiers[: rank(ladder, tier.id) + 1]:
        for benefit in one.benefits:
            found[_place(benefit)] = benefit
    return tuple(found.values())


def _place(benefit: terms.Benefit) -> str:
    multiplies = benefit.kind is terms.BenefitKind.POINTS_MULTIPLIER
    return terms.BenefitKind.POINTS_MULTIPLIER if multiplies else benefit.id


def period_start(per: terms.QuotaPeriod, on: date) -> date:
    """Give the first local day of the calendar period that a day lies in."""
    match per:
        case terms.QuotaPeriod.MONTH:
            return date(on.year, on.month, 1)
        case terms.QuotaPeriod.QUARTER:
            return date(on.year, (on.month - 1) // 3 * 3 + 1, 1)
        case terms.QuotaPeriod.YEAR:
            return date(on.year, 1, 1)
        case terms.QuotaPeriod.EVER:
            return date.min


MONTHS = {terms.QuotaPeriod.MONTH: 1, terms.QuotaPeriod.QUARTER: 3, terms.QuotaPeriod.YEAR: 12}


def allowance(benefit: terms.Benefit, quota: terms.Quota, uses: Uses | None, on: date) -> Allowance:
    """Show how a quota stands on a local day."""
    since = period_start(quota.per, on)
    used = uses.count if uses and uses.since == since else 0
    again_on = terms.add_months(since, MONTHS[quota.per]) if quota.per in MONTHS else None
    return Allowance(benefit, quota, used, again_on)


def used(uses: Mapping[str, Uses], benefit: terms.Benefit, on: date) -> Mapping[str, Uses]:
    """Use a benefit once. Raises Refused(BenefitUsedUp) or Refused(BenefitUsedForGood)."""
    quota = benefit.quota
    if quota is None:
        return uses
    now = allowance(benefit, quota, uses.get(benefit.id), on)
    if not now.left:
        if now.again_on is None:
            raise Refused(BenefitUsedForGood(benefit.id, benefit.name, quota.count))
        raise Refused(BenefitUsedUp(benefit.id, benefit.name, quota.count, now.again_on))
    return {**uses, benefit.id: Uses(period_start(quota.per, on), now.used + 1)}
