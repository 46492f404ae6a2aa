"""Briefs: what marketing wants said, to whom, how carefully and why; nothing is sent here."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from loyalty.errors import BadInput
from loyalty.push.rules.caps import Cap
from loyalty.segments import Definition

NAME_LIMIT = 200
TITLE_LIMIT = 120
BODY_LIMIT = 1_000
VARIANTS_LIMIT = 5
WEIGHT_LIMIT = 1_000
HOLDOUT_LIMIT_PERCENT = 90
RAMP_LIMIT = 10
WAIT_LIMIT_MINUTES = 7 * 24 * 60
BUDGET_LIMIT = 100_000_000
CAP_LIMIT_DAYS = 90
ATTRIBUTION_DAYS = 7
ATTRIBUTION_LIMIT_DAYS = 90
EAST = timedelta(hours=14)  # how early the first member of all has a local hour
ID_LIMIT = 64
UNREADABLE = "not blank, and no control characters; a title is one line"
_VARIANT = re.compile(r"^[A-Za-z0-9_-]{1,20}$")
_LANGUAGE = re.compile(r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?$")
_DEEP_LINK = re.compile(r"^[a-z][a-z0-9+.-]*://[!-~]{1,480}$")


@dataclass(frozen=True, slots=True)
class Variant:
    """One wording, by language; of all who are written to, `weight` out of all weights read it."""

    id: str
    title: Mapping[str, str]
    body: Mapping[str, str]
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Step:
    """So many percent of the audience, those of earlier steps among them, and then a wait."""

    percent: int
    wait_minutes: int


@dataclass(frozen=True, slots=True)
class Ramp:
    """How a campaign begins small; above `max_failure_percent` of a step the next does not open."""

    steps: tuple[Step, ...]
    max_failure_percent: int = 5


@dataclass(frozen=True, slots=True)
class Targets:
    """What a campaign is meant to reach, in percent of the messages sent."""

    open_percent: int | None = None
    click_percent: int | None = None
    redemption_percent: int | None = None


@dataclass(frozen=True, slots=True)
class Brief:
    """What marketing wants: texts with personal fields in braces, an audience, and care taken.

    `offer` is issued to each recipient with the message. `holdout_percent` of the audience are
    not written to, to compare with. `cap` takes the place of the program's caps. `budget` is the
    most messages there may be. What is bought within `attribution_days` counts in the report.
    `segment` is the saved segment that `audience` was copied from, and is again at the launch.
    """

    name: str
    audience: Definition
    variants: tuple[Variant, ...]
    deep_link: str | None = None
    offer: str | None = None
    holdout_percent: int = 0
    ramp: Ramp | None = None
    cap: Cap | None = None
    budget: int | None = None
    targets: Targets = Targets()
    attribution_days: int = ATTRIBUTION_DAYS
    segment: str | None = None

    def texts(self) -> Iterator[tuple[Variant, str, str, str]]:
        """Give every text: its variant, `title` or `body`, its language, and what it says."""
        for variant in self.variants:
            for part, texts in (("title", variant.title), ("body", variant.body)):
                for language, text in texts.items():
                    yield variant, part, language, text


class ScheduleKind(StrEnum):
    """Say when a campaign is sent: at once, at an instant, or by each member's own clock."""

    NOW = "NOW"
    AT = "AT"
    LOCAL = "LOCAL"


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a campaign is sent: `at` belongs to AT, `on` and `local_time` to LOCAL."""

    kind: ScheduleKind = ScheduleKind.NOW
    at: datetime | None = None
    on: date | None = None
    local_time: time | None = None

    def opens_at(self, now: datetime) -> datetime:
        """Give when the first message of all may go: for LOCAL, where the day begins first."""
        if self.at is not None:
            return max(now, self.at)
        if self.on is not None and self.local_time is not None:
            return max(now, datetime.combine(self.on, self.local_time) - EAST)
        return now


def check_brief(brief: Brief) -> None:
    """Refuse what cannot be a campaign; the texts' fields are not looked at. Raises BadInput."""
    if not 1 <= len(brief.name.strip()) <= NAME_LIMIT:
        raise BadInput(f"1 to {NAME_LIMIT} characters", ("name",))
    if brief.deep_link is not None and not _DEEP_LINK.match(brief.deep_link):
        raise BadInput("not a link such as myapp://offers or https://…", ("deepLink",))
    if brief.offer is not None and not 1 <= len(brief.offer) <= ID_LIMIT:
        raise BadInput(f"1 to {ID_LIMIT} characters", ("offer",))
    _check_variants(brief.variants)
    _within(brief.holdout_percent, 0, HOLDOUT_LIMIT_PERCENT, "holdoutPercent")
    _within(brief.attribution_days, 1, ATTRIBUTION_LIMIT_DAYS, "attributionDays")
    if brief.budget is not None:
        _within(brief.budget, 1, BUDGET_LIMIT, "budget")
    if brief.cap is not None:
        _within(brief.cap.count, 1, BUDGET_LIMIT, "cap", "count")
        _within(brief.cap.days, 1, CAP_LIMIT_DAYS, "cap", "days")
    for name, percent in (
        ("openPercent", brief.targets.open_percent),
        ("clickPercent", brief.targets.click_percent),
        ("redemptionPercent", brief.targets.redemption_percent),
    ):
        if percent is not None:
            _within(percent, 1, 100, "targets", name)
    if brief.ramp is not None:
        _check_ramp(brief.ramp)


