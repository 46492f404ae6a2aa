"""What names do to the words of a message: none breaks it, turns it round or makes it too large."""

from dataclasses import replace
from datetime import timedelta

import pytest

from loyalty import program, segments
from loyalty.errors import BadInput
from loyalty.offers import Held, HeldState
from loyalty.push.payloads import LIMIT_BYTES
from loyalty.push.rules import Brief, Campaign, CampaignStatus
from loyalty.push.rules.briefs import Variant, check_brief
from loyalty.push.service import texts
from loyalty.push.service.readers import Reader
from loyalty.states import State
from tests import nudged
from tests.nudged import (
    CASES,
    EVERY,
    MEMBER,
    MIDNIGHT,
    NOW,
    PROGRAM,
    TORGET,
    Case,
    standing,
    wallet,
)

WIDE = "\N{MATHEMATICAL BOLD CAPITAL B}"
LONG = program.parse(
    TORGET.replace("Torget", WIDE * 500)
    .replace("en: Gold,", f"en: {WIDE * 500},")
    .replace("Coffee", WIDE * 500)
    .replace("Spring", WIDE * 500)
    .replace("Free delivery", WIDE * 500)
    + EVERY
)
LOCALES = ("en-GB", "da-DK", "sv-SE", "nb-NO", "fi-FI")
SECTIONS = {"wallet": wallet(10**9), "tiers": standing(80_000)}


def reader(first_name: str | None, of: program.Program = PROGRAM) -> Reader:
    profile = replace(Case("WELCOME").profile, first_name=first_name)
    document = {"profile": {"enrolled_at": NOW - timedelta(days=400)}, **SECTIONS}
    held = Held("off_1", "coffee", HeldState.ISSUED, 1, NOW, expires_at=MIDNIGHT)
    return Reader(State(MEMBER, 9, document, []), profile, of, NOW, held)


def said(text: str, first_name: str | None) -> str:
    return texts.words(Variant("a", {"en": text}, {"en": "-"}), reader(first_name))[0]


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("{balance}", "Hi {balance}, come"),
        ('Bo "the" \\Bo', 'Hi Bo "the" \\Bo, come'),
        ("  Bo ", "Hi Bo, come"),
        ("   ", "Hi, come"),
        (None, "Hi, come"),
        ("B" * 41, f"Hi {'B' * 39}…, come"),
        ("Åse", "Hi Åse, come"),
        ("\u05d3\u05d5\u05d3", "Hi \u2068\u05d3\u05d5\u05d3\u2069, come"),
        ("\u0644\u064a\u0644\u0649", "Hi \u2068\u0644\u064a\u0644\u0649\u2069, come"),
    ],
)
def test_a_name_is_said_as_it_is_and_changes_nothing_beside_it(
    name: str | None, title: str
) -> None:
    assert said("Hi {firstName}, come", name) == title


def test_a_birthday_of_somebody_without_a_name_is_told_without_one() -> None:
    for name in (None, "   "):
        told = replace(Case("BIRTHDAY"), first_name=name).told("en")
        assert told is not None
        assert told.notification.title == "Happy birthday!"


@pytest.mark.parametrize("locale", LOCALES)
def test_a_nudge_fits_whatever_the_program_and_the_member_are_called(
    monkeypatch: pytest.MonkeyPatch, locale: str
) -> None:
    monkeypatch.setattr(nudged, "PROGRAM", LONG)
    for case in CASES:
        told = replace(case, first_name=WIDE * 100).told(locale)
        assert told is not None
        assert told.size_bytes <= LIMIT_BYTES
        assert len(told.notification.title) <= 200


FIELDS = "{firstName} {tier} {nextTier} {balance} {pointsToNextTier} {offer.title} {offer.until}"


@pytest.mark.parametrize("letter", ["N", "Å", "点", WIDE, '"'])
def test_a_campaign_that_may_be_launched_fits_for_everybody(letter: str) -> None:
    """The longest body that is not refused is no larger with the longest names there are."""
    accepted = 0
    for length in range(1_000 - len(FIELDS), 0, -10):
        variant = Variant("a", {"en": "{firstName}"}, {"en": letter * length + FIELDS})
        brief = Brief("x", segments.EVERYONE, (variant,), offer="coffee")
        try:
            texts.check_size(brief)
        except BadInput:
            continue
        accepted = length
        break
    assert accepted > 500
    campaign = Campaign("cmp_1", brief, CampaignStatus.SENDING, NOW, "eva")
    for name in (WIDE * 100, '"N' * 50, "\u0644" * 100):
        written = texts.campaign(campaign, variant, f"cmp_1:{MEMBER}", reader(name, LONG))
        assert written.size_bytes <= LIMIT_BYTES


@pytest.mark.parametrize(
    "text", ["\u200b", "\u2060 \u00ad", "a\0b", "a\x07b", "a\ud83db", "a\u2028b"]
)
def test_a_text_of_a_campaign_shows_something_and_holds_no_control_characters(text: str) -> None:
    for title, body in ((text, "b"), ("t", text)):
        with pytest.raises(BadInput) as bad:
            check_brief(Brief("x", segments.EVERYONE, (Variant("a", {"en": title}, {"en": body}),)))
        assert bad.value.path[:2] == ("variants", 0)


def test_a_body_has_lines_and_a_title_is_one() -> None:
    lines = "\N{WAVING HAND SIGN} one\n\n\ttwo\r\n"
    check_brief(Brief("x", segments.EVERYONE, (Variant("a", {"en": "t\n"}, {"en": lines}),)))
    with pytest.raises(BadInput):
        check_brief(Brief("x", segments.EVERYONE, (Variant("a", {"en": lines}, {"en": "b"}),)))
