"""What the command line says of a campaign before it goes: how it reads, and what some lack."""

import pytest

from api.cli.campaign_tables import print_gaps, print_preview
from loyalty.push import DeliveryStatus
from loyalty.push.service.previews import Fate, Gap, Message, Preview


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
