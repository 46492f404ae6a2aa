"""Where a member stands: their tier on each ladder, its benefits, and the way to the next."""

from datetime import date, datetime

import strawberry

from loyalty import messages, tiers
from loyalty.program import Version
from loyalty.tiers import Criterion, Progress, Status
from schema.context import Reader, View
from schema.enums import Match, TierMetric
from schema.program import Benefit, Ladder, Tier, show_benefit, show_ladder, show_tier
from schema.scalars import Money, Points, money


@strawberry.type(description="One thing the next tier asks for, beside what there is.")
class TierCriterion:
    """One thing a tier asks for."""

    metric: TierMetric = strawberry.field(description="What is counted.")
    have: Points = strawberry.field(
        description="What counts so far in the window; minor units of money for SPEND."
    )
    need: Points = strawberry.field(description="What is asked for, in the same unit.")
    missing: Points = strawberry.field(description="What is missing, at least 0.")
    missing_money: Money | None = strawberry.field(
        description="What is missing as money; only for SPEND."
    )


@strawberry.type(description="The way to the next tier.")
class TierProgress:
    """The way to the next tier."""

    tier: Tier = strawberry.field(description="The next tier.")
    match: Match = strawberry.field(description="Whether all criteria must be met, or any.")
    criteria: list[TierCriterion] = strawberry.field(description="What it asks for.")
    counted_until: date | None = strawberry.field(
        description="Last day, in the program's time zone, on which what there is still counts; "
        "null where windows do not end."
    )
    text: str = strawberry.field(description="The way in one sentence, in the member's language.")


@strawberry.type(description="A member's place on one ladder.")
class TierStatus:
    """A place on a ladder."""

    status: strawberry.Private[Status]
    version: strawberry.Private[Version]
    reader: strawberry.Private[Reader]

    @strawberry.field(description="The ladder.")
    def ladder(self) -> Ladder:
        """Show the ladder."""
        return show_ladder(self.status.ladder, self.version.program.money, self.reader)

    @strawberry.field(description="The tier the member has; null below the lowest.")
    def tier(self) -> Tier | None:
        """Show the tier."""
        if self.status.tier is None:
            return None
        code = self.version.program.money
        return show_tier(self.status.ladder, self.status.tier, code, self.reader)

    @strawberry.field(description="When the tier was reached; null for one had from the start.")
    def reached_at(self) -> datetime | None:
        """Give the instant."""
        return self.status.reached_at

    @strawberry.field(description="Every benefit the member has, those of lower tiers included.")
    def benefits(self) -> list[Benefit]:
        """Show the benefits."""
        return [show_benefit(benefit, self.reader) for benefit in self.status.benefits]

    @strawberry.field(description="The way to the next tier; null on the highest.")
    def progress(self) -> TierProgress | None:
        """Show the way."""
        if self.status.progress is None:
            return None
        return _show_progress(self.status, self.status.progress, self.version, self.reader)


def show_statuses(view: View) -> list[TierStatus]:
    """Show a member's place on every ladder, in the order of the program."""
    if view.version is None:
        return []
    found = tiers.statuses(view.state, view.version.program, view.now)
    return [TierStatus(status=s, version=view.version, reader=view.reader) for s in found]


def _show_progress(
    status: Status, progress: Progress, version: Version, reader: Reader
) -> TierProgress:
    code = version.program.money
    return TierProgress(
        tier=show_tier(status.ladder, progress.tier, code, reader),
        match=Match(progress.match),
        criteria=[_show_criterion(criterion, code) for criterion in progress.criteria],
        counted_until=progress.counted_until,
        text=_way(progress, code, reader),
    )


def _show_criterion(criterion: Criterion, money_code: str) -> TierCriterion:
    is_money = criterion.metric == TierMetric.SPEND
    return TierCriterion(
        metric=TierMetric(criterion.metric),
        have=Points(criterion.have),
        need=Points(criterion.need),
        missing=Points(criterion.missing),
        missing_money=money(criterion.missing, money_code) if is_money else None,
    )


def _way(progress: Progress, money_code: str, reader: Reader) -> str:
    """Say the way in one sentence."""
    tier, locale = reader.text(progress.tier.name), reader.locale
    asks = [
        messages.render(f"ASK_{criterion.metric}", locale, missing=_missing(criterion, money_code))
        for criterion in progress.criteria
        if criterion.missing
    ]
    if not asks:
        return messages.render("PROGRESS_ENOUGH", locale, tier=tier)
    kind = "PROGRESS" if progress.counted_until is None else "PROGRESS_UNTIL"
    joined = messages.render(f"ASKS_{progress.match}", locale, asks=asks)
    said = messages.render(kind, locale, asks=joined, tier=tier, until=progress.counted_until)
    return said[0].upper() + said[1:]


def _missing(criterion: Criterion, money_code: str) -> object:
    if criterion.metric == TierMetric.SPEND:
        return messages.Money(criterion.missing, money_code)
    return criterion.missing
