"""What wallets do that takes more than one document or more than one moment, on a real MongoDB."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from loyalty import activities, audit, chores, members, program, reactions, wallets
from loyalty.activities import Refund
from loyalty.engine import Engine
from loyalty.errors import Refused
from loyalty.program import terms
from loyalty.states import STATES
from loyalty.wallets import Adjustment, InsufficientPoints, Spending, refusals
from tests.engines import Clock, balance_of, enrol, purchase, records_of, stored
from tests.integration.conftest import OpenEngine

PROGRAM = """
format: 1
id: wallets
name: Wallets
money: USD
currencies:
  - {id: points, name: points, transfers: {per_month: 500}}
  - id: card
    kind: PREPAID
    name: card
    top_ups:
      - {id: hundred, name: hundred, pay: "100.00", get: "130.00"}
earning_rules:
  - {id: one, name: one, currency: points, effect: {kind: PER_AMOUNT, points: 1, per: "1.00"}}
"""
CARD = terms.CountedName.model_validate("card")


@pytest.fixture
async def engine(engine: Engine) -> Engine:
    await program.publish(engine, PROGRAM)
    return engine


async def give(engine: Engine, member_id: str, points: int, currency: str = "points") -> None:
    wanted = Adjustment(member_id, currency, points, engine.new_id(), "gift", "staff:1")
    await wallets.adjust(engine, wanted)


async def work(engine: Engine) -> None:
    while await reactions.react(engine, can_send=False) + await chores.sweep(engine):
        pass


async def books_are_right(engine: Engine) -> bool:
    return (await audit.verify(engine)).violations == []


async def leave(engine: Engine, member_id: str) -> None:
    await engine.mongo.update_one(
        STATES, {"_id": member_id}, {"$set": {"profile.status": "CLOSED"}}
    )


# Transfers


def gift(sender: str, receiver: str, points: int, key: str) -> wallets.transfers.Transfer:
    return wallets.transfers.Transfer(sender, receiver, "points", points, key)


async def test_a_gift_whose_receiver_has_left_comes_back_once(
    engine: Engine, open_process: OpenEngine
) -> None:
    anna, bo = await enrol(engine, "anna"), await enrol(engine, "bo")
    await give(engine, anna, 100)
    await wallets.transfers.send(engine, gift(anna, bo, 60, "gift"))
    assert (await balance_of(engine, anna), await balance_of(engine, bo)) == (40, 0)
    await leave(engine, bo)
    other = await open_process()
    await work(other)
    assert (await balance_of(other, anna), await balance_of(other, bo)) == (100, 0)
    entry = (await records_of(other.mongo, anna))[-1]["entries"][0]
    assert (entry["kind"], entry["points"]) == ("TRANSFER_IN", 60)
    assert entry["explanation"]["kind"] == "TRANSFER_RETURNED"
    state = await members.require(other, anna)
    assert wallets.wallet_of(state).account("points").sent == ("2026-03", 0)
    assert await books_are_right(other)


async def test_a_gift_arrives_once_however_often_its_fact_is_handed_over(engine: Engine) -> None:
    anna, bo = await enrol(engine, "anna"), await enrol(engine, "bo")
    await give(engine, anna, 100)
    await wallets.transfers.send(engine, gift(anna, bo, 60, "gift"))
    fact = (await stored(engine.mongo, anna) or {})["outbox"][-1]
    told = {"_id": fact["id"], "member": anna, **fact}
    await asyncio.gather(*(wallets.transfers.receive(engine, told) for _ in range(5)))
    await work(engine)
    assert (await balance_of(engine, anna), await balance_of(engine, bo)) == (40, 60)
    assert await books_are_right(engine)


@pytest.mark.parametrize("stays", [True, False])
async def test_a_gift_on_its_way_when_its_points_end_is_not_given_a_second_life(
    engine: Engine, clock: Clock, *, stays: bool
) -> None:
    rolling = PROGRAM.replace("{id: points,", "{id: points, expiry: {mode: ROLLING, months: 1},")
    await program.publish(engine, rolling)
    anna, bo = await enrol(engine, "anna"), await enrol(engine, "bo")
    await give(engine, anna, 100)
    state = await members.require(engine, anna)
    [end] = wallets.wallet_of(state).account("points").expiries
    clock.present = end - timedelta(seconds=1)
    await wallets.transfers.send(engine, gift(anna, bo, 60, "gift"))
    if not stays:
        await leave(engine, bo)
    clock.advance(seconds=2)
    await work(engine)
    entries = (await records_of(engine.mongo, bo if stays else anna))[-1]["entries"]
    moved = [(e["kind"], e["points"]) for e in entries if abs(e["points"]) == 60]
    assert moved == [("TRANSFER_IN", 60), ("EXPIRY", -60)]
    assert (await balance_of(engine, anna), await balance_of(engine, bo)) == (0, 0)
    assert await books_are_right(engine)


async def test_many_gifts_at_once_never_pass_the_month_s_limit(engine: Engine) -> None:
    anna, bo = await enrol(engine, "anna"), await enrol(engine, "bo")
    await give(engine, anna, 10_000)
    sent = await asyncio.gather(
        *(wallets.transfers.send(engine, gift(anna, bo, 30, f"gift-{n}")) for n in range(40)),
        return_exceptions=True,
    )
    refused = [s.refusal for s in sent if isinstance(s, Refused)]
    assert len(sent) - len(refused) == 16
    assert set(refused) == {refusals.TransferTooLarge("points", 30, 20, "MONTH")}
    await work(engine)
    assert (await balance_of(engine, anna), await balance_of(engine, bo)) == (9_520, 480)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"receiver_id": "mbr_nobody"}, refusals.ReceiverUnknown("mbr_nobody")),
        (
            {"currency": "card"},
            refusals.TransferNotOffered("card", CARD),
        ),
        ({"currency": "other"}, refusals.CurrencyUnknown("other")),
        ({"points": 501}, refusals.TransferTooLarge("points", 501, 500, "MONTH")),
        ({"points": 101}, InsufficientPoints("points", 101, 100)),
    ],
)
async def test_a_gift_that_may_not_be_leaves_everything_as_it_was(
    engine: Engine, change: dict[str, Any], refusal: object
) -> None:
    anna, bo = await enrol(engine, "anna"), await enrol(engine, "bo")
    await give(engine, anna, 100)
    before = [await stored(engine.mongo, member) for member in (anna, bo)]
    with pytest.raises(Refused) as refused:
        await wallets.transfers.send(engine, replace(gift(anna, bo, 5, "gift"), **change))
    assert refused.value.refusal == refusal
    assert [await stored(engine.mongo, member) for member in (anna, bo)] == before


# Prepaid credit


async def top_up(engine: Engine, member_id: str, key: str = "top-up") -> str:
    wanted = wallets.prepaid.Purchase(member_id, "card", "hundred", key)
    top_up_id: str = (await wallets.prepaid.top_up(engine, wanted)).result["top_up"]
    return top_up_id


async def test_100_paid_is_130_of_credit_in_two_lots_and_the_bonus_goes_first(
    engine: Engine,
) -> None:
    anna = await enrol(engine)
    top_up_id = await top_up(engine, anna)
    assert await top_up(engine, anna) == top_up_id
    assert await balance_of(engine, anna, "card") == 13_000
    await wallets.spend(engine, Spending(anna, "card", 4_000, "spend", "haircut"))
    account = wallets.wallet_of(await members.require(engine, anna)).account("card")
    assert (account.paid, account.total) == (9_000, 9_000)
    paid_back = await wallets.prepaid.pay_back(engine, top_up_id, "back", "moved away")
    assert paid_back.result["paid_back"] == 9_000
    assert await balance_of(engine, anna, "card") == 0
    again = await wallets.prepaid.pay_back(engine, top_up_id, "back", "moved away")
    assert (again.replayed, again.result["paid_back"]) == (True, 9_000)
    with pytest.raises(Refused) as refused:
        await wallets.prepaid.pay_back(engine, top_up_id, "back-2", "moved away")
    assert refused.value.refusal == refusals.NothingToPayBack(top_up_id)
    assert await books_are_right(engine)


async def test_a_top_up_that_is_paid_back_takes_its_own_bonus_and_no_other(engine: Engine) -> None:
    anna = await enrol(engine)
    first, _ = await top_up(engine, anna, "one"), await top_up(engine, anna, "two")
    paid_back = await wallets.prepaid.pay_back(engine, first, "back", "moved away")
    assert paid_back.result["paid_back"] == 10_000
    account = wallets.wallet_of(await members.require(engine, anna)).account("card")
    assert (account.paid, account.total) == (10_000, 13_000)
    said = [(e["kind"], e["points"]) for e in (await records_of(engine.mongo, anna))[-1]["entries"]]
    assert said == [("RELEASE", -10_000), ("CLAWBACK", -3_000)]


async def test_a_top_up_that_is_not_sold_or_not_there_is_refused(engine: Engine) -> None:
    anna = await enrol(engine)
    before = await stored(engine.mongo, anna)
    wanted = wallets.prepaid.Purchase(anna, "card", "thousand", "key")
    with pytest.raises(Refused) as refused:
        await wallets.prepaid.top_up(engine, wanted)
    assert refused.value.refusal == refusals.TopUpUnknown("card", "thousand")
    for top_up_id in ("", "top_", f"top_{anna[4:]}_7", "hld_1_2_3"):
        with pytest.raises(Refused) as refused:
            await wallets.prepaid.pay_back(engine, top_up_id, "key", "why")
        assert refused.value.refusal == refusals.NothingToPayBack(top_up_id)
    assert await stored(engine.mongo, anna) == before


# Holds


async def test_many_holds_and_spends_at_once_never_take_more_than_there_is(engine: Engine) -> None:
    anna = await enrol(engine)
    await give(engine, anna, 100)

    async def hold(n: int) -> str:
        wanted = wallets.holds.Setting(anna, "points", 10, 60, f"hold-{n}", "mug")
        held: str = (await wallets.holds.place(engine, wanted)).result["hold"]
        return held

    spends = [Spending(anna, "points", 10, f"spend-{n}", "mug") for n in range(20)]
    done = await asyncio.gather(
        *(hold(n) for n in range(20)),
        *(wallets.spend(engine, wanted) for wanted in spends),
        return_exceptions=True,
    )
    held = [made for made in done[:20] if isinstance(made, str)]
    assert len(set(held)) == len(held)
    assert sum(not isinstance(made, Refused) for made in done) == 10
    await asyncio.gather(*(wallets.holds.spend_held(engine, name, f"c{name}") for name in held))
    assert await balance_of(engine, anna) == 0
    assert await books_are_right(engine)


async def test_a_hold_outlives_its_lot_and_what_comes_back_late_expires(
    engine: Engine, clock: Clock
) -> None:
    rolling = PROGRAM.replace("{id: points,", "{id: points, expiry: {mode: ROLLING, months: 1},")
    await program.publish(engine, rolling)
    anna = await enrol(engine)
    await give(engine, anna, 100)
    clock.advance(days=10)
    holds = [
        wallets.holds.Setting(anna, "points", 30, 2_592_000, "spent", "mug"),
        wallets.holds.Setting(anna, "points", 20, 2_592_000, "let go", "mug"),
        wallets.holds.Setting(anna, "points", 10, 2_592_000, "run out", "mug"),
    ]
    names = [(await wallets.holds.place(engine, wanted)).result["hold"] for wanted in holds]
    clock.advance(days=22)  # the lot ended with 2 April
    await work(engine)
    assert await balance_of(engine, anna) == 60
    await wallets.holds.spend_held(engine, names[0], "confirm")
    assert await balance_of(engine, anna) == 30
    await wallets.holds.let_go(engine, names[1], "release")
    assert await balance_of(engine, anna) == 10
    clock.advance(days=8)
    await work(engine)
    assert await balance_of(engine, anna) == 0
    assert await books_are_right(engine)


@pytest.mark.parametrize("ending", ["let go", "run out"])
async def test_what_a_hold_lets_go_pays_what_a_refund_left_owed(
    engine: Engine, clock: Clock, ending: str
) -> None:
    """Earned 110, taken back 100, spent 10: nothing is left, and nothing of it is owed twice."""
    terms = "expiry: {mode: ROLLING, months: 1}, negative_balance: ALLOW_NEGATIVE,"
    await program.publish(engine, PROGRAM.replace("{id: points,", f"{{id: points, {terms}"))
    anna = await enrol(engine)
    await activities.record_purchase(engine, purchase(anna, "p-1", 10_000))
    wanted = wallets.holds.Setting(anna, "points", 100, 3_600, "hold", "mug")
    name = (await wallets.holds.place(engine, wanted)).result["hold"]
    await activities.record_refund(engine, Refund("till", "r-1", clock(), "till", "p-1"))
    if ending == "let go":
        await wallets.holds.let_go(engine, name, "release")
    else:
        clock.advance(hours=1)
        await work(engine)
    [entry] = (await records_of(engine.mongo, anna))[-1]["entries"]
    assert (entry["kind"], entry["points"], entry["balance_after"]) == ("CLAWBACK", 0, 0)
    account = wallets.wallet_of(await members.require(engine, anna)).account("points")
    assert (account.lots, account.arrears, account.expiries) == ((), 0, {})
    await activities.record_purchase(engine, purchase(anna, "p-2", 1_000, occurred_at=clock()))
    await wallets.spend(engine, Spending(anna, "points", 10, "spend", "tea"))
    clock.advance(days=40)
    await work(engine)
    assert await balance_of(engine, anna) == 0
    assert await books_are_right(engine)


async def test_there_are_at_most_fifty_holds_and_unknown_ones_are_refused(engine: Engine) -> None:
    anna = await enrol(engine)
    await give(engine, anna, 100)
    for n in range(50):
        await wallets.holds.place(
            engine, wallets.holds.Setting(anna, "points", 1, 60, f"hold-{n}", "mug")
        )
    before = await stored(engine.mongo, anna)
    wanted = wallets.holds.Setting(anna, "points", 1, 60, "hold-50", "mug")
    with pytest.raises(Refused) as refused:
        await wallets.holds.place(engine, wanted)
    assert refused.value.refusal == refusals.TooManyHolds(50)
    for name in ("", "hld_x", f"hld_{anna[4:]}_1_9"):
        with pytest.raises(Refused) as refused:
            await wallets.holds.spend_held(engine, name, "key")
        assert refused.value.refusal == refusals.HoldUnknown(name)
    assert await stored(engine.mongo, anna) == before
