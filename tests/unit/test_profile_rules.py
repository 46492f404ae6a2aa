"""What can be a profile: names of one line, addresses and numbers that could be real."""

from datetime import date

import pytest

from loyalty.errors import BadInput
from loyalty.members import ProfileInput
from loyalty.members.rules import check

GOOD = [
    ProfileInput(locale="sv"),
    ProfileInput(locale="zh-Hant-TW"),
    ProfileInput(time_zone="Europe/Helsinki"),
    ProfileInput(first_name="Åse-Mærete", last_name="O'Neill Öztürk"),
    ProfileInput(email="anna@example.com"),
    ProfileInput(phone="+4512345678"),
    ProfileInput(birth_date=date(1971, 5, 20)),
    ProfileInput(first_name="", email="", phone=""),
]
BAD = [
    (ProfileInput(locale="svenska"), "locale"),
    (ProfileInput(locale="sv\n"), "locale"),
    (ProfileInput(time_zone="Europe/Atlantis"), "timeZone"),
    (ProfileInput(first_name="Anna\nKarin"), "firstName"),
    (ProfileInput(first_name="A\x00"), "firstName"),
    (ProfileInput(last_name="\u202eneslO"), "lastName"),
    (ProfileInput(last_name="x" * 101), "lastName"),
    (ProfileInput(email="@"), "email"),
    (ProfileInput(email="a@b@c"), "email"),
    (ProfileInput(email="a@b\r\nBcc: c"), "email"),
    (ProfileInput(phone="+4512345678\n"), "phone"),
    (ProfileInput(phone="+4٥٥٥٥٥٥٥٥"), "phone"),
    (ProfileInput(phone="004512345678"), "phone"),
    (ProfileInput(birth_date=date(1, 1, 1)), "birthDate"),
    (ProfileInput(birth_date=date(2999, 1, 1)), "birthDate"),
]


@pytest.mark.parametrize("wanted", GOOD)
def test_what_could_be_real_is_taken(wanted: ProfileInput) -> None:
    check(wanted)


@pytest.mark.parametrize(("wanted", "part"), BAD)
def test_what_cannot_be_real_is_refused_by_its_part(wanted: ProfileInput, part: str) -> None:
    with pytest.raises(BadInput) as refused:
        check(wanted)
    assert refused.value.path == (part,)
