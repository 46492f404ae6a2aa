"""What a member has of offers: its code, its time, its end, and how often it was taken."""

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from loyalty.offers import rules
from loyalty.offers.rules import HeldState, Holding, Issue
from loyalty.offers.store.helds import from_document, to_document
from loyalty.program import terms

ZONE = ZoneInfo("Europe/Copenhagen")
NOON = datetime(2026, 3, 2, 11, 0)
MEMBER = "mbr_0195f3a2b4c47d018a2b3c4d5e6f7081"


def offer(**named: object) -> terms.Offer:
    body = {"id": "coffee", "kind": "CUSTOM", "name": "Coffee", **named}
    return terms.Offer.model_validate(body)


def issued(holding: Holding, **named: object) -> Holding:
    wanted = Issue(MEMBER, offer(**named), 1, NOON, ZONE, {"kind": "TEST"})
    return holding.added(rules.new_held(holding, wanted))


def test_ids_name_the_member_and_count_up() -> None:
    twice = issued(issued(Holding()))
    assert [held.id for held in twice.helds] == [
        "off_0195f3a2b4c47d018a2b3c4d5e6f7081_1",
        "off_0195f3a2b4c47d018a2b3c4d5e6f7081_2",
    ]


def test_validity_ends_with_the_local_day() -> None:
    [held] = issued(Holding(), valid_days=30).helds
    assert held.expires_at == datetime(2026, 4, 1, 22, 0)  # midnight in summer time
    [today] = issued(Holding(), valid_days=0).helds
    assert today.expires_at == datetime(2026, 3, 2, 23, 0)


def test_without_days_of_its_own_it_lasts_as_long_as_the_offer() -> None:
    [held] = issued(Holding(), ends_at="2026-03-05T12:00:00+01:00").helds
    assert held.expires_at == datetime(2026, 3, 5, 11, 0)
    [forever] = issued(Holding()).helds
    assert forever.expires_at is None


def test_what_has_run_out_is_shown_as_expired_before_it_is_written() -> None:
    [held] = issued(Holding(), valid_days=0).helds
    assert held.at(NOON).state is HeldState.ISSUED
    late = held.at(datetime(2026, 3, 2, 23, 0))
    assert (late.state, late.ended_at) == (HeldState.EXPIRED, datetime(2026, 3, 2, 23, 0))


def test_each_unique_code_is_another_and_easily_read() -> None:
    holding = issued(issued(Holding(), code={"kind": "UNIQUE"}), code={"kind": "UNIQUE"})
    codes = [held.code for held in holding.helds]
    assert len(set(codes)) == 2
    for code in codes:
        assert code is not None
        assert [len(part) for part in code.split("-")] == [4, 4, 4]
        assert not set("ILOU") & set(code)


def test_takes_are_counted_by_local_day_and_old_days_run_together() -> None:
    holding = (
        Holding().counted("coffee", date(2025, 1, 1), 1).counted("coffee", date(2025, 1, 2), 1)
    )
    later = holding.counted("coffee", date(2026, 3, 2), 1)
    assert later.taken == {"coffee": {"": 2, "2026-03-02": 1}}
    assert later.counted("coffee", date(2026, 3, 2), -1).taken == {"coffee": {"": 2}}


def test_the_oldest_of_those_that_ended_are_forgotten_and_live_ones_never() -> None:
    holding = issued(Holding())
    for _ in range(60):
        holding = issued(holding)
        ended = replace(holding.helds[-1], state=HeldState.REDEEMED)
        holding = holding.replaced(ended)
    assert len(holding.helds) == 52
    assert holding.helds[0].id.endswith("_1")
    assert issued(holding).helds[-1].id.endswith("_62")


@pytest.mark.parametrize(
    "named", [{}, {"code": {"kind": "UNIQUE"}}, {"valid_days": 3}, {"active_minutes": 5}]
)
def test_a_holding_is_the_same_when_it_is_read_again(named: dict[str, object]) -> None:
    holding = issued(Holding(), **named).counted("coffee", date(2026, 3, 2), 1)
    assert from_document(to_document(holding)) == holding
