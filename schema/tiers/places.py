"""Where a member stands: their tier on each ladder, its benefits, and the way to the next."""

from datetime import date, datetime

import strawberry

from loyalty import messages, tiers
from loyalty.program import Version
from loyalty.tiers import Allowance, Criterion, Keeping, Progress, Status
from schema.context import Reader, View
from schema.enums import Match, QuotaPeriod, TierMetric
from schema.nodes import Node, part_id
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
    text: str = strawberry.field(description="The way in one sentence, in the reader's language.")


@strawberry.type(description="What keeps a tier that lasts for a time, and what comes else.")
class TierKeeping:
    """What keeps a tier."""

    match: Match = strawberry.field(description="Whether all criteria must be met, or any.")
    criteria: list[TierCriterion] = strawberry.field(
        description="What the tier asks for again, beside what counts for it so far."
    )
    is_kept: bool = strawberry.field(
        description="Whether what counts so far keeps it beyond its last day."
    )
    kept_until: date = strawberry.field(
        description="Last day, in the program's time zone, on which it would be valid then."
    )
    otherwise: Tier | None = strawberry.field(
        description="The tier the member has afterwards where it is not kept; null for none."
    )
    text: str = strawberry.field(description="All of it in words, in the reader's language.")


@strawberry.type(description="A benefit that may be used so many times in each period.")
class BenefitAllowance:
    """A benefit with a quota."""

    benefit: Benefit = strawberry.field(description="The benefit.")
    count: int = strawberry.field(description="How often it may be used in a period.")
    per: QuotaPeriod = strawberry.field(description="The period.")
    used: int = strawberry.field(description="How often it was used in this one.")
    left: int = strawberry.field(description="How often it can still be used in this one.")
    again_on: date | None = strawberry.field(
        description="First day of the next period, in the program's time zone; null for EVER."
    )


@strawberry.type(description="A member's place on one ladder.")
class TierStatus(Node):
    """A place on a ladder."""

    status: strawberry.Private[Status]
    version: strawberry.Private[Version]
    reader: strawberry.Private[Reader]
    today: strawberry.Private[date]

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

    @strawberry.field(
        description="Last day of the tier's validity, in the program's time zone; null where it "
        "has no end."
    )
    def valid_until(self) -> date | None:
        """Give the day."""
        return self.status.keeping.valid_until if self.status.keeping else None

    @strawberry.field(
        description="Last of the grace days after `validUntil`, for which the tier is left and "
        "can still be kept; null where there are none."
    )
    def grace_until(self) -> date | None:
        """Give the day."""
        keeping = self.status.keeping
        has_grace = keeping is not None and keeping.grace_until > keeping.valid_until
        return keeping.grace_until if keeping and has_grace else None

    @strawberry.field(description="What keeps the tier; null where it has no end.")
    def keeps(self) -> TierKeeping | None:
        """Show what keeps it."""
        keeping = self.status.keeping
        return _show_keeping(self, keeping) if keeping else None

    @strawberry.field(
        description="Benefits that may be used so many times in a period, and what is left."
    )
    def allowances(self) -> list[BenefitAllowance]:
        """Show the quotas."""
        return [show_allowance(left, self.reader) for left in self.status.allowances]

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
    version, reader = view.version, view.reader
    today = version.program.place.day(view.now)
    return [
        TierStatus(
            id=part_id("tir", view.state.member_id, status.ladder.id),
            status=status,
            version=version,
            reader=reader,
            today=today,
        )
        for status in tiers.statuses(view.state, version.program, view.now)
    ]


def _show_progress(
    status: Status, progress: Progress, version: Version, reader: Reader
) -> TierProgress:
    code, units = version.program.money, tiers.units_of(status.ladder, version.program)
    return TierProgress(
        tier=show_tier(status.ladder, progress.tier, code, reader),
        match=Match(progress.match),
        criteria=[_show_criterion(criterion, code) for criterion in progress.criteria],
        counted_until=progress.counted_until,
        text=tiers.way(progress, units, reader.text(progress.tier.name), reader.locale),
    )


def show_allowance(left: Allowance, reader: Reader) -> BenefitAllowance:
    """Show how a benefit's quota stands."""
    return BenefitAllowance(
        benefit=show_benefit(left.benefit, reader),
        count=left.quota.count,
        per=left.quota.per,
        used=left.used,
        left=left.left,
        again_on=left.again_on,
    )


def _show_keeping(place: TierStatus, keeping: Keeping) -> TierKeeping:
    code, reader = place.version.program.money, place.reader
    otherwise = keeping.otherwise
    return TierKeeping(
        match=Match(keeping.match),
        criteria=[_show_criterion(criterion, code) for criterion in keeping.criteria],
        is_kept=keeping.is_kept,
        kept_until=keeping.next_end,
        otherwise=show_tier(place.status.ladder, otherwise, code, reader) if otherwise else None,
        text=_stay(keeping, place),
    )


def _stay(keeping: Keeping, place: TierStatus) -> str:
    """Say until when a tier is valid, what keeps it, and what comes else."""
    reader, locale = place.reader, place.reader.locale
    facts = {
        "tier": reader.text(keeping.tier.name),
        "until": keeping.valid_until,
        "grace": keeping.grace_until,
        "next": keeping.next_end,
    }
    if keeping.is_kept:
        return messages.render("KEPT", locale, **facts)
    units = tiers.units_of(place.status.ladder, place.version.program)
    asks = tiers.asks(keeping.criteria, keeping.match, units, locale)
    kind = "KEEP_IN_GRACE" if place.today > keeping.valid_until else "KEEP"
    kept = messages.render(kind, locale, asks=asks, **facts)
    if keeping.otherwise is None:
        return f"{kept}. {messages.render('KEEP_OR_NOTHING', locale)}."
    then = messages.render("KEEP_OTHERWISE", locale, tier=reader.text(keeping.otherwise.name))
    return f"{kept}. {then}."


def _show_criterion(criterion: Criterion, money_code: str) -> TierCriterion:
    is_money = criterion.metric == TierMetric.SPEND
    return TierCriterion(
        metric=TierMetric(criterion.metric),
        have=Points(criterion.have),
        need=Points(criterion.need),
        missing=Points(criterion.missing),
        missing_money=money(criterion.missing, money_code) if is_money else None,
    )
