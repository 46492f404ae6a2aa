"""A campaign's life: which act leads where, who approves, and who of the audience gets what."""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from loyalty import segments
from loyalty.errors import BadInput, Refusal, Refused
from loyalty.push.rules import Brief, Cap, Schedule, briefs, refusals
from loyalty.push.rules.briefs import Ramp, ScheduleKind, Step, Targets, Variant
from loyalty.push.rules.campaigns import (
    TRANSITIONS,
    Act,
    Campaign,
    CampaignStatus,
    Counts,
    Event,
    is_done,
    is_failing,
    is_held_out,
    is_known,
    launching,
    must_be_another,
    must_be_free,
    must_be_version,
    resuming,
    step_of,
    tried,
    variant_for,
)
from loyalty.push.rules.judging import is_over

NOW = datetime(2026, 3, 2, 12, 0)
TEXT = Variant("a", {"en": "Hi"}, {"en": "Come"})
BRIEF = Brief("Spring", segments.EVERYONE, (TEXT,))
DRAFT = Campaign("cmp_1", BRIEF, CampaignStatus.DRAFT, NOW, "eva", launched_by="leo")
MEMBERS = [f"mbr_{n:032x}" for n in range(20_000)]

S = CampaignStatus


def at(status: CampaignStatus, *acts: Act) -> Campaign:
    history = tuple(Event(NOW, "eva", act) for act in acts)
    return replace(DRAFT, status=status, history=history)


def test_every_status_is_reached_and_only_what_is_over_leads_nowhere() -> None:
    reached = {status for _, status in TRANSITIONS.values()}
    assert reached == set(S)
    left = {status for sources, _ in TRANSITIONS.values() for status in sources}
    assert set(S) - left == {S.SENT, S.STOPPED}


@pytest.mark.parametrize(
    ("status", "act", "refusal"),
    [
        (S.SENDING, Act.UPDATE, refusals.CampaignNotDraft("cmp_1", "SENDING")),
        (S.AWAITING_APPROVAL, Act.LAUNCH, refusals.CampaignNotDraft("cmp_1", "AWAITING_APPROVAL")),
        (S.SCHEDULED, Act.APPROVE, refusals.CampaignNotWaiting("cmp_1", "SCHEDULED")),
        (S.DRAFT, Act.REJECT, refusals.CampaignNotWaiting("cmp_1", "DRAFT")),
        (S.SENT, Act.PAUSE, refusals.CampaignNotRunning("cmp_1", "SENT")),
        (S.AWAITING_APPROVAL, Act.PAUSE, refusals.CampaignNeedsApproval("cmp_1")),
        (S.AWAITING_APPROVAL, Act.RESUME, refusals.CampaignNeedsApproval("cmp_1")),
        (S.SENDING, Act.RESUME, refusals.CampaignNotPaused("cmp_1", "SENDING")),
        (S.DRAFT, Act.STOP, refusals.CampaignNotRunning("cmp_1", "DRAFT")),
        (S.SENT, Act.STOP, refusals.CampaignNotRunning("cmp_1", "SENT")),
    ],
)
def test_an_act_that_a_status_forbids_is_refused(
    status: CampaignStatus, act: Act, refusal: Refusal
) -> None:
    with pytest.raises(Refused) as caught:
        must_be_free(at(status), act)
    assert caught.value.refusal == refusal


@pytest.mark.parametrize("act", TRANSITIONS)
@pytest.mark.parametrize("status", S)
def test_an_act_is_free_where_the_table_says_so(status: CampaignStatus, act: Act) -> None:
    if status in TRANSITIONS[act][0]:
        must_be_free(at(status), act)
    else:
        with pytest.raises(Refused):
            must_be_free(at(status), act)