def _within(number: int, least: int, most: int, *path: str | int) -> None:
    if not least <= number <= most:
        raise BadInput(f"{least} to {most}", path)


def _check_variants(variants: tuple[Variant, ...]) -> None:
    if not 1 <= len(variants) <= VARIANTS_LIMIT:
        raise BadInput(f"1 to {VARIANTS_LIMIT} variants", ("variants",))
    if len({variant.id for variant in variants}) < len(variants):
        raise BadInput("each id at most once", ("variants",))
    for index, variant in enumerate(variants):
        at = ("variants", index)
        if not _VARIANT.match(variant.id):
            raise BadInput("1 to 20 letters, digits, - or _", (*at, "id"))
        _within(variant.weight, 1, WEIGHT_LIMIT, *at, "weight")
        if not variant.title or set(variant.title) != set(variant.body):
            raise BadInput("write a title and a body in the same languages", (*at, "body"))
        for part, texts, limit in (
            ("title", variant.title, TITLE_LIMIT),
            ("body", variant.body, BODY_LIMIT),
        ):
            for language, text in texts.items():
                _check_text(language, text.strip(), limit, (*at, part, language))


def _check_text(language: str, text: str, limit: int, at: tuple[str | int, ...]) -> None:
    if not _LANGUAGE.match(language):
        raise BadInput("not a BCP 47 language such as sv or da-DK", at)
    if not 1 <= len(text) <= limit:
        raise BadInput(f"1 to {limit} characters", at)
    if not _can_be_read(text, with_lines=limit == BODY_LIMIT):
        raise BadInput(UNREADABLE, at)


def _can_be_read(text: str, *, with_lines: bool) -> bool:
    """Tell whether a text shows something, and holds nothing that no phone shows."""
    breaks = "\r\n\t" if with_lines else ""
    kinds = {unicodedata.category(letter) for letter in text if letter not in breaks}
    return not kinds & {"Cc", "Cs", "Zl", "Zp"} and any(kind[0] not in "CZ" for kind in kinds)


def _check_ramp(ramp: Ramp) -> None:
    _within(ramp.max_failure_percent, 0, 100, "ramp", "maxFailurePercent")
    if not 1 <= len(ramp.steps) <= RAMP_LIMIT:
        raise BadInput(f"1 to {RAMP_LIMIT} steps", ("ramp", "steps"))
    before = 0
    for index, step in enumerate(ramp.steps):
        at = ("ramp", "steps", index)
        _within(step.wait_minutes, 0, WAIT_LIMIT_MINUTES, *at, "waitMinutes")
        if not before < step.percent < 100:
            raise BadInput("more than the step before, and less than 100", (*at, "percent"))
        before = step.percent


def check_schedule(schedule: Schedule) -> None:
    """Refuse what names no moment, or two. Raises BadInput."""
    kind = schedule.kind
    if (kind is ScheduleKind.AT) != (schedule.at is not None):
        raise BadInput("name an instant with AT, and only there", ("schedule", "at"))
    for name, part in (("on", schedule.on), ("localTime", schedule.local_time)):
        if (kind is ScheduleKind.LOCAL) != (part is not None):
            raise BadInput("name a day and a time with LOCAL, and only there", ("schedule", name))
