"""What a campaign came to, for staff: by variant, against those held out, and its targets."""

from datetime import datetime

import strawberry

from loyalty.push import reports
from schema.push.enums import UpliftVerdict
from schema.scalars import Money, money

PERCENT = "in percent, a decimal number"


@strawberry.type(description="What members who are compared with others bought.")
class ComparedGroup:
    """A group."""

    members: int = strawberry.field(description="How many they are.")
    buyers: int = strawberry.field(description="How many of them bought.")
    buyers_percent: str = strawberry.field(description=f"The same {PERCENT}.")
    purchases: int = strawberry.field(description="How often they bought, net of refunds.")
    spend: Money = strawberry.field(description="For how much, of what earns, net of refunds.")
    spend_per_member: Money = strawberry.field(
        description="The same for one of them, whether they bought or not."
    )


@strawberry.type(description="What one wording came to.")
class VariantReport:
    """A wording."""

    variant: strawberry.ID = strawberry.field(description="The wording.")
    sent: int = strawberry.field(description="Messages that Firebase took.")
    opened: int = strawberry.field(description="Of those, opened.")
    opened_percent: str = strawberry.field(description=f"The same {PERCENT}.")
    clicked: int = strawberry.field(description="Of those sent, followed to where they lead.")
    clicked_percent: str = strawberry.field(description=f"The same {PERCENT}.")
    redeemed: int = strawberry.field(description="Of those sent, led to an offer being redeemed.")
    redeemed_percent: str = strawberry.field(description=f"The same {PERCENT}.")
    bought: ComparedGroup = strawberry.field(description="What its readers bought.")


@strawberry.type(description="How much more who was written to bought than who was held out.")
class Uplift:
    """A difference and how sure it is."""

    verdict: UpliftVerdict = strawberry.field(description="What it shows.")
    difference_percent: str = strawberry.field(
        description="By how many percentage points more of them bought, a decimal number."
    )
    low_percent: str = strawberry.field(description="At least so many, as sure as is said below.")
    high_percent: str = strawberry.field(description="At most so many, as sure as is said below.")
    confidence_percent: int = strawberry.field(
        description="How sure: the interval of the difference of two shares by method 10 of "
        "Newcombe (1998), from Wilson's intervals of each."
    )


@strawberry.type(description="What a campaign was meant to reach, and what it did.")
class TargetReport:
    """A target."""

    what: str = strawberry.field(description="`open`, `click` or `redemption`.")
    target_percent: int = strawberry.field(description="Wanted, in percent of what was sent.")
    reached_percent: str = strawberry.field(description=f"Reached, {PERCENT}.")
    met: bool = strawberry.field(description="Whether that is as much.")


@strawberry.type(description="What a campaign came to.")
class CampaignReport:
    """A report."""

    made_at: datetime = strawberry.field(
        description="As of when purchases are; at most a minute ago."
    )
    since: datetime = strawberry.field(description="From when on purchases count.")
    until: datetime = strawberry.field(
        description="Until when purchases count, at most as many days after the campaign ended as "
        "its brief says; the same for all, so that groups can be compared."
    )
    variants: list[VariantReport] = strawberry.field(description="By wording.")
    treated: ComparedGroup = strawberry.field(
        description="All who would have been written to, and were not held out."
    )
    held_out: ComparedGroup = strawberry.field(
        description="Who would have been written to, and was held out."
    )
    uplift: Uplift = strawberry.field(description="The difference between the two.")
    targets: list[TargetReport] = strawberry.field(description="What it was meant to reach.")


def show_report(report: reports.Report) -> CampaignReport:
    """Show a report."""
    sample, uplift = report.sample, report.uplift
    return CampaignReport(
        made_at=sample.made_at,
        since=sample.since,
        until=sample.until,
        variants=[_variant(report, name) for name in sorted(report.counts.variants)],
        treated=_group(report.treated, sample.money),
        held_out=_group(sample.held_out, sample.money),
        uplift=Uplift(
            verdict=uplift.verdict,
            difference_percent=str(reports.percent(uplift.difference)),
            low_percent=str(reports.percent(uplift.low)),
            high_percent=str(reports.percent(uplift.high)),
            confidence_percent=reports.CONFIDENCE_PERCENT,
        ),
        targets=[
            TargetReport(
                what=target.what,
                target_percent=target.wanted_percent,
                reached_percent=str(reports.percent(target.reached.value)),
                met=target.is_met,
            )
            for target in report.targets
        ],
    )


def _variant(report: reports.Report, name: str) -> VariantReport:
    counts = report.counts.variants[name]
    return VariantReport(
        variant=strawberry.ID(name),
        sent=counts.sent,
        opened=counts.opened,
        opened_percent=_percent(counts.opened, counts.sent),
        clicked=counts.clicked,
        clicked_percent=_percent(counts.clicked, counts.sent),
        redeemed=counts.redeemed,
        redeemed_percent=_percent(counts.redeemed, counts.sent),
        bought=_group(report.sample.variants.get(name, reports.Group()), report.sample.money),
    )


def _percent(part: int, whole: int) -> str:
    return str(reports.percent(reports.Share(part, whole).value))


def _group(group: reports.Group, code: str) -> ComparedGroup:
    return ComparedGroup(
        members=group.members,
        buyers=group.buyers,
        buyers_percent=str(reports.percent(group.bought.value)),
        purchases=group.purchases,
        spend=money(group.spend, code),
        spend_per_member=money(group.spend_per_member, code),
    )
