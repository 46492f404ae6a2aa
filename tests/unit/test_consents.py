"""Consents: the latest of each is what counts, and a repeat is no news."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product

import pytest

from loyalty.members.rules import (
    Channel,
    Consent,
    Doing,
    MemberStatus,
    Profile,
    Purpose,
    consented,
    news,
    when_said,
)
from loyalty.members.store import SAID, from_document, hearing_of, to_document
from loyalty.states import State

NOON = datetime(2026, 3, 1, 12)
YES = Consent(Purpose.MARKETING, Channel.PUSH, True, NOON, "welcome", "terms-3", "2.0", "member")
NO = replace(YES, granted=False, at=NOON + timedelta(days=1), source="settings")
MAIL = replace(YES, channel=Channel.EMAIL)
NOBODY = Profile(MemberStatus.ACTIVE, NOON, "en", "UTC")


def test_the_latest_consent_for_a_purpose_and_channel_counts() -> None:
    before = consented(NOBODY, [YES, MAIL])
    assert before.consents == (YES, MAIL)
    after = consented(before, [NO])
    assert after.consents == (MAIL, NO)
    assert not after.may_receive(Purpose.MARKETING, Channel.PUSH)


def test_what_was_said_before_in_the_same_words_at_the_same_place_is_no_news() -> None:
    known = consented(NOBODY, [YES])
    assert news(known, [replace(YES, at=NOON + timedelta(days=9)), MAIL, MAIL]) == (MAIL,)
    told = (NO, replace(YES, wording="terms-4"), YES)
    assert news(known, told) == told
    assert news(consented(known, told), [YES]) == ()


def test_consents_are_read_as_they_were_written() -> None:
    known = consented(NOBODY, [YES, NO, MAIL])
    assert from_document(to_document(known)) == known
    late = replace(NO, received_at=NO.at + timedelta(days=1))
    assert SAID.read(SAID.write((YES, NO, late))) == (YES, NO, late)
    assert SAID.read({}) == ()
    bare = {"purpose": "SERVICE", "channel": "SMS", "granted": True, "at": NOON, "source": "till"}
    assert SAID.read({"said": [bare]}) == (
        Consent(Purpose.SERVICE, Channel.SMS, True, NOON, "till"),
    )


def test_what_is_told_later_has_both_instants_and_none_in_the_future() -> None:
    late = NOON + timedelta(days=2)
    assert when_said(NOON, late) == (NOON, late)
    for told in (None, late, late + timedelta(days=400)):
        assert when_said(told, late) == (late, None)


def test_an_old_yes_told_late_never_takes_the_place_of_a_newer_no() -> None:
    refused = consented(NOBODY, [NO])
    late = replace(YES, received_at=NO.at + timedelta(days=1))
    assert news(refused, [late]) == (late,)  # it is proof all the same
    assert consented(refused, [late]).consents == (NO,)
    newer = replace(late, at=NO.at + timedelta(hours=1))
    assert consented(refused, [newer]).consents == (newer,)


def test_a_no_told_late_counts_though_the_clock_of_its_phone_was_behind() -> None:
    agreed = consented(NOBODY, [YES])
    late = replace(NO, at=YES.at - timedelta(days=1), received_at=NO.at)
    assert consented(agreed, [late]).consents == (late,)
    between = replace(YES, at=late.at - timedelta(hours=1), received_at=NO.at)
    assert consented(agreed, [late, between]).consents == (late,)
    assert news(consented(NOBODY, [replace(YES, at=NO.at)]), [late], (late,)) == ()  # sent again


@pytest.mark.parametrize("before", [YES, replace(NO, at=YES.at - timedelta(hours=1))])
def test_a_yes_that_was_said_before_a_no_was_told_never_takes_its_place(before: Consent) -> None:
    """The no is of a phone whose clock is three days behind."""
    late = replace(NO, at=NO.at - timedelta(days=3), received_at=NO.at)
    stands = consented(NOBODY, [before])
    assert news(stands, [late]) == (late,)
    refused = consented(stands, [late])
    old = replace(YES, at=NO.at - timedelta(hours=1), received_at=NO.at + timedelta(days=1))
    assert consented(refused, [old]).consents == (late,)
    newer = replace(old, at=NO.at + timedelta(hours=1))
    assert consented(refused, [newer]).consents == (newer,)


def test_what_is_told_at_once_counts_though_another_clock_was_ahead() -> None:
    ahead = replace(YES, at=NO.at + timedelta(seconds=3))
    assert consented(consented(NOBODY, [ahead]), [NO]).consents == (NO,)


def test_what_was_told_late_is_known_when_it_is_told_again() -> None:
    late = replace(YES, received_at=NO.at)
    again = replace(late, received_at=NO.at + timedelta(minutes=1))
    assert news(consented(NOBODY, [late]), [again, again]) == ()
    assert news(consented(NOBODY, [NO]), [again], (NO, late)) == ()


def test_the_same_said_again_later_holds_back_what_was_said_in_between() -> None:
    no = replace(NO, received_at=NO.at + timedelta(hours=1))
    later = replace(no, at=no.at + timedelta(minutes=20))
    between = replace(YES, at=no.at + timedelta(minutes=10), received_at=no.at + timedelta(days=1))
    assert news(consented(NOBODY, [no]), [later]) == (later,)
    assert consented(NOBODY, [no, later, between]).consents == (later,)


@pytest.mark.parametrize("status", MemberStatus)
@pytest.mark.parametrize("said", [(), (YES,), (NO, MAIL), (replace(NO, purpose=Purpose.SERVICE),)])
def test_what_is_read_alone_says_what_the_whole_profile_says(
    status: MemberStatus, said: tuple[Consent, ...]
) -> None:
    profile = replace(consented(NOBODY, said), status=status)
    hearing = hearing_of(State("mbr_1", 1, {"profile": to_document(profile)}, []))
    assert hearing.time_zone == profile.time_zone
    assert hearing.may(Doing.HEAR) is profile.may(Doing.HEAR)
    for purpose, channel in product(Purpose, Channel):
        assert hearing.may_receive(purpose, channel) is profile.may_receive(purpose, channel)
