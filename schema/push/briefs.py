"""What marketing wants of a campaign: as it is shown, and as it is sent."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

import strawberry

from loyalty import segments
from loyalty.errors import BadInput
from loyalty.push import Brief, Cap, Schedule, briefs
from schema.push.enums import ScheduleKind
from schema.scalars import URL, Locale, SegmentDefinition
from schema.segments import SegmentDefinitionInput, read_definition, show_definition

CLOCK = "%H:%M"


@strawberry.type(description="A text in one language.")
class LocalizedText:
    """A text in one language."""

    locale: Locale = strawberry.field(description="The language.")
    text: str = strawberry.field(description="The text.")


@strawberry.input(description="A text in one language.")
class LocalizedTextInput:
    """A text in one language."""

    locale: Locale = strawberry.field(description="The language; each at most once.")
    text: str = strawberry.field(
        description="The text, a title at most 120 and a body at most 1,000 characters; fields in "
        "braces are filled in for each member: {firstName}, {balance}, {tier}, {nextTier}, "
        "{pointsToNextTier}, and with an offer {offer.title} and {offer.until}."
    )


@strawberry.type(description="One wording of a campaign.")
class CampaignVariant:
    """A wording."""

    id: strawberry.ID = strawberry.field(description="What reports call it.")
    weight: int = strawberry.field(description="How many read it, out of the sum of all weights.")
    title: list[LocalizedText] = strawberry.field(description="The title, by language.")
    body: list[LocalizedText] = strawberry.field(description="The body, by language.")


@strawberry.input(description="One wording of a campaign.")
class CampaignVariantInput:
    """A wording."""

    id: strawberry.ID = strawberry.field(
        default=strawberry.ID("a"),
        description="What reports call it: 1 to 20 letters, digits, - or _.",
    )
    weight: int = strawberry.field(
        default=1, description="How many read it, out of the sum of all weights; 1 to 1,000."
    )
    title: list[LocalizedTextInput] = strawberry.field(description="The title, by language.")
    body: list[LocalizedTextInput] = strawberry.field(
        description="The body, in the same languages as the title."
    )


@strawberry.type(description="A part of the audience that is written to before the next.")
class RampStep:
    """A step."""

    percent: int = strawberry.field(description="Of the audience, with those of earlier steps.")
    wait_minutes: int = strawberry.field(description="How long the next step waits.")


@strawberry.input(description="A part of the audience that is written to before the next.")
class RampStepInput:
    """A step."""

    percent: int = strawberry.field(
        description="Of the audience, with those of earlier steps: 1 to 99, each more than the "
        "one before. What is left comes last."
    )
    wait_minutes: int = strawberry.field(description="How long the next step waits, 0 to 10,080.")


@strawberry.type(description="How a campaign begins small.")
class Ramp:
    """A ramp."""

    steps: list[RampStep] = strawberry.field(description="Its steps, the first one the canary.")
    max_failure_percent: int = strawberry.field(
        description="Where more of a step fails, the campaign is paused."
    )


@strawberry.input(description="How a campaign begins small.")
class RampInput:
    """A ramp."""

    steps: list[RampStepInput] = strawberry.field(description="1 to 10 steps; the first a canary.")
    max_failure_percent: int = strawberry.field(
        default=5, description="Where more of a step fails, the campaign is paused; 0 to 100."
    )


@strawberry.type(description="At most so many marketing messages to a member in so many days.")
class FrequencyCap:
    """A cap."""

    count: int = strawberry.field(description="How many messages.")
    days: int = strawberry.field(description="In how many days of 24 hours.")


@strawberry.input(description="At most so many marketing messages to a member in so many days.")
class FrequencyCapInput:
    """A cap."""

    count: int = strawberry.field(description="How many messages, at least 1.")
    days: int = strawberry.field(description="In how many days of 24 hours, 1 to 90.")


@strawberry.type(description="What a campaign is meant to reach, in percent of what was sent.")
class CampaignTargets:
    """Targets."""

    open_percent: int | None = strawberry.field(description="Opened.")
    click_percent: int | None = strawberry.field(description="Clicked.")
    redemption_percent: int | None = strawberry.field(description="Redeemed.")


@strawberry.input(description="What a campaign is meant to reach, in percent of what was sent.")
class CampaignTargetsInput:
    """Targets."""

    open_percent: int | None = strawberry.field(default=None, description="Opened, 1 to 100.")
    click_percent: int | None = strawberry.field(default=None, description="Clicked, 1 to 100.")
    redemption_percent: int | None = strawberry.field(
        default=None, description="Redeemed, 1 to 100."
    )


@strawberry.type(description="What marketing wants of a campaign.")
class CampaignBrief:
    """A brief."""

    audience: SegmentDefinition = strawberry.field(
        description="Who it is for, as JSON in the shape of SegmentDefinitionInput."
    )
    segment_id: strawberry.ID | None = strawberry.field(
        description="The saved segment that the audience was copied from, and is again at the "
        "launch; null where it was written."
    )
    variants: list[CampaignVariant] = strawberry.field(description="Its wordings.")
    deep_link: URL | None = strawberry.field(description="What a tap opens.")
    offer: strawberry.ID | None = strawberry.field(
        description="The offer of the program that each recipient is given with the message."
    )
    holdout_percent: int = strawberry.field(
        description="How much of the audience is not written to, to compare with."
    )
    ramp: Ramp | None = strawberry.field(description="How it begins small; null for all at once.")
    cap: FrequencyCap | None = strawberry.field(
        description="What takes the place of the program's caps; null where those hold."
    )
    budget: int | None = strawberry.field(description="The most messages; null without a limit.")
    targets: CampaignTargets = strawberry.field(description="What it is meant to reach.")
    attribution_days: int = strawberry.field(
        description="For how many days after the message a purchase counts in its report."
    )


@strawberry.input(description="What marketing wants of a campaign.")
class CampaignBriefInput:
    """A brief."""

    name: str = strawberry.field(description="What staff call it, 1 to 200 characters.")
    audience: SegmentDefinitionInput | None = strawberry.field(
        default=None,
        description="Who it is for; everyone is said explicitly. This or segmentId, not both.",
    )
    segment_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="A saved segment that it is for; what it says is copied, and again at the "
        "launch.",
    )
    variants: list[CampaignVariantInput] = strawberry.field(
        description="1 to 5 wordings; with more than one, members are shared out by weight."
    )
    deep_link: URL | None = strawberry.field(
        default=None, description="What a tap opens: a link of the app or of the web."
    )
    offer: strawberry.ID | None = strawberry.field(
        default=None,
        description="An offer of the program that each recipient is given with the message.",
    )
    holdout_percent: int = strawberry.field(
        default=0, description="How much of the audience is not written to, 0 to 90."
    )
    ramp: RampInput | None = strawberry.field(
        default=None, description="How it begins small; all at once without."
    )
    cap: FrequencyCapInput | None = strawberry.field(
        default=None, description="What takes the place of the program's caps."
    )
    budget: int | None = strawberry.field(
        default=None, description="The most messages, 1 to 100,000,000."
    )
    targets: CampaignTargetsInput | None = strawberry.field(
        default=None, description="What it is meant to reach."
    )
    attribution_days: int = strawberry.field(
        default=briefs.ATTRIBUTION_DAYS,
        description="For how many days after the message a purchase counts, 1 to 90.",
    )


@strawberry.type(description="When a campaign is sent.")
class CampaignSchedule:
    """A schedule."""

    kind: ScheduleKind = strawberry.field(description="How the moment is said.")
    at: datetime | None = strawberry.field(description="The instant; only with AT.")
    on: date | None = strawberry.field(description="The day; only with LOCAL.")
    local_time: str | None = strawberry.field(
        description="What the member's clock shows, HH:MM; only with LOCAL."
    )


@strawberry.input(description="When a campaign is sent.")
class CampaignScheduleInput:
    """A schedule."""

    kind: ScheduleKind = strawberry.field(description="How the moment is said.")
    at: datetime | None = strawberry.field(
        default=None, description="The instant; with AT, and only there."
    )
    on: date | None = strawberry.field(
        default=None, description="The day; with LOCAL, and only there."
    )
    local_time: str | None = strawberry.field(
        default=None,
        description="What the member's clock shows, such as 18:30; with LOCAL, and only there.",
    )


def show_brief(brief: Brief) -> CampaignBrief:
    """Show a brief."""
    ramp, cap, targets = brief.ramp, brief.cap, brief.targets
    return CampaignBrief(
        audience=show_definition(brief.audience),
        segment_id=None if brief.segment is None else strawberry.ID(brief.segment),
        variants=[
            CampaignVariant(
                id=strawberry.ID(variant.id),
                weight=variant.weight,
                title=_texts(variant.title),
                body=_texts(variant.body),
            )
            for variant in brief.variants
        ],
        deep_link=None if brief.deep_link is None else URL(brief.deep_link),
        offer=None if brief.offer is None else strawberry.ID(brief.offer),
        holdout_percent=brief.holdout_percent,
        ramp=_ramp(ramp) if ramp else None,
        cap=FrequencyCap(count=cap.count, days=cap.days) if cap else None,
        budget=brief.budget,
        targets=CampaignTargets(
            open_percent=targets.open_percent,
            click_percent=targets.click_percent,
            redemption_percent=targets.redemption_percent,
        ),
        attribution_days=brief.attribution_days,
    )


def _texts(texts: Mapping[str, str]) -> list[LocalizedText]:
    return [LocalizedText(locale=Locale(locale), text=text) for locale, text in texts.items()]


def _ramp(ramp: briefs.Ramp) -> Ramp:
    steps = [RampStep(percent=s.percent, wait_minutes=s.wait_minutes) for s in ramp.steps]
    return Ramp(steps=steps, max_failure_percent=ramp.max_failure_percent)


def show_schedule(schedule: Schedule) -> CampaignSchedule:
    """Show when a campaign is sent."""
    clock = schedule.local_time
    return CampaignSchedule(
        kind=schedule.kind,
        at=schedule.at,
        on=schedule.on,
        local_time=clock.strftime(CLOCK) if clock else None,
    )


def read_brief(wanted: CampaignBriefInput) -> Brief:
    """Read a brief. Raises BadInput for a language that is there twice, or a wrong audience."""
    cap, targets = wanted.cap, wanted.targets or CampaignTargetsInput()
    return Brief(
        name=wanted.name,
        audience=_audience(wanted),
        segment=wanted.segment_id,
        variants=tuple(
            briefs.Variant(
                variant.id,
                _by_language(variant.title, "brief", "variants", index, "title"),
                _by_language(variant.body, "brief", "variants", index, "body"),
                variant.weight,
            )
            for index, variant in enumerate(wanted.variants)
        ),
        deep_link=wanted.deep_link,
        offer=wanted.offer,
        holdout_percent=wanted.holdout_percent,
        ramp=_read_ramp(wanted.ramp) if wanted.ramp else None,
        cap=Cap(cap.count, cap.days) if cap else None,
        budget=wanted.budget,
        targets=briefs.Targets(
            targets.open_percent, targets.click_percent, targets.redemption_percent
        ),
        attribution_days=wanted.attribution_days,
    )


def _audience(wanted: CampaignBriefInput) -> segments.Definition:
    if (wanted.audience is None) == (wanted.segment_id is None):
        raise BadInput("an audience or a segment's id, and not both", ("brief", "audience"))
    if wanted.audience is None:
        return segments.EVERYONE  # until the saved one is copied
    return read_definition(wanted.audience, "brief", "audience")


def _read_ramp(ramp: RampInput) -> briefs.Ramp:
    steps = tuple(briefs.Step(step.percent, step.wait_minutes) for step in ramp.steps)
    return briefs.Ramp(steps, ramp.max_failure_percent)


def _by_language(texts: Sequence[LocalizedTextInput], *at: str | int) -> dict[str, str]:
    found: dict[str, str] = {}
    for index, text in enumerate(texts):
        if text.locale in found:
            raise BadInput("each language at most once", (*at, index, "locale"))
        found[text.locale] = text.text
    return found


def read_schedule(wanted: CampaignScheduleInput | None) -> Schedule:
    """Read when a campaign is sent: at once where nothing is said. Raises BadInput."""
    if wanted is None:
        return Schedule()
    clock = None if wanted.local_time is None else _time(wanted.local_time)
    return Schedule(wanted.kind, wanted.at, wanted.on, clock)


def _time(text: str) -> time:
    try:
        return datetime.strptime(text, CLOCK).time()
    except ValueError:
        raise BadInput("a time is HH:MM, such as 18:30", ("schedule", "localTime")) from None
