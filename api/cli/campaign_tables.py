"""Campaigns as tables for people: what is said when to how many, and what became of it."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from loyalty import push, segments
from loyalty.money import exponent

Gaps = Mapping[tuple[str, str], Sequence[push.previews.Gap]]
PLAIN_WIDTH = 200
WIDTHS = {"id": 36, "status": 9, "goes, UTC": 10}  # of what is not to be broken in a list
SECOND = "a second person has to approve it, who neither wrote nor launched it"
COUNTED = ("audience", "held", "sent", "failed", "unknown", "opened", "clicked", "redeemed")


def console() -> Console:
    """Open standard output; what reads a pipe or a file has no edge to wrap at."""
    width = None if sys.stdout.isatty() else PLAIN_WIDTH
    return Console(width=width, highlight=False, emoji=False, markup=False)


def print_list(found: list[push.Campaign]) -> None:
    """Print campaigns, one a line."""
    names = ("id", "name", "status", "goes, UTC", "to", "sent", "opened", "by")
    table = Table(*names, box=None, pad_edge=False)
    for column in table.columns:
        column.overflow, column.min_width = "fold", WIDTHS.get(str(column.header))
    for one in found:
        sent, opened = f"{one.counts.sent:,}", f"{one.counts.opened:,}"
        named = (one.id, one.brief.name, one.status, _goes(one, is_short=True), _size(one))
        table.add_row(*named, sent, opened, one.created_by)
    console().print(table if found else "there are none")


def _size(campaign: push.Campaign) -> str:
    """Write to how many it goes; about how many, until they are gone through."""
    if campaign.started_at is not None:
        return f"{campaign.counts.audience:,}"
    return "" if campaign.audience_size is None else f"about {campaign.audience_size:,}"


def _goes(campaign: push.Campaign, *, is_short: bool = False) -> str:
    """Write when it goes, or went."""
    schedule = campaign.schedule
    if schedule is None or campaign.launched_at is None:
        return ""
    if is_short and schedule.on is not None and schedule.local_time is not None:
        return f"{schedule.on} {schedule.local_time:%H:%M} local"
    written = _moment(schedule, schedule.opens_at(campaign.launched_at))
    return written.removesuffix(" UTC") if is_short else written


def _moment(schedule: push.Schedule, opens_at: datetime) -> str:
    """Write when it goes, and for LOCAL when the first of all may get it: `opens_at`, naive UTC."""
    first = f"{opens_at:%Y-%m-%d %H:%M} UTC"
    if schedule.on is None or schedule.local_time is None:
        return first
    return f"{schedule.on} {schedule.local_time:%H:%M} where each member lives, first {first}"


def print_launched(campaign: push.Campaign) -> None:
    """Print when a campaign that was launched goes, and whether somebody is asked before."""
    out = console()
    out.print(f"{campaign.id}: {campaign.status}, {_goes(campaign)}", soft_wrap=True)
    if campaign.status is push.CampaignStatus.AWAITING_APPROVAL:
        out.print(f"to {_size(campaign)} members: {SECOND}")


def print_rehearsal(
    rehearsed: push.previews.Rehearsal, brief: push.Brief, schedule: push.Schedule
) -> None:
    """Print when and to how many a campaign would go, how some would read it, and what is odd."""
    out = console()
    out.print(f"audience: {rehearsed.count:,} members; held out {brief.holdout_percent} %")
    at_once = schedule.kind is push.briefs.ScheduleKind.NOW
    out.print(f"goes: {'at once' if at_once else _moment(schedule, rehearsed.opens_at)}")
    if rehearsed.needs_second:
        out.print(f"before that: {SECOND}")
    for found in rehearsed.previews:
        print_preview(found)
    print_gaps(rehearsed.gaps)
    print_unheard(rehearsed.unheard)


def print_whole(campaign: push.Campaign, report: push.reports.Report | None) -> None:
    """Print a campaign: what it says, when, to how many, what it brought and who did what."""
    out = console()
    out.print(f"{campaign.brief.name} ({campaign.id}): {campaign.status}")
    out.print(_wanted(campaign))
    out.print(_wordings(campaign.brief))
    if campaign.started_at is not None:
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


def _wanted(campaign: push.Campaign) -> Table:
    brief = campaign.brief
    audience = json.dumps(segments.dump(brief.audience), ensure_ascii=False)
    said = {
        "why": campaign.reason,
        "goes": _goes(campaign),
        "to": f"{_size(campaign)} members" if _size(campaign) else None,
        "audience": f"{brief.segment}: {audience}" if brief.segment else audience,
        "held out": f"{brief.holdout_percent} %",
        "with offer": brief.offer,
        "a tap opens": brief.deep_link,
    }
    table = Table.grid(padding=(0, 2))
    for name, what in said.items():
        if what:
            table.add_row(name, Text(what))
    return table


def _wordings(brief: push.Brief) -> Table:
    table = Table("wording", "weight", "language", "title", "body")
    for variant in brief.variants:
        for language, title in variant.title.items():
            texts = (Text(title), Text(variant.body[language]))
            table.add_row(variant.id, str(variant.weight), language, *texts)
    return table


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
    targets = [
        f"target {target.what}: {push.reports.percent(target.reached.value)} % of "
        f"{target.wanted_percent} %, {'met' if target.is_met else 'not met'}"
        for target in report.targets
    ]
    if not sample.held_out.members:
        return [table, f"uplift: {uplift.verdict}, nobody to compare with", *targets]
    low, high = push.reports.percent(uplift.low), push.reports.percent(uplift.high)
    said = (
        f"uplift: {push.reports.percent(uplift.difference)} percentage points more bought than of "
        f"those held out ({push.reports.CONFIDENCE_PERCENT} % sure: {low} to {high}): "
        f"{uplift.verdict}"
    )
    return [table, said, *targets]


def print_preview(found: push.previews.Preview) -> None:
    """Print how a member would read a campaign; what they would get is marked."""
    out = console()
    out.print(f"{found.member_id}: {found.fate}")
    for message in found.messages:
        mark = "*" if message.is_theirs else " "
        size = message.problem or f"{message.size_bytes} bytes"
        out.print(f" {mark} {message.variant} {message.locale}, {size}")
        out.print(f"     {message.title}\n     {message.body}")
        if message.missing:
            out.print(f"     ! this member has no {', '.join(message.missing)}")


def print_gaps(gaps: Gaps) -> None:
    """Warn of fields that some of the audience have not."""
    out = console()
    for (variant, locale), found in gaps.items():
        for gap in found:
            who = f"{gap.members} of {gap.of} members looked at have no {gap.field}"
            out.print(f"! {variant} {locale}: {who}; see how it reads without")


def print_unheard(unheard: Iterable[segments.Unheard]) -> None:
    """Warn of names in a segment that may be misspelt."""
    out = console()
    for one in unheard:
        out.print(f"! {'.'.join(map(str, one.path))}: {one.said('en')}")
