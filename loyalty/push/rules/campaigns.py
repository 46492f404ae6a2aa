"""Campaigns: where each stands, what may be done to it by whom, and who of its audience gets what.

What is to be said is its brief; how a message goes out is a delivery's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from loyalty.errors import Refusal, Refused
from loyalty.members import Purpose
from loyalty.push.rules.briefs import Brief, Ramp, Schedule, Variant
from loyalty.push.rules.refusals import (
    ApproverIsAuthor,
    CampaignChanged,
    CampaignNeedsApproval,
    CampaignNotDraft,
    CampaignNotPaused,
    CampaignNotRunning,
    CampaignNotWaiting,
)
from loyalty.push.rules.switches import Switched
from loyalty.push.rules.timing import BUCKETS, bucket
from loyalty.push.rules.trials import CheckOutcome, Trial, Validation


class CampaignStatus(StrEnum):
    """Say where a campaign stands in its life."""

    DRAFT = "DRAFT"
    AWAITING_APPROVAL = "AWAITING_APPROVAL"
    SCHEDULED = "SCHEDULED"
    SENDING = "SENDING"
    PAUSED = "PAUSED"
    SENT = "SENT"
    STOPPED = "STOPPED"


class Act(StrEnum):
    """Name what is done to a campaign, by people or by a worker."""

    CREATE = "CREATE"
    UPDATE = "UPDATE"
    SUBMIT = "SUBMIT"  # launched by one where two have to agree
    LAUNCH = "LAUNCH"
    APPROVE = "APPROVE"
    REJECT = "REJECT"
    START = "START"
    PAUSE = "PAUSE"
    HALT = "HALT"  # paused by itself
    RESUME = "RESUME"
    RESCHEDULE = "RESCHEDULE"  # resumed before it began
    STOP = "STOP"
    FINISH = "FINISH"


_DRAFT, _WAITING, _SCHEDULED, _SENDING, _PAUSED, _SENT, _STOPPED = CampaignStatus

# From which statuses each act leads where; nothing else ever changes a status.
TRANSITIONS: Mapping[Act, tuple[frozenset[CampaignStatus], CampaignStatus]] = {
    Act.UPDATE: (frozenset({_DRAFT}), _DRAFT),
    Act.SUBMIT: (frozenset({_DRAFT}), _WAITING),
    Act.LAUNCH: (frozenset({_DRAFT}), _SCHEDULED),
    Act.APPROVE: (frozenset({_WAITING}), _SCHEDULED),
    Act.REJECT: (frozenset({_WAITING}), _DRAFT),
    Act.START: (frozenset({_SCHEDULED}), _SENDING),
    Act.PAUSE: (frozenset({_SCHEDULED, _SENDING}), _PAUSED),
    Act.HALT: (frozenset({_SCHEDULED, _SENDING}), _PAUSED),
    Act.RESUME: (frozenset({_PAUSED}), _SENDING),
    Act.RESCHEDULE: (frozenset({_PAUSED}), _SCHEDULED),
    Act.STOP: (frozenset({_WAITING, _SCHEDULED, _SENDING, _PAUSED}), _STOPPED),
    Act.FINISH: (frozenset({_SENDING}), _SENT),
}
ENOUGH_TO_TELL = 100
HELD_AT_MOST = 10  # one in so many of a step, for the next one to open without them
# Why a campaign was paused by itself.
TOO_MUCH_FAILED = "TOO_MUCH_FAILED"
JOBS_DEAD = "JOBS_DEAD: stamkund jobs retry, then resume"
AUDIENCE_GREW = "AUDIENCE_GREW"
TEXT_REFUSED = "TEXT_REFUSED"
NAMES_NOTED = 5
COUNTED_EVERY = timedelta(minutes=1)
PAUSE_SHORTEST, PAUSE_LONGEST = timedelta(minutes=1), timedelta(hours=1)
RUNNING = frozenset({CampaignStatus.SCHEDULED, CampaignStatus.SENDING})
OVER = frozenset({CampaignStatus.SENT, CampaignStatus.STOPPED})
# Acts that come to the same for who sends one again.
_ALIKE = (
    frozenset({Act.SUBMIT, Act.LAUNCH}),
    frozenset({Act.RESUME, Act.RESCHEDULE}),
    frozenset({Act.PAUSE, Act.HALT}),
)


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a campaign's history: who did what when, and why where that was said."""

    at: datetime
    who: str
    act: Act
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of a campaign's messages so far, counted from its deliveries.

    `audience` grows while members are gone through; `suppressed` is by reason, `variants` by id.
    """

    audience: int = 0
    held: int = 0
    sent: int = 0
    failed: int = 0
    unknown: int = 0
    opened: int = 0
    clicked: int = 0
    redeemed: int = 0
    suppressed: Mapping[str, int] = field(default_factory=dict)
    variants: Mapping[str, "Counts"] = field(default_factory=dict)

    @property
    def open(self) -> int:
        """Give how many are still to be settled, those held among them."""
        return (
            self.audience - self.sent - self.failed - self.unknown - sum(self.suppressed.values())
        )


@dataclass(frozen=True, slots=True)
class Campaign:
    """A message of marketing to many members; `reason` says why it was stopped or halted.

    `version` counts the changes of a draft. `audience_size` is what it was when it was launched.
    """

    id: str
    brief: Brief
    status: CampaignStatus
    created_at: datetime
    created_by: str
    version: int = 1
    counts: Counts = Counts()
    schedule: Schedule | None = None
    audience_size: int | None = None
    launched_at: datetime | None = None
    launched_by: str | None = None
    approved_by: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    reason: str | None = None
    history: tuple[Event, ...] = ()
    validation: Validation | None = None
    trials: tuple[Trial, ...] = ()


def must_be_free(campaign: Campaign, act: Act) -> None:
    """Refuse an act that a campaign's status does not let happen.

    Raises Refused with CampaignNotDraft, CampaignNeedsApproval, CampaignNotWaiting,
    CampaignNotRunning or CampaignNotPaused.
    """
    if campaign.status not in TRANSITIONS[act][0]:
        raise Refused(_why_not(campaign, act))


def _why_not(campaign: Campaign, act: Act) -> Refusal:
    status = campaign.status.value
    match act:
        case Act.UPDATE | Act.SUBMIT | Act.LAUNCH:
            return CampaignNotDraft(campaign.id, status)
        case Act.APPROVE | Act.REJECT:
            return CampaignNotWaiting(campaign.id, status)
        case Act.RESUME | Act.RESCHEDULE if campaign.status is not _WAITING:
            return CampaignNotPaused(campaign.id, status)
    if campaign.status is _WAITING:
        return CampaignNeedsApproval(campaign.id)
    return CampaignNotRunning(campaign.id, status)


def must_be_version(campaign: Campaign, version: int) -> None:
    """Refuse what was decided on another text than there is now. Raises Refused."""
    if campaign.version != version:
        raise Refused(CampaignChanged(campaign.id, campaign.version))


def must_be_another(campaign: Campaign, approver: str) -> None:
    """Refuse who wrote or launched a campaign as the one who approves it. Raises Refused."""
    wrote = {event.who for event in campaign.history if event.act in (Act.CREATE, Act.UPDATE)}
    if approver in {*wrote, campaign.created_by, campaign.launched_by}:
        raise Refused(ApproverIsAuthor(campaign.id))


def is_done(campaign: Campaign, act: Act) -> bool:
    """Tell whether an act was the last that people did, so that it is only being sent again."""
    by_people = [e.act for e in campaign.history if e.act not in (Act.START, Act.FINISH)]
    same = next((acts for acts in _ALIKE if act in acts), frozenset({act}))
    return bool(by_people) and by_people[-1] in same


def is_halted(campaign: Campaign, reason: str) -> bool:
    """Tell whether a campaign waits because it was paused by itself, for this reason."""
    last = campaign.history[-1] if campaign.history else None
    is_paused = campaign.status is CampaignStatus.PAUSED
    return is_paused and last is not None and (last.act, last.note) == (Act.HALT, reason)


def waits_for_staff(campaign: Campaign, switch: Switched | None) -> bool:
    """Tell whether nothing of a campaign goes until staff let it: it is paused, or switched off."""
    is_off = switch is not None and switch.keeps(Purpose.MARKETING)
    return is_off or campaign.status is CampaignStatus.PAUSED


def is_to_be_checked(campaign: Campaign) -> bool:
    """Tell whether FCM is to look at the texts of a campaign before it goes.

    Not where it took them as they are, nor where somebody resumed what it did not take.
    """
    if any((event.act, event.note) == (Act.HALT, TEXT_REFUSED) for event in campaign.history):
        return False
    found = campaign.validation
    if found is None or found.version != campaign.version:
        return True
    return found.outcome is not CheckOutcome.PASSED


def resuming(campaign: Campaign) -> Act:
    """Say how a paused campaign goes on: as one that is sending, or that waits for its time."""
    return Act.RESCHEDULE if campaign.started_at is None else Act.RESUME


def launching(audience_size: int, four_eyes_above: int | None) -> Act:
    """Say whether one person may launch to so many, or has to wait for a second."""
    needs_second = four_eyes_above is not None and audience_size > four_eyes_above
    return Act.SUBMIT if needs_second else Act.LAUNCH


def outgrew(campaign: Campaign, audience_size: int, four_eyes_above: int | None) -> bool:
    """Tell whether a second person has to agree to so many, as it begins, who has not yet.

    What was approved may have grown by half.
    """
    if launching(audience_size, four_eyes_above) is Act.LAUNCH:
        return False
    return campaign.approved_by is None or audience_size * 2 > (campaign.audience_size or 0) * 3


def looked_at_again(since: datetime, now: datetime) -> datetime:
    """Give when what waits since an instant for somebody to let it go on is looked at again.

    It is after as long as it has waited already: so many are looked at ever more seldom.
    """
    return now + min(max(now - since, PAUSE_SHORTEST), PAUSE_LONGEST)


def last_at(campaign: Campaign, *acts: Act) -> datetime | None:
    """Give when one of these acts was done last."""
    return next((event.at for event in reversed(campaign.history) if event.act in acts), None)


def counted_again_at(campaign: Campaign, now: datetime) -> datetime | None:
    """Give when what came of a campaign that is over is counted again: ever more seldom.

    The last time is the end of its days of attribution; None after that.
    """
    finished_at = campaign.finished_at or now
    until = finished_at + timedelta(days=campaign.brief.attribution_days)
    wait = max(COUNTED_EVERY, (now - finished_at) / 10)
    return min(until, now + wait) if now < until else None


def is_held_out(campaign: Campaign, member_id: str) -> bool:
    """Tell whether a member is in the holdout: in the audience, and not written to."""
    return bucket(campaign.id, member_id, "holdout") < campaign.brief.holdout_percent * 100


def variant_for(campaign: Campaign, member_id: str) -> Variant:
    """Choose the wording that a member reads, by the weights of all."""
    variants = campaign.brief.variants
    if len(variants) == 1:
        return variants[0]
    place = bucket(campaign.id, member_id, "variant") * sum(v.weight for v in variants)
    for variant in variants:
        place -= variant.weight * BUCKETS
        if place < 0:
            return variant
    return variants[-1]


def step_of(campaign: Campaign, member_id: str) -> int:
    """Give the step of the ramp in which a member is written to; the last one is everybody else."""
    ramp = campaign.brief.ramp
    if ramp is None:
        return 0
    place = bucket(campaign.id, member_id, "ramp")
    within = (n for n, step in enumerate(ramp.steps) if place < step.percent * 100)
    return next(within, len(ramp.steps))


def tried(counts: Counts) -> tuple[int, int]:
    """Give how many messages failed, and of how many; what nobody knows the end of failed."""
    failed = counts.failed + counts.unknown
    return failed, failed + counts.sent


def is_known(counts: Counts, before: tuple[int, int]) -> bool:
    """Tell whether a step of a ramp has shown enough: nothing is under way, and few are held.

    They are a tenth at the most of who gets it, and are judged with the step in which they go.
    `before` is as in `is_failing`.
    """
    of = tried(counts)[1] - before[1]
    return counts.open == counts.held and counts.held * HELD_AT_MOST <= of + counts.held


def is_failing(ramp: Ramp, counts: Counts, before: tuple[int, int], is_through: bool) -> bool:
    """Tell whether more of a step has failed than may: at its end, or once a hundred were tried.

    `before` is what was `tried` when the step opened, or when it was halted last.
    """
    failed, of = (now - then for now, then in zip(tried(counts), before, strict=True))
    if not is_through and of < ENOUGH_TO_TELL:
        return False
    return failed > 0 and failed * 100 > of * ramp.max_failure_percent


def unheard(names: Iterable[str]) -> str | None:
    """Give what is noted at a launch of names in the audience that nobody has anything of."""
    listed = sorted(set(names))
    more = ", ..." if len(listed) > NAMES_NOTED else ""
    return f"UNHEARD: {', '.join(listed[:NAMES_NOTED])}{more}" if listed else None
