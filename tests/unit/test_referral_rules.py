"""Who counts as a friend, when, and what is due for them."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from loyalty import program
from loyalty.errors import Refused
from loyalty.members import ProfileInput
from loyalty.program import Line, Purchase, Who, terms
from loyalty.referrals import (
    Invitation,
    InvitationState,
    ReferralNotNew,
    ReferralTooLate,
    Standing,
    rules,
)

START = datetime(2026, 3, 2, 12, 0)
TERMS = """
format: 1
id: r
name: r
money: EUR
time_zone: Europe/Helsinki
currencies: [{id: points, name: p}]
referral:
  link: "https://shop.example/{code}"
  when: {minimum_amount: "20.00", categories: [tea]}
  wait_days: 14
  referrer: {gives: [{points: 1, currency: points}]}
"""
PROGRAM = program.parse(TERMS)
assert PROGRAM.referral is not None
REFERRAL, PLACE = PROGRAM.referral, PROGRAM.place
JOINED = Invitation("mbr_anna", "ANNA", START)


def bought(*amounts: int, category: str = "tea", at: datetime = START) -> Purchase:
    lines = tuple(Line(amount, category=category) for amount in amounts)
    return Purchase("till", "p-1", "mbr_ben", at, "EUR", sum(amounts), lines)


def waiting(*amounts: int) -> Invitation:
    found = rules.qualified(JOINED, REFERRAL, bought(*amounts), PLACE, Who())
    assert found is not None
    return found


def test_a_code_is_seven_letters_that_are_not_mistaken_and_always_the_same() -> None:
    codes = list(rules.codes_of("mbr_anna"))
    assert codes == list(rules.codes_of("mbr_anna"))
    assert len(set(codes)) == 100
    assert all(len(code) == 7 and set(code) <= set(rules.ALPHABET) for code in codes)
    assert not set(rules.ALPHABET) & set("01ILOU")
    assert next(rules.codes_of("mbr_ben")) != codes[0]


@pytest.mark.parametrize("typed", ["abc 234", "ABC-234", " abc234\n", "Abc.234"])
def test_a_code_may_be_typed_in_many_ways(typed: str) -> None:
    assert rules.written(typed) == "ABC234"


def test_only_what_suits_and_came_after_the_code_counts() -> None:
    for other in (
        bought(19_99),
        bought(20_00, category="cake"),
        bought(20_00, at=START - timedelta(seconds=1)),
    ):
        assert rules.qualified(JOINED, REFERRAL, other, PLACE, Who()) is None
    counting = waiting(10_00, 10_00)
    assert counting.state is InvitationState.WAITING
    assert counting.due_at == datetime(2026, 3, 16, 22)  # midnight after the 16th in Helsinki
    assert rules.qualified(counting, REFERRAL, bought(50_00), PLACE, Who()) is None


def test_the_window_ends_with_a_local_day_also_where_the_clock_changes() -> None:
    late = bought(20_00, at=datetime(2026, 3, 20, 12))
    found = rules.qualified(JOINED, REFERRAL, late, PLACE, Who())
    assert found is not None
    assert found.due_at == datetime(2026, 4, 3, 21)  # summer time since 29 March
    assert found.is_open(datetime(2026, 4, 3, 20, 59))
    assert found.is_due(datetime(2026, 4, 3, 21))


def test_what_is_kept_decides_whether_a_purchase_goes_on_counting() -> None:
    counting = waiting(30_00, 5_00)
    assert rules.undone(counting, REFERRAL, bought(20_00), PLACE) is None
    undone = rules.undone(counting, REFERRAL, bought(15_00), PLACE)
    assert undone == replace(JOINED, thanked_for="till:p-1")
    anything = REFERRAL.model_copy(update={"when": terms.Conditions()})
    assert rules.undone(counting, anything, bought(1), PLACE) is None
    assert rules.undone(counting, anything, bought(), PLACE) is not None


def test_newcomers_joined_lately_and_bought_nothing() -> None:
    rules.check_newcomer(START, 0, REFERRAL, START + timedelta(days=14))
    with pytest.raises(Refused) as late:
        rules.check_newcomer(START, 0, REFERRAL, START + timedelta(days=14, seconds=1))
    with pytest.raises(Refused) as known:
        rules.check_newcomer(START, 2, REFERRAL, START)
    assert (late.value.refusal, known.value.refusal) == (ReferralTooLate(14), ReferralNotNew(2))


@pytest.mark.parametrize(
    ("friend", "doubt"),
    [
        (ProfileInput(phone="+358401234567"), rules.Doubt.SAME_PHONE),
        (ProfileInput(email="ANNA@example.com"), rules.Doubt.SAME_EMAIL),
        (ProfileInput(phone="+358401234568", email="ben@example.com"), None),
        (ProfileInput(), None),
    ],
)
def test_one_person_is_told_by_phone_and_mail(
    friend: ProfileInput, doubt: rules.Doubt | None
) -> None:
    anna = ProfileInput(phone="+358401234567", email="anna@example.com")
    assert rules.sameness(friend, anna) is doubt
    assert rules.sameness(friend, ProfileInput()) is None


def test_rewards_stop_at_the_months_cap_and_begin_again_with_the_next() -> None:
    payout = REFERRAL.referrer.model_copy(update={"monthly_cap": 2})
    standing, came = Standing(), []
    for month in ["2026-03"] * 3 + ["2026-04"]:
        standing, state = rules.counted(standing, payout, month)
        came.append(state.value)
    assert came == ["REWARDED", "REWARDED", "CAPPED", "REWARDED"]
    assert (standing.confirmed, standing.rewards, standing.month_rewards) == (4, 3, 1)


def test_a_reward_for_several_friends_comes_with_the_last_of_them() -> None:
    payout = REFERRAL.referrer.model_copy(update={"every": 3})
    standing, came = Standing(), []
    for _ in range(7):
        standing, state = rules.counted(standing, payout, "2026-03")
        came.append(state is InvitationState.REWARDED)
    assert came == [False, False, True] * 2 + [False]
    assert (standing.rewards, standing.towards) == (2, 1)


def test_a_pseudonym_stays_and_tells_nothing() -> None:
    assert rules.pseudonym("mbr_anna") == rules.pseudonym("mbr_anna") != rules.pseudonym("mbr_ben")
    assert "anna" not in rules.pseudonym("mbr_anna")


def test_mistakes_of_referral_are_told_by_their_place() -> None:
    source = TERMS.replace("https://shop.example/{code}", "http://shop.example/")
    source = source.replace("currency: points}]", "currency: pionts}], monthly_cap: 0")
    with pytest.raises(Refused) as caught:
        program.parse(source.replace('"20.00"', '"20.001"'))
    assert isinstance(caught.value.refusal, program.ProgramInvalid)
    told = {problem.path: problem.message for problem in caught.value.refusal.problems}
    assert set(told) == {
        "referral.link",
        "referral.referrer.monthly_cap",
        "referral.referrer.gives.0.currency",
        "referral.when.minimum_amount",
    }
    assert "did you mean `points`?" in told["referral.referrer.gives.0.currency"]
