"""What a campaign's report compares, when purchases count, and which targets are met."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from loyalty import segments
from loyalty.push.rules import Brief, Campaign, CampaignStatus, Counts
from loyalty.push.rules import DeliveryStatus as Status
from loyalty.push.rules.briefs import Targets, Variant
from loyalty.push.rules.reports import (
    HELD_OUT,
    Group,
    Row,
    Sample,
    group_of,
    percent,
    report,
    window,
)
from loyalty.push.rules.uplift import Verdict

NOW = datetime(2026, 3, 2, 12, 0)
DAY = timedelta(days=1)
TEXT = Variant("a", {"en": "Hi"}, {"en": "Come"})
BRIEF = Brief("Spring", segments.EVERYONE, (TEXT,), targets=Targets(20, None, 2))
CAMPAIGN = Campaign("cmp_1", BRIEF, CampaignStatus.SENT, NOW, "eva", started_at=NOW)


@pytest.mark.parametrize(
    ("status", "reason", "group"),
    [
        (Status.SENT, None, "a"),
        (Status.FAILED, "UNREGISTERED", "a"),
        (Status.UNKNOWN, "NO_ANSWER", "a"),
        (Status.HELD, None, "a"),
        (Status.SUPPRESSED, "FREQUENCY_CAP", "a"),
        (Status.SUPPRESSED, "OVER_BUDGET", "a"),
        (Status.SUPPRESSED, "HOLDOUT", HELD_OUT),
        (Status.SUPPRESSED, "NO_CONSENT", None),
        (Status.SUPPRESSED, "NO_DEVICE", None),
        (Status.SUPPRESSED, "STOPPED", None),
    ],
)
def test_compared_are_all_who_might_be_written_to(
    status: Status, reason: str | None, group: str | None
) -> None:
    assert group_of(Row(status, reason, "a"), is_drawn=False) == group


@pytest.mark.parametrize(
    ("status", "reason", "group"),
    [
        (Status.SUPPRESSED, "FREQUENCY_CAP", HELD_OUT),
        (Status.SUPPRESSED, "TOO_LATE", HELD_OUT),
        (Status.SUPPRESSED, "OFFER_OVER", HELD_OUT),
        (Status.SUPPRESSED, "NOTHING_TO_SAY", HELD_OUT),
        (Status.SUPPRESSED, "NO_CONSENT", None),
        (Status.HELD, None, HELD_OUT),
        (Status.SENT, None, "a"),
    ],
)
def test_whom_the_draw_holds_out_is_never_among_the_treated(
    status: Status, reason: str | None, group: str | None
) -> None:
    assert group_of(Row(status, reason, "a"), is_drawn=True) == group


def test_purchases_count_for_all_from_the_start_until_days_after_the_end() -> None:
    over = replace(CAMPAIGN, finished_at=NOW + DAY)
    assert window(CAMPAIGN, NOW + 3 * DAY) == (NOW, NOW + 3 * DAY)
    assert window(over, NOW + 3 * DAY) == (NOW, NOW + 3 * DAY)
    assert window(over, NOW + 30 * DAY) == (NOW, NOW + 8 * DAY)


def test_a_report_adds_up_its_variants_and_says_which_targets_are_met() -> None:
    variants = {"a": Group(5_000, 350, 400, 99_950), "b": Group(4_000, 250, 260, 50_000)}
    sample = Sample(NOW, NOW + DAY, NOW + DAY, variants, Group(1_000, 40, 41, 7_777), "DKK")
    counts = Counts(audience=10_000, sent=1_000, opened=199, redeemed=20)
    made = report(CAMPAIGN, counts, sample)
    assert made.treated == Group(9_000, 600, 660, 149_950)
    assert (made.treated.spend_per_member, sample.held_out.spend_per_member) == (17, 8)
    assert made.uplift.verdict is Verdict.MORE
    assert percent(made.uplift.difference) == Decimal("2.67")
    assert [(target.what, target.is_met) for target in made.targets] == [
        ("open", False),
        ("redemption", True),
    ]
    nothing = report(CAMPAIGN, Counts(), replace(sample, variants={}))
    assert [target.is_met for target in nothing.targets] == [False, False]
    assert (nothing.treated.spend_per_member, Group().spend_per_member) == (0, 0)
