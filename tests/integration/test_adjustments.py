"""Corrections by hand that one person alone may not make: asked for, then agreed to by another."""

import asyncio

import pytest

from loyalty import audit, program, wallets
from loyalty.commands import Outcome
from loyalty.engine import Engine
from loyalty.errors import KeyReused, Refused
from loyalty.states import STATES
from loyalty.walks import Walk
from loyalty.wallets import Adjustment, InsufficientPoints, refusals
from tests.engines import Clock, balance_of, enrol, steppable

PROGRAM = """
format: 1
id: corrections
name: Corrections
money: USD
currencies:
  - {id: points, name: points}
adjustments:
  limit: "1000"
  four_eyes_above: "100"
  roles:
    MARKETING: {limit: "50"}
"""


@pytest.fixture
async def engine(engine: Engine) -> Engine:
    await program.publish(engine, PROGRAM)
    return engine


def correction(member_id: str, points: int, key: str = "fix") -> Adjustment:
    return Adjustment(member_id, "points", points, key, "goodwill", "staff:anna")


async def ask(engine: Engine, wanted: Adjustment, *roles: str) -> str:
    asked = await wallets.adjustments.ask(engine, wanted, roles or ("SUPPORT",))
    assert isinstance(asked, tuple)
    return asked[0].id


async def test_two_people_who_agree_at_once_book_it_once(engine: Engine) -> None:
    anna = await enrol(engine)
    request = await ask(engine, correction(anna, 500))
    assert await ask(engine, correction(anna, 500)) == request
    await asyncio.gather(
        *(wallets.adjustments.approve(engine, request, f"staff:{n}") for n in range(5))
    )
    assert await balance_of(engine, anna) == 500
    assert await wallets.adjustments.waiting(engine, Walk(10)) == []
    assert (await audit.verify(engine)).violations == []


async def test_who_agrees_and_who_turns_down_at_once_do_not_both_have_their_way(
    engine: Engine,
) -> None:
    anna = await enrol(engine)
    for n in range(10):
        request = await ask(engine, correction(anna, 500, f"fix-{n}"))
        before = await balance_of(engine, anna)
        approved, rejected = await asyncio.gather(
            wallets.adjustments.approve(engine, request, "staff:bo"),
            wallets.adjustments.reject(engine, request, "staff:cy", "no"),
            return_exceptions=True,
        )
        assert isinstance(approved, Refused) != isinstance(rejected, Refused)
        booked = 0 if isinstance(approved, Refused) else 500
        assert await balance_of(engine, anna) == before + booked


async def test_what_was_agreed_to_is_booked_though_the_approver_died(
    engine: Engine, clock: Clock
) -> None:
    anna = await enrol(engine)
    request = await ask(engine, correction(anna, 500))

    async def die() -> None:
        raise ConnectionResetError

    steppable(engine).before["update_batch", STATES] = die
    with pytest.raises(ConnectionResetError):
        await wallets.adjustments.approve(engine, request, "staff:bo")
    assert await balance_of(engine, anna) == 0
    clock.advance(minutes=1)
    assert await wallets.adjustments.finish_open(engine) == 1
    assert await wallets.adjustments.finish_open(engine) == 0
    assert await balance_of(engine, anna) == 500


async def test_what_cannot_be_booked_waits_again(engine: Engine) -> None:
    anna = await enrol(engine)
    await wallets.adjust(engine, correction(anna, 100, "gift"))
    request = await ask(engine, correction(anna, -101))
    with pytest.raises(Refused) as refused:
        await wallets.adjustments.approve(engine, request, "staff:bo")
    assert refused.value.refusal == InsufficientPoints("points", 101, 100)
    [waits] = await wallets.adjustments.waiting(engine, Walk(10))
    assert (waits.id, waits.decided_by) == (request, None)
    await wallets.adjust(engine, correction(anna, 1, "more"))
    await wallets.adjustments.approve(engine, request, "staff:bo")
    assert await balance_of(engine, anna) == 0


async def test_each_role_has_its_limit_and_the_widest_counts(engine: Engine) -> None:
    anna = await enrol(engine)
    with pytest.raises(Refused) as refused:
        await wallets.adjustments.ask(engine, correction(anna, 51), ("MARKETING",))
    assert refused.value.refusal == refusals.AdjustmentTooLarge("points", 51, 50)
    with pytest.raises(Refused) as refused:
        await wallets.adjustments.ask(engine, correction(anna, -1_001), ("SUPPORT",))
    assert refused.value.refusal == refusals.AdjustmentTooLarge("points", 1_001, 1_000)
    assert await balance_of(engine, anna) == 0
    await wallets.adjustments.ask(engine, correction(anna, 50), ("MARKETING",))
    await wallets.adjustments.ask(engine, correction(anna, 100, "more"), ("SUPPORT", "MARKETING"))
    assert await balance_of(engine, anna) == 150


async def test_a_key_asks_for_one_correction(engine: Engine) -> None:
    anna = await enrol(engine)
    request = await ask(engine, correction(anna, 500))
    for other in (501, 1):  # one that would wait as well, and one that would be booked at once
        with pytest.raises(Refused) as refused:
            await wallets.adjustments.ask(engine, correction(anna, other), ("SUPPORT",))
        assert refused.value.refusal == KeyReused("fix")
    await wallets.adjustments.approve(engine, request, "staff:bo")
    assert await balance_of(engine, anna) == 500


async def test_a_key_that_booked_something_asks_for_nothing_else(engine: Engine) -> None:
    anna = await enrol(engine)
    await wallets.adjustments.ask(engine, correction(anna, 100, "a"), ("SUPPORT",))
    await wallets.spend(engine, wallets.Spending(anna, "points", 10, "b", "coffee"))
    for key in ("a", "b"):
        with pytest.raises(Refused) as refused:
            await ask(engine, correction(anna, 500, key))
        assert refused.value.refusal == KeyReused(key)
    assert await wallets.adjustments.waiting(engine, Walk(10)) == []


async def test_what_was_booked_at_once_is_not_asked_for_where_the_limit_is_lower_by_now(
    engine: Engine,
) -> None:
    anna = await enrol(engine)
    booked = await wallets.adjustments.ask(engine, correction(anna, 90), ("SUPPORT",))
    await program.publish(
        engine, PROGRAM.replace('four_eyes_above: "100"', 'four_eyes_above: "50"')
    )
    again = await wallets.adjustments.ask(engine, correction(anna, 90), ("SUPPORT",))
    assert isinstance(booked, Outcome)
    assert isinstance(again, Outcome)
    assert (again.replayed, again.result) == (True, booked.result)
    assert await balance_of(engine, anna) == 90
