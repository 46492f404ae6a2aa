"""Consents: the latest of each is what counts, and a repeat is no news."""

from dataclasses import replace
from datetime import datetime, timedelta

from loyalty.members.rules import (
    Channel,
    Consent,
    MemberStatus,
    Profile,
    Purpose,
    consented,
    news,
)
from loyalty.members.store import SAID, from_document, to_document

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
    assert SAID.read(SAID.write((YES, NO))) == (YES, NO)
    assert SAID.read({}) == ()
    bare = {"purpose": "SERVICE", "channel": "SMS", "granted": True, "at": NOON, "source": "till"}
    assert SAID.read({"said": [bare]}) == (
        Consent(Purpose.SERVICE, Channel.SMS, True, NOON, "till"),
    )