def test_an_act_is_done_where_people_did_nothing_since() -> None:
    assert is_done(at(S.SENDING, Act.CREATE, Act.LAUNCH, Act.START), Act.LAUNCH)
    assert is_done(at(S.AWAITING_APPROVAL, Act.CREATE, Act.SUBMIT), Act.LAUNCH)
    assert is_done(at(S.PAUSED, Act.LAUNCH, Act.START, Act.HALT), Act.PAUSE)
    assert is_done(at(S.SCHEDULED, Act.PAUSE, Act.RESCHEDULE), Act.RESUME)
    assert not is_done(at(S.PAUSED, Act.RESUME, Act.PAUSE), Act.RESUME)
    assert not is_done(at(S.DRAFT), Act.LAUNCH)


def test_two_people_agree_on_what_is_to_many() -> None:
    assert launching(1_000, None) is Act.LAUNCH
    assert launching(1_000, 1_000) is Act.LAUNCH
    assert launching(1_001, 1_000) is Act.SUBMIT


@pytest.mark.parametrize("who", ["eva", "leo", "ida"])
def test_who_wrote_or_launched_is_not_the_second_person(who: str) -> None:
    waiting = replace(
        DRAFT,
        status=S.AWAITING_APPROVAL,
        history=(Event(NOW, "eva", Act.CREATE), Event(NOW, "ida", Act.UPDATE)),
    )
    with pytest.raises(Refused) as caught:
        must_be_another(waiting, who)
    assert caught.value.refusal == refusals.ApproverIsAuthor("cmp_1")
    must_be_another(waiting, "bo")


def test_what_was_changed_since_it_was_read_is_refused() -> None:
    must_be_version(replace(DRAFT, version=3), 3)
    with pytest.raises(Refused) as caught:
        must_be_version(replace(DRAFT, version=3), 2)
    assert caught.value.refusal == refusals.CampaignChanged("cmp_1", 3)


def test_who_paused_before_the_start_waits_for_it_again() -> None:
    assert resuming(at(S.PAUSED)) is Act.RESCHEDULE
    assert resuming(replace(at(S.PAUSED), started_at=NOW)) is Act.RESUME


def test_the_holdout_is_its_share_and_the_wordings_are_shared_out_by_weight() -> None:
    texts = (TEXT, replace(TEXT, id="b", weight=3))
    wanted = replace(DRAFT, brief=replace(BRIEF, holdout_percent=10, variants=texts))
    held_out = {member for member in MEMBERS if is_held_out(wanted, member)}
    assert abs(len(held_out) - 2_000) < 150
    by_variant = Counter(variant_for(wanted, member).id for member in MEMBERS)
    assert abs(by_variant["b"] - 15_000) < 250
    # The holdout is no more of one wording than of the other.
    of_held_out = Counter(variant_for(wanted, member).id for member in held_out)
    assert abs(of_held_out["b"] / len(held_out) - 0.75) < 0.04
    assert not any(is_held_out(DRAFT, member) for member in MEMBERS)


def test_a_ramp_takes_its_steps_and_then_everybody_else() -> None:
    ramp = Ramp((Step(1, 60), Step(10, 60)))
    wanted = replace(DRAFT, brief=replace(BRIEF, ramp=ramp))
    steps = Counter(step_of(wanted, member) for member in MEMBERS)
    assert abs(steps[0] - 200) < 60
    assert abs(steps[1] - 1_800) < 150
    assert steps[0] + steps[1] + steps[2] == len(MEMBERS)
    assert {step_of(DRAFT, member) for member in MEMBERS[:100]} == {0}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"variants": ()}, ("variants",)),
        ({"variants": (TEXT, TEXT)}, ("variants",)),
        ({"offer": ""}, ("offer",)),
        ({"holdout_percent": -1}, ("holdoutPercent",)),
        ({"attribution_days": 0}, ("attributionDays",)),
        ({"budget": 0}, ("budget",)),
        ({"cap": Cap(0, 7)}, ("cap", "count")),
        ({"cap": Cap(1, 91)}, ("cap", "days")),
        ({"targets": Targets(click_percent=101)}, ("targets", "clickPercent")),
        ({"ramp": Ramp(())}, ("ramp", "steps")),
        ({"ramp": Ramp((Step(10, 5), Step(10, 5)))}, ("ramp", "steps", 1, "percent")),
        ({"ramp": Ramp((Step(100, 5),))}, ("ramp", "steps", 0, "percent")),
        ({"ramp": Ramp((Step(1, -1),))}, ("ramp", "steps", 0, "waitMinutes")),
        ({"ramp": Ramp((Step(1, 5),), 101)}, ("ramp", "maxFailurePercent")),
    ],
)
def test_a_brief_is_held_to_its_limits(change: dict[str, object], path: object) -> None:
    with pytest.raises(BadInput) as caught:
        briefs.check_brief(replace(BRIEF, **change))  # type: ignore[arg-type]
    assert caught.value.path == path


