"""Campaigns as tables for people: what became of every message, and what it brought."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from rich.console import Console
from rich.table import Table

from loyalty import push, segments
from loyalty.money import exponent

Gaps = Mapping[tuple[str, str], Sequence[push.previews.Gap]]
PLAIN_WIDTH = 200
COUNTED = ("audience", "held", "sent", "failed", "unknown", "opened", "clicked", "redeemed")


def console() -> Console:
    """Open standard output; what reads a pipe or a file has no edge to wrap at."""
    width = None if sys.stdout.isatty() else PLAIN_WIDTH
    return Console(width=width, highlight=False, emoji=False)


def print_list(found: list[push.Campaign]) -> None:
    """Print campaigns, one a line."""
    table = Table("id", "name", "status", "written", "by", "audience", "sent", "opened")
    for one in found:
        counts, written = one.counts, f"{one.created_at:%Y-%m-%d %H:%M}"
        told = (one.audience_size or counts.audience, counts.sent, counts.opened)
        names = (one.id, one.brief.name, one.status, written, one.created_by)
        table.add_row(*names, *map(str, told))
    console().print(table)


def print_whole(campaign: push.Campaign, report: push.reports.Report | None) -> None:
    """Print where a campaign stands, what became of it, what it brought and who did what."""
    out = console()
    out.print(f"{campaign.brief.name} ({campaign.id}): {campaign.status}")
    out.print(_counts(report.counts if report else campaign.counts))
    if campaign.validation is not None:
        print_gaps({(c.variant, c.locale): c.missing for c in campaign.validation.checks})
    if report is not None:
        for line in _report(report):
            out.print(line)
    history = Table("when, UTC", "who", "what", "why")
    for event in campaign.history:
        history.add_row(f"{event.at:%Y-%m-%d %H:%M:%S}", event.who, event.act, event.note or "")
    out.print(history)


def _counts(counts: push.campaigns.Counts) -> Table:
    table = Table("messages", *COUNTED, "not sent, by reason")
    reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(counts.suppressed.items()))
    table.add_row("all", *(str(getattr(counts, name)) for name in COUNTED), reasons)
    for variant, of in sorted(counts.variants.items()):
        table.add_row(variant, *(str(getattr(of, name)) for name in COUNTED), "")
    return table


def _report(report: push.reports.Report) -> list[object]:
    sample, uplift = report.sample, report.uplift
    table = Table("compared", "members", "bought", "percent", "spend a member")
    groups = (*sorted(sample.variants.items()), ("held out", sample.held_out))
    for name, group in groups:
        spend = Decimal(group.spend_per_member).scaleb(-exponent(sample.money))
        share = push.reports.percent(group.bought.value)
        shown = (str(group.members), str(group.buyers), f"{share} %", f"{spend} {sample.money}")
        table.add_row(name, *shown)
    low, high = push.reports.percent(uplift.low), push.reports.percent(uplift.high)
    said = (
        f"uplift: {push.reports.percent(uplift.difference)} percentage points more bought than of "
        f"those held out ({push.reports.CONFIDENCE_PERCENT} % sure: {low} to {high}): "
        f"{uplift.verdict}"
    )
    targets = [
        f"target {target.what}: {push.reports.percent(target.reached.value)} % of "
        f"{target.wanted_percent} %, {'met' if target.is_met else 'not met'}"
        for target in report.targets
    ]
    return [table, said, *targets]


def print_preview(found: push.previews.Preview) -> None:
    """Print how a member would read a campaign; what they would get is marked."""
    out = console()
    out.print(f"{found.member_id}: {found.fate}")
    for message in found.messages:
        mark = "*" if message.is_theirs else " "
        size = message.problem or f"{message.size_bytes} bytes"
        out.print(f" {mark} {message.variant} {message.locale}, {size}", markup=False)
        out.print(f"     {message.title}\n     {message.body}", markup=False)
        if message.missing:
            out.print(f"     ! this member has no {', '.join(message.missing)}", markup=False)


def print_gaps(gaps: Gaps) -> None:
    """Warn of fields that some of the audience have not."""
    out = console()
    for (variant, locale), found in gaps.items():
        for gap in found:
            who = f"{gap.members} of {gap.of} members looked at have no {gap.field}"
            out.print(f"! {variant} {locale}: {who}; see how it reads without", markup=False)


def print_unheard(unheard: Iterable[segments.Unheard]) -> None:
    """Warn of names in a segment that may be misspelt."""
    out = console()
    for one in unheard:
        out.print(f"! {'.'.join(map(str, one.path))}: {one.said('en')}", markup=False)
