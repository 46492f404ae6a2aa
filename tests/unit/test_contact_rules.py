"""How members want to be reached, and when they were last heard of."""

from datetime import datetime, timedelta

import pytest

from loyalty.errors import BadInput
from loyalty.members import contact
from loyalty.members.rules import Engagement, preferences
from loyalty.members.store import ENGAGEMENT, PREFERENCES
from loyalty.program import terms

NOON = datetime(2026, 3, 1, 12)
NIGHT = terms.Hours.model_validate({"since": "21:30", "until": "07:00"})


def test_what_is_newer_by_an_hour_is_noted_and_what_is_older_is_not() -> None:
    before = Engagement(seen_at=NOON, opened_at=NOON)
    told = Engagement(
        seen_at=NOON + timedelta(minutes=59),
        opened_at=NOON + timedelta(minutes=60),
        clicked_at=NOON - timedelta(days=3),
    )
    assert before.after(told) == Engagement(NOON, told.opened_at, told.clicked_at)
    assert before.after(Engagement(seen_at=NOON - timedelta(days=1))) == before


def test_sections_are_read_as_they_were_written_and_empty_ones_as_nothing_said() -> None:
    said = contact.Preferences(frozenset({"offers", "campaign"}), NIGHT)
    document = PREFERENCES.write(said)
    assert document == {
        "muted": ["campaign", "offers"],
        "quiet": {"since": "21:30:00", "until": "07:00:00"},
    }
    assert PREFERENCES.read(document) == said
    assert PREFERENCES.read({}) == contact.Preferences()
    heard = Engagement(seen_at=NOON)
    assert ENGAGEMENT.write(heard) == {"seen_at": NOON}
    assert ENGAGEMENT.read(ENGAGEMENT.write(heard)) == heard
    assert ENGAGEMENT.read({}) == Engagement()


def test_preferences_that_cannot_be_meant_are_refused() -> None:
    never = terms.Hours.model_validate({"since": "07:00", "until": "07:00"})
    with pytest.raises(BadInput, match="another time") as same:
        preferences([], never)
    assert same.value.path == ("quietHours",)
    with pytest.raises(BadInput, match="at most 20 categories"):
        preferences([f"c{n}" for n in range(21)], None)
