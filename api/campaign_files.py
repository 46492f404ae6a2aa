"""Campaigns as files: a brief and when to send it, in YAML; what is in it is judged elsewhere."""

import re
from datetime import UTC, date, time
from typing import Annotated, Any

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from loyalty import segments
from loyalty.errors import BadInput
from loyalty.program import terms
from loyalty.push import Brief, Cap, Schedule, briefs

_OURS = "Value error, "  # what pydantic puts before a mistake that is found here
_CLOCK = re.compile(r"^([01]\d|2[0-3]):[0-5]\d$")


class BadCampaign(Exception):
    """Say what is wrong with a file."""


def _clock(value: object) -> object:
    if not isinstance(value, str) or not _CLOCK.match(value):
        raise ValueError('write a time as HH:MM, such as "18:30"')
    return value


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Texts = dict[str, str]


class _Variant(_Part):
    id: str
    title: Texts
    body: Texts
    weight: int = 1


class _Step(_Part):
    percent: int
    wait_minutes: int


class _Ramp(_Part):
    steps: tuple[_Step, ...]
    max_failure_percent: int = 5


class _Cap(_Part):
    count: int
    days: int


class _Targets(_Part):
    open_percent: int | None = None
    click_percent: int | None = None
    redemption_percent: int | None = None


class _Schedule(_Part):
    at: AwareDatetime | None = None
    on: date | None = None
    local_time: Annotated[time, BeforeValidator(_clock)] | None = None

    @model_validator(mode="after")
    def _one_moment(self) -> "_Schedule":
        there = (self.at is not None, self.on is not None, self.local_time is not None)
        if there not in ((False, False, False), (True, False, False), (False, True, True)):
            raise ValueError("write at alone, or on with local_time, or nothing to send it at once")
        return self


class _File(_Part):
    name: str
    audience: Any = None
    segment: str | None = None
    title: Texts = Field(default_factory=dict)
    body: Texts = Field(default_factory=dict)
    variants: tuple[_Variant, ...] = ()
    deep_link: str | None = None
    offer: str | None = None
    holdout_percent: int = 0
    ramp: _Ramp | None = None
    cap: _Cap | None = None
    budget: int | None = None
    targets: _Targets = _Targets()
    attribution_days: int = briefs.ATTRIBUTION_DAYS
    schedule: _Schedule = _Schedule()

    @model_validator(mode="after")
    def _either_or(self) -> "_File":
        if bool(self.variants) == bool(self.title or self.body):
            raise ValueError("write a title and a body, or variants that have them")
        if (self.audience is None) == (self.segment is None):
            raise ValueError("write an audience, or the id of a saved segment, and not both")
        return self


def read_campaign(text: str) -> tuple[Brief, Schedule]:
    """Read a campaign, and when to send it: at once where no schedule is there.

    Raises BadCampaign with every mistake of shape; what cannot be sent is found later.
    """
    try:
        file = _File.model_validate(terms.read_source(text))
        return _brief(file), _schedule(file.schedule)
    except terms.Unreadable as error:
        raise BadCampaign(str(error)) from None
    except BadInput as bad:
        raise BadCampaign(str(bad)) from None
    except ValidationError as error:
        mistakes = [
            f"{'.'.join(map(str, found['loc'])) or 'file'}: {found['msg'].removeprefix(_OURS)}"
            for found in error.errors(include_url=False)
        ]
        raise BadCampaign("\n  ".join(["", *mistakes])) from None


def _brief(file: _File) -> Brief:
    one = briefs.Variant("a", file.title, file.body)
    several = tuple(briefs.Variant(v.id, v.title, v.body, v.weight) for v in file.variants)
    ramp, cap, targets = file.ramp, file.cap, file.targets
    return Brief(
        name=file.name,
        audience=_audience(file),
        segment=file.segment,
        variants=several or (one,),
        deep_link=file.deep_link,
        offer=file.offer,
        holdout_percent=file.holdout_percent,
        ramp=_ramp(ramp) if ramp else None,
        cap=Cap(cap.count, cap.days) if cap else None,
        budget=file.budget,
        targets=briefs.Targets(
            targets.open_percent, targets.click_percent, targets.redemption_percent
        ),
        attribution_days=file.attribution_days,
    )


def _audience(file: _File) -> segments.Definition:
    if file.segment is not None:
        return segments.EVERYONE  # until the saved one is copied
    return segments.parse(file.audience, ("audience",))


def _ramp(ramp: _Ramp) -> briefs.Ramp:
    steps = tuple(briefs.Step(step.percent, step.wait_minutes) for step in ramp.steps)
    return briefs.Ramp(steps, ramp.max_failure_percent)


def _schedule(wanted: _Schedule) -> Schedule:
    kinds = briefs.ScheduleKind
    if wanted.at is not None:
        at = wanted.at.astimezone(UTC).replace(tzinfo=None)
        return Schedule(kinds.AT, at, wanted.on, wanted.local_time)
    if wanted.on is not None or wanted.local_time is not None:
        return Schedule(kinds.LOCAL, None, wanted.on, wanted.local_time)
    return Schedule()
