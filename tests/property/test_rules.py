"""What must hold for every value: rounding, carry, lots, days and pages."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.activities.rules import Circumstances, earn, rounded
from loyalty.errors import Refused
from loyalty.program import Program, terms
from loyalty.program.rules import Purchase, Rounding, add_months, line_bases
from loyalty.states import chain, is_time_ordered
from loyalty.tiers.rules import Course, Moment, Standing, Tally, advanced, counted
from loyalty.wallets.rules import (
    Credit,
    Debit,
    EntryKind,
    Wallet,
    credit,
    debit,
    expire,
    expires_at,
)
from tests.engines import uuid7

NOW = datetime(2026, 3, 2, 12)
EXACT = Context(prec=80)
MODES = {
    Rounding.FLOOR: ROUND_FLOOR,
    Rounding.CEIL: ROUND_CEILING,
    Rounding.HALF_UP: ROUND_HALF_UP,
    Rounding.HALF_EVEN: ROUND_HALF_EVEN,
}
ZONES = [
    *("Europe/Copenhagen", "America/New_York", "Africa/Cairo", "America/Havana", "Asia/Kathmandu"),
    *("Australia/Lord_Howe", "Pacific/Apia", "America/St_Johns", "Pacific/Chatham", "UTC"),
]
instants = st.datetimes(datetime(1990, 1, 1), datetime(2035, 1, 1))
decimals = st.decimals(0, 10**9, places=6)


@given(decimals, st.sampled_from(list(MODES)))
def test_rounding_is_that_of_decimal(exact: Decimal, mode: Rounding) -> None:
    expected = exact.quantize(Decimal(1), rounding=MODES[mode], context=EXACT)
    assert rounded(Fraction(exact), mode) == int(expected)


@given(st.fractions(min_value=0, max_value=10**6), st.sampled_from(list(MODES)))
def test_rounding_is_never_a_whole_point_away(exact: Fraction, mode: Rounding) -> None:
    away = rounded(exact, mode) - exact
    assert -1 < away < 1
    assert mode is not Rounding.FLOOR or away <= 0
    assert mode is not Rounding.CEIL or away >= 0


def carrying(points: int, per: Decimal) -> Program:
    effect = {"kind": "PER_AMOUNT", "points": points, "per": per, "carry": True}
    rule = {"id": "r", "name": "r", "currency": "p", "effect": effect}
    return Program.model_validate(
        {
            "format": 1,
            "id": "p",
            "name": "p",
            "money": "EUR",
            "currencies": [{"id": "p", "name": "p"}],
            "earning_rules": [rule],
        }
    )


@given(
    st.lists(st.integers(0, 10**7), min_size=1, max_size=20),
    st.integers(1, 1_000),
    st.decimals(Decimal("0.01"), 1_000, places=2),
)
def test_carry_makes_many_purchases_earn_what_one_would(
    totals: list[int], points: int, per: Decimal
) -> None:
    program = carrying(points, per)
    carry, earned = Fraction(0), 0
    for total in totals:
        purchase = Purchase("till", "1", "mbr_1", NOW, "EUR", total)
        member = Circumstances(carry={("p", "r"): carry})
        [earning] = earn(purchase, program, member, line_bases(purchase, program))
        assert earning.carry is not None
        assert 0 <= earning.carry < 1
        carry, earned = earning.carry, earned + earning.points
    exact = Fraction(sum(totals), 100) * points / Fraction(per)
    assert earned == exact.numerator // exact.denominator
    assert carry == exact - earned


lives = st.tuples(
    st.integers(1, 50),
    st.one_of(st.none(), st.integers(-5, 5)),
    st.one_of(st.none(), st.integers(-5, 5)),
)


def filled(lots: list[tuple[int, int | None, int | None]]) -> Wallet:
    """A wallet of lots (points, usable in days, ends in days)."""
    wallet = Wallet()
    for points, usable, ends in lots:
        usable_at = None if usable is None else NOW + timedelta(days=usable)
        ends_at = None if ends is None else NOW + timedelta(days=ends)
        wanted = Credit(EntryKind.ACCRUAL, points, NOW, usable_at, ends_at)
        wallet = credit(wallet, "p", wanted).wallet
    return wallet


@given(st.lists(lives, max_size=12), st.integers(1, 300))
def test_a_debit_takes_the_usable_lots_that_expire_first(
    lots: list[tuple[int, int | None, int | None]], points: int
) -> None:
    wallet = filled(lots)
    before = wallet.account("p")
    if before.available(NOW) < points:
        with pytest.raises(Refused):
            debit(wallet, "p", Debit(EntryKind.REDEMPTION, points), NOW)
        return
    moved = debit(wallet, "p", Debit(EntryKind.REDEMPTION, points), NOW)
    after = moved.wallet.account("p")
    [entry] = moved.entries
    assert sum(a.amount for a in entry.allocations) == points == before.balance - after.balance
    assert entry.balance_after == after.balance
    by_id = {lot.id: lot for lot in before.lots}
    taken = {a.lot: a.amount for a in entry.allocations}
    assert all(by_id[lot].is_available(NOW) for lot in taken)
    assert {lot.id: lot.remaining for lot in after.lots} == {
        lot.id: lot.remaining - taken.get(lot.id, 0)
        for lot in before.lots
        if lot.remaining > taken.get(lot.id, 0)
    }
    latest = max(by_id[lot].expires_at or datetime.max for lot in taken)
    left = [lot for lot in after.lots if lot.is_available(NOW)]
    assert all((lot.expires_at or datetime.max) >= latest for lot in left)


@given(st.lists(lives, max_size=12))
def test_expiry_takes_what_is_over_and_nothing_else(
    lots: list[tuple[int, int | None, int | None]],
) -> None:
    wallet = filled(lots)
    moved = expire(wallet, NOW)
    before, after = wallet.account("p").lots, moved.wallet.account("p").lots
    assert after == tuple(lot for lot in before if not lot.is_expired(NOW))
    lost = sum(lot.remaining for lot in before if lot.is_expired(NOW))
    assert sum(e.points for e in moved.entries) == -lost
    assert expire(moved.wallet, NOW).entries == ()


@given(instants, st.integers(1, 36), st.sampled_from(ZONES))
def test_points_live_through_their_last_local_day_and_no_longer(
    earned_at: datetime, months: int, name: str
) -> None:
    zone = ZoneInfo(name)
    ends = expires_at(terms.Rolling(mode="ROLLING", months=months), earned_at, zone)
    assert ends is not None
    earned_on = earned_at.replace(tzinfo=UTC).astimezone(zone).date()
    last_day = add_months(earned_on, months)
    before = (ends - timedelta(microseconds=1)).replace(tzinfo=UTC).astimezone(zone)
    assert before.date() <= last_day
    assert ends.replace(tzinfo=UTC).astimezone(zone).date() > last_day
    if last_day != date(2011, 12, 30):  # the day that Samoa left out
        assert before.date() == last_day


@given(instants, st.integers(1, 12), st.integers(1, 28), st.integers(0, 24))
def test_a_fixed_date_keeps_points_long_enough_and_at_most_a_year_longer(
    earned_at: datetime, month: int, day: int, keep_months: int
) -> None:
    fixed = terms.FixedDate(mode="FIXED_DATE", month=month, day=day, keep_months=keep_months)
    ends = expires_at(fixed, earned_at, ZoneInfo("UTC"))
    assert ends is not None
    last_day = (ends - timedelta(days=1)).date()
    kept_until = add_months(earned_at.date(), keep_months)
    assert (last_day.month, last_day.day) == (month, day)
    assert kept_until <= last_day < kept_until + timedelta(days=367)
    assert ends.time() == time()


@given(st.dates(date(2000, 3, 1), date(2100, 1, 1)), st.integers(-60, 60))
def test_adding_months_moves_the_month_and_keeps_the_day_where_it_can(
    day: date, months: int
) -> None:
    moved = add_months(day, months)
    assert (moved.year - day.year) * 12 + moved.month - day.month == months
    assert moved.day == day.day or (moved + timedelta(days=1)).day == 1


steps = st.lists(st.tuples(st.integers(0, 1_200), st.integers(0, 5_000)), min_size=1, max_size=30)


@given(steps, st.booleans())
def test_a_tier_never_falls_and_a_full_window_has_promoted(
    bought: list[tuple[int, int]], in_order: bool
) -> None:
    tiers: list[dict[str, Any]] = [{"id": "a", "name": "a"}]
    tiers += [{"id": t, "name": t, "threshold": {"spend": n}} for t, n in (("b", 80), ("c", 200))]
    ladder = terms.Ladder.model_validate(
        {"id": "l", "name": "l", "window": "ROLLING_12M", "tiers": tiers}
    )
    course = Course(ladder, date(2024, 1, 1), 2)
    standing, rank, names = Standing(), 0, [None, "b", "c"]
    for offset, amount in sorted(bought) if in_order else bought:
        day = date(2024, 1, 1) + timedelta(days=offset)
        at = datetime.combine(day, time(12))
        standing = advanced(standing, course, Tally(amount, 1), Moment(at, day, day))
        newest = counted(standing, course, max(standing.tallies)).spend
        reached = names.index(standing.tier)
        assert reached >= rank
        assert reached >= (newest >= 8_000) + (newest >= 20_000)
        rank = reached


@given(instants, instants, st.integers(0, 2**60))
def test_keys_made_later_sort_later(first: datetime, second: datetime, rest: int) -> None:
    keys = uuid7(first, rest), uuid7(second, rest)
    assert all(is_time_ordered(key) for key in keys)
    gap = abs(second - first) >= timedelta(milliseconds=1)
    assert not gap or (keys[0] < keys[1]) == (first < second)


@given(st.text(max_size=40))
def test_only_canonical_uuid7_is_taken_for_ordered(text: str) -> None:
    assert not is_time_ordered(text)
    assert not is_time_ordered(uuid7(NOW, 1).upper())


@given(st.binary(max_size=16), st.integers(1, 10), st.integers(1, 10))
def test_a_chain_depends_on_the_line_and_on_the_one_before(
    previous: bytes, points: int, other: int
) -> None:
    record = {"seq": 1, "entries": [{"points": points}]}
    link = chain(previous, record)
    assert len(link) == 16
    assert chain(previous, record | {"chain": b"ignored"}) == link
    assert chain(previous + b"x", record) != link
    changed = {"seq": 1, "entries": [{"points": other}]}
    assert (chain(previous, changed) == link) == (points == other)
