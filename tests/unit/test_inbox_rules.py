"""What members did about messages, and when that can have been."""

from datetime import datetime, timedelta

import pytest

from loyalty.errors import BadInput
from loyalty.push.rules import inbox
from loyalty.push.rules.inbox import Told

SENT = datetime(2026, 3, 1, 12)
NOW = SENT + timedelta(days=2)


@pytest.mark.parametrize(
    ("told", "noted"),
    [
        (None, NOW),
        (SENT + timedelta(hours=1), SENT + timedelta(hours=1)),
        (SENT - timedelta(days=400), SENT),
        (NOW + timedelta(days=400), NOW),
    ],
)
def test_a_deed_lies_between_the_sending_and_now(told: datetime | None, noted: datetime) -> None:
    assert inbox.plausible(told, SENT, NOW) == noted


@pytest.mark.parametrize("count", [0, 101])
def test_nothing_and_too_much_are_refused(count: int) -> None:
    with pytest.raises(BadInput) as caught:
        inbox.check_told([Told(str(n)) for n in range(count)])
    assert caught.value.path == ("messages",)
    inbox.check_told([Told(str(n)) for n in range(100)])