@pytest.mark.parametrize(
    ("failed", "sent", "is_through", "is_failing_now"),
    [
        (1, 18, True, True),
        (1, 19, True, False),  # 5 percent may fail
        (90, 0, False, False),  # not enough to tell
        (6, 94, False, True),
        (0, 0, True, False),
    ],
)
def test_a_step_fails_by_what_was_tried_since_it_opened(
    failed: int, sent: int, is_through: bool, is_failing_now: bool
) -> None:
    ramp = Ramp((Step(1, 60),), 5)
    for earlier in (Counts(failed=300, unknown=10), Counts(sent=10_000)):
        so_far = replace(earlier, failed=earlier.failed + failed, sent=earlier.sent + sent)
        assert is_failing(ramp, so_far, tried(earlier), is_through) is is_failing_now


@pytest.mark.parametrize(
    ("sent", "held", "under_way", "is_known_now"),
    [
        (18, 2, 0, True),  # a tenth may be held
        (17, 2, 0, False),
        (18, 2, 1, False),
        (0, 1, 0, False),
        (0, 0, 0, True),  # nobody gets it
    ],
)
def test_a_step_is_known_by_those_who_have_an_end(
    sent: int, held: int, under_way: int, is_known_now: bool
) -> None:
    earlier = Counts(audience=1_000, sent=900, suppressed={"NO_CONSENT": 100})
    audience = earlier.audience + sent + held + under_way
    so_far = replace(earlier, audience=audience, sent=earlier.sent + sent, held=held)
    assert is_known(so_far, tried(earlier)) is is_known_now


@pytest.mark.parametrize(
    ("schedule", "path"),
    [
        (Schedule(ScheduleKind.AT), "at"),
        (Schedule(ScheduleKind.NOW, at=NOW), "at"),
        (Schedule(ScheduleKind.LOCAL, on=date(2026, 3, 3)), "localTime"),
        (Schedule(ScheduleKind.LOCAL, local_time=time(18)), "on"),
        (Schedule(ScheduleKind.NOW, on=date(2026, 3, 3)), "on"),
    ],
)
def test_a_schedule_names_one_moment(schedule: Schedule, path: str) -> None:
    with pytest.raises(BadInput) as caught:
        briefs.check_schedule(schedule)
    assert caught.value.path == ("schedule", path)


def test_a_schedule_opens_where_the_day_begins_first() -> None:
    assert Schedule().opens_at(NOW) == NOW
    later = NOW + timedelta(hours=3)
    assert Schedule(ScheduleKind.AT, at=later).opens_at(NOW) == later
    assert Schedule(ScheduleKind.AT, at=NOW).opens_at(later) == later
    local = Schedule(ScheduleKind.LOCAL, on=date(2026, 3, 4), local_time=time(18))
    assert local.opens_at(NOW) == datetime(2026, 3, 4, 4)


def test_a_schedule_is_over_when_it_is_too_late_for_the_last_member() -> None:
    minute = timedelta(minutes=1)
    at = Schedule(ScheduleKind.AT, at=NOW)
    local = Schedule(ScheduleKind.LOCAL, on=NOW.date(), local_time=NOW.time())
    for schedule, hours in ((at, 48), (local, 24)):  # the local hour comes last half a day later
        end = NOW + timedelta(hours=hours)
        assert (is_over(schedule, end), is_over(schedule, end + minute)) == (False, True)
    assert not is_over(Schedule(), NOW)
