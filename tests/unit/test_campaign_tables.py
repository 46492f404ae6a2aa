"""What the command line says of a campaign before it goes: when, how it reads, what some lack."""

from dataclasses import replace
from datetime import date, datetime, time

import pytest

from api.cli.campaign_tables import (
    print_gaps,
    print_launched,
    print_list,
    print_preview,
    print_rehearsal,
    print_whole,
)
from api.cli.failures import explained
from loyalty import segments
from loyalty.errors import BadInput, MemberUnknown, Refused
from loyalty.push import Brief, Campaign, CampaignStatus, DeliveryStatus, Schedule
from loyalty.push.rules.briefs import ScheduleKind, Variant
from loyalty.push.rules.refusals import TemplateInvalid
from loyalty.push.service.previews import Fate, Gap, Message, Preview, Rehearsal

LAUNCHED = datetime(2027, 2, 1, 12)
EVENING = Schedule(ScheduleKind.LOCAL, on=date(2027, 3, 1), local_time=time(18))
MORNING = Schedule(ScheduleKind.AT, at=datetime(2027, 3, 1, 8))
SPRING = Campaign(
    "cmp_1",
    Brief(
        name="Spring [sale]",
        audience=segments.EVERYONE,
        variants=(Variant("a", {"en": "Spring", "da": "Forår"}, {"en": "Come", "da": "Kom"}, 3),),
        segment="seg_1",
        holdout_percent=10,
    ),
    CampaignStatus.SCHEDULED,
    LAUNCHED,
    "staff:eva",
    schedule=EVENING,
    audience_size=1_240,
    launched_at=LAUNCHED,
)


def test_a_campaign_that_waits_says_when_it_goes_to_how_many_and_what_it_says(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_whole(SPRING, None)
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines[:5] == [
        "Spring [sale] (cmp_1): SCHEDULED",
        "goes 2027-03-01 18:00 where each member lives, first 2027-03-01 04:00 UTC",
        "to about 1,240 members",
        'audience seg_1: {"everyone": true}',
        "held out 10 %",
    ]
    assert "│ a │ 3 │ da │ Forår │ Kom │" in lines


def test_a_list_says_when_campaigns_go_and_to_about_how_many(
    capsys: pytest.CaptureFixture[str],
) -> None:
    draft = replace(SPRING, status=CampaignStatus.DRAFT, schedule=None, audience_size=None)
    print_list([SPRING, replace(SPRING, schedule=MORNING), draft])
    head, *rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    named = ["cmp_1", "Spring", "[sale]"]
    to = ["about", "1,240", "0", "0", "staff:eva"]
    assert head == ["id", "name", "status", "goes,", "UTC", "to", "sent", "opened", "by"]
    assert rows == [
        [*named, "SCHEDULED", "2027-03-01", "18:00", "local", *to],
        [*named, "SCHEDULED", "2027-03-01", "08:00", *to],
        [*named, "DRAFT", "0", "0", "staff:eva"],
    ]


def test_before_it_goes_one_is_told_when_and_that_somebody_is_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rehearsed = Rehearsal(1_240, MORNING.opens_at(LAUNCHED), True, (), {}, ())
    print_rehearsal(rehearsed, SPRING.brief, MORNING)
    waits = replace(SPRING, status=CampaignStatus.AWAITING_APPROVAL, schedule=MORNING)
    print_launched(waits)
    second = "a second person has to approve it, who neither wrote nor launched it"
    assert capsys.readouterr().out.splitlines() == [
        "audience: 1,240 members; held out 10 %",
        "goes: 2027-03-01 08:00 UTC",
        f"before that: {second}",
        "cmp_1: AWAITING_APPROVAL, 2027-03-01 08:00 UTC",
        f"to about 1,240 members: {second}",
    ]


def test_what_is_refused_is_said_in_a_sentence_with_its_place() -> None:
    assert explained(Refused(MemberUnknown("mbr_1"))) == "There is no such member."
    wrong = TemplateInvalid("a", "body", "da", "surname", ("balance", "tier"))
    assert explained(Refused(wrong)) == (
        "Variant “a”, body, da: there is no field “surname”. "
        "Use only the fields balance and tier, in braces."
    )
    assert explained(BadInput("0 to 90", ("holdoutPercent",))) == "holdout_percent: 0 to 90"
    assert explained(BadInput("say why")) == "say why"


def test_a_preview_says_what_the_member_has_not(capsys: pytest.CaptureFixture[str]) -> None:
    messages = (
        Message("a", "en", "Hi :tada: [b]", "more and you are.", 300, True, None, ("nextTier",)),
        Message("b", "en", "", "Come", None, False, "NOTHING_TO_SAY", ("firstName", "nextTier")),
    )
    print_preview(Preview("mbr_1", Fate(DeliveryStatus.SENT), messages))
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == [
        "mbr_1: SENT",
        " * a en, 300 bytes",
        "     Hi :tada: [b]",
        "     more and you are.",
        "     ! this member has no nextTier",
        "   b en, NOTHING_TO_SAY",
        "",
        "     Come",
        "     ! this member has no firstName, nextTier",
    ]


def test_fields_that_some_of_the_audience_lack_are_warned_of(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_gaps({("a", "en"): (Gap("nextTier", 3, 50),), ("a", "da"): ()})
    assert capsys.readouterr().out == (
        "! a en: 3 of 50 members looked at have no nextTier; see how it reads without\n"
    )
