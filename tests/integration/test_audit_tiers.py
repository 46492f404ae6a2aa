"""The audit of what was reached: tiers, tallies and counters by activities, lots and identities."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from loyalty import activities, audit, members, program
from loyalty.activities import Event
from loyalty.engine import Engine
from loyalty.states import RING_LIMIT, STATES, State
from tests.engines import PLAIN, RICH, START, Clock, enrol, line, purchase

LADDERS = (
    RICH
    + """
  - id: long
    name: Long
    window: ROLLING_12M
    points_currency: status
    tiers:
      - {id: one, name: One, threshold: {points: 20}}
      - {id: two, name: Two, threshold: {points: 100000}}
  - {id: ever, name: Ever, window: LIFETIME, tiers: [{id: all, name: All}]}
  - id: round
    name: Round
    window: ANNIVERSARY
    tiers: [{id: low, name: Low}, {id: high, name: High, threshold: {purchases: 4}}]
"""
)
OTHER_TAX = LADDERS.replace("currencies:", "earn_base: {tax: EXCLUDED}\ncurrencies:", 1)


async def buy(engine: Engine, member: str, purchase_id: str, total: int, **named: Any) -> None:
    wanted = purchase(member, purchase_id, total, money="EUR", **named)
    await activities.record_purchase(engine, wanted)


async def shop(engine: Engine) -> str:
    """A member below gold, with a late report, shipping, tax, points for payment and an event."""
    await program.publish(engine, LADDERS)
    anna = await enrol(engine)
    await buy(engine, anna, "late", 900, occurred_at=START - timedelta(days=500))
    await buy(engine, anna, "lines", 1_500, lines=(line(1_000, tax=200), line(451)), shipping=49)
    await buy(engine, anna, "paid", 2_000, points_payment=333)
    await buy(engine, anna, "nothing", 49, shipping=49)
    await activities.record_event(engine, Event("app", "e-1", anna, START, "review"))
    await activities.record_event(engine, Event("app", "e-2", anna, START, "unheard-of"))
    await engine.commits.drain()
    return anna


async def rules_broken(engine: Engine) -> set[str]:
    return {violation.rule for violation in (await audit.verify(engine)).violations}


async def state_of(engine: Engine, anna: str) -> State:
    return await members.require(engine, anna)


async def change(engine: Engine, anna: str, **steps: Any) -> None:
    update = {f"${step}": fields for step, fields in steps.items()}
    assert await engine.mongo.update_one(STATES, {"_id": anna}, update) == 1


async def promote(engine: Engine, anna: str) -> None:
    await change(engine, anna, set={"tiers.long.tier": "two"})


async def invent_a_ladder(engine: Engine, anna: str) -> None:
    standing = {"tier": "gold", "reached_at": START, "tallies": {}}
    await change(engine, anna, set={"tiers.other": standing})


async def reach_it_earlier(engine: Engine, anna: str) -> None:
    await change(engine, anna, set={"tiers.long.reached_at": datetime(2001, 1, 1)})


async def lower_a_tally(engine: Engine, anna: str) -> None:
    await change(engine, anna, inc={"tiers.main.tallies.2026-01-01.0": -100})


async def raise_qualifying_points(engine: Engine, anna: str) -> None:
    await change(engine, anna, inc={"tiers.main.tallies.2026-01-01.2": 50})


async def forget_the_tiers(engine: Engine, anna: str) -> None:
    await change(engine, anna, unset={"tiers": ""})


async def raise_spend(engine: Engine, anna: str) -> None:
    await change(engine, anna, inc={"activity.spend": 100_000})


async def buy_later(engine: Engine, anna: str) -> None:
    await change(engine, anna, set={"activity.last_at": START + timedelta(days=9)})


async def keep_points_longer(engine: Engine, anna: str) -> None:
    """Move every lot's end a year, and the wallet's next end with them."""
    wallet = (await state_of(engine, anna)).section("wallet")
    assert wallet is not None
    year = timedelta(days=365)
    for account in wallet["accounts"].values():
        for lot in account["lots"]:
            if "expires_at" in lot:
                lot["expires_at"] += year
    wallet["expires_next_at"] += year
    await change(engine, anna, set={"wallet": wallet})


async def use_points_sooner(engine: Engine, anna: str) -> None:
    await change(engine, anna, unset={"wallet.accounts.credit.lots.0.available_at": ""})


async def fatten_what_a_lot_was(engine: Engine, anna: str) -> None:
    await change(engine, anna, inc={"wallet.accounts.status.lots.0.amount": 1})


async def lose_the_identity(engine: Engine, anna: str) -> None:
    assert await engine.mongo.delete_many("identities", {"member": anna}) == 1


async def give_the_identity_away(engine: Engine, anna: str) -> None:
    bo = await enrol(engine, "bo")
    assert await engine.mongo.update_one(
        "identities", {"_id": "external:anna"}, {"$set": {"member": bo}}
    )


async def lose_the_version(engine: Engine, anna: str) -> None:
    await program.publish(engine, PLAIN)
    assert await engine.mongo.delete_many("program_versions", {"_id": 1}) == 1


@pytest.mark.parametrize(
    ("forge", "rules"),
    [
        (promote, {"tiers_are_what_was_reached"}),
        (invent_a_ladder, {"tiers_are_what_was_reached"}),
        (reach_it_earlier, {"tiers_are_what_was_reached"}),
        (lower_a_tally, {"tallies_are_what_was_counted"}),
        (raise_qualifying_points, {"tallies_are_what_was_counted"}),
        (forget_the_tiers, {"tiers_are_what_was_reached", "tallies_are_what_was_counted"}),
        (raise_spend, {"spend_is_the_sum_of_purchases"}),
        (buy_later, {"first_and_last_purchase_are_known"}),
        (keep_points_longer, {"lots_keep_their_dates"}),
        (use_points_sooner, {"lots_keep_their_dates"}),
        (fatten_what_a_lot_was, {"lots_are_what_entries_left"}),
        (lose_the_identity, {"external_ids_lead_to_their_member"}),
        (give_the_identity_away, {"external_ids_lead_to_their_member"}),
        (lose_the_version, {"versions_are_kept"}),
    ],
)
async def test_a_forgery_is_found_by_the_promise_it_breaks(
    engine: Engine, forge: Callable[[Engine, str], Awaitable[None]], rules: set[str]
) -> None:
    anna = await shop(engine)
    assert await rules_broken(engine) == set()
    await forge(engine, anna)
    assert await rules_broken(engine) == rules


async def test_each_record_counts_by_the_version_its_entries_name(
    engine: Engine, clock: Clock
) -> None:
    anna = await enrol(engine)
    sources = (LADDERS, OTHER_TAX, PLAIN.replace("USD", "EUR"), LADDERS, OTHER_TAX)
    for number, source in enumerate(sources):
        await program.publish(engine, source)
        clock.advance(days=100)
        for n in range(RING_LIMIT // 2):
            named = {"occurred_at": clock(), "lines": (line(5_000, tax=1_000),)}
            await buy(engine, anna, f"v{number}-{n}", 5_000, **named)
    await engine.commits.drain()
    assert await rules_broken(engine) == set()
    await raise_spend(engine, anna)
    await promote(engine, anna)
    assert await rules_broken(engine) == {
        "spend_is_the_sum_of_purchases",
        "tiers_are_what_was_reached",
    }


async def test_what_gave_no_points_is_compared_by_the_version_its_record_names(
    engine: Engine,
) -> None:
    """A purchase that gave no points counts for spend with tax in one version, without in one."""
    anna = await shop(engine)
    await program.publish(engine, OTHER_TAX)
    await buy(engine, anna, "small", 5, lines=(line(5, tax=2),))
    await engine.commits.drain()
    assert await rules_broken(engine) == set()
    await raise_spend(engine, anna)
    await promote(engine, anna)
    expected = {"spend_is_the_sum_of_purchases", "tiers_are_what_was_reached"}
    assert await rules_broken(engine) == expected
    await buy_later(engine, anna)
    assert await rules_broken(engine) == {*expected, "first_and_last_purchase_are_known"}
