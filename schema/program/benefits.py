"""Benefits as the program declares them, shown to everybody; not who has them."""

import strawberry

from loyalty.program import terms
from schema.context import Reader
from schema.enums import BenefitKind, QuotaPeriod


@strawberry.type(description="How often a benefit may be used.")
class BenefitQuota:
    """How often."""

    count: int = strawberry.field(description="How often in each period.")
    per: QuotaPeriod = strawberry.field(description="The period.")


@strawberry.type(description="A continuing right of a tier, a plan or a pass.")
class Benefit:
    """A right."""

    id: strawberry.ID = strawberry.field(description="Its id in the program.")
    kind: BenefitKind = strawberry.field(description="The right it gives.")
    name: str = strawberry.field(description="Its name, in the reader's language.")
    factor: str | None = strawberry.field(
        description="What points are multiplied by, a decimal number; only on POINTS_MULTIPLIER."
    )
    percent: str | None = strawberry.field(
        description="How many percent less is paid, a decimal number; only on DISCOUNT."
    )
    early_hours: int | None = strawberry.field(
        description="How many hours before others; only on EARLY_ACCESS."
    )
    quota: BenefitQuota | None = strawberry.field(
        description="How often it may be used; null for as often as one likes."
    )


def show_benefit(benefit: terms.Benefit, reader: Reader) -> Benefit:
    """Show a benefit."""
    return Benefit(
        id=strawberry.ID(benefit.id),
        kind=benefit.kind,
        name=reader.text(benefit.name),
        factor=None if benefit.factor is None else f"{benefit.factor:f}",
        percent=None if benefit.percent is None else f"{benefit.percent:f}",
        early_hours=24 * benefit.days if benefit.days else benefit.hours,
        quota=_show_quota(benefit.quota),
    )


def _show_quota(quota: terms.Quota | None) -> BenefitQuota | None:
    return BenefitQuota(count=quota.count, per=quota.per) if quota else None
