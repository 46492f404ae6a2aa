"""The audit: clean after honest work, and each broken promise found by its name."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from loyalty import activities, audit, program, wallets
from loyalty.engine import Engine
from loyalty.states import LEDGER, RING_LIMIT, STATES
from loyalty.wallets import Adjustment, Spending
from tests.engines import PLAIN, RICH, START, Clock, Steppable, enrol, purchase
from tests.integration.conftest import OpenEngine

ACTIVITIES = "activities"
HISTORY = {  # what no longer fits where a record and its activity do not find each other
    "purchases_are_counted_once",
    "spend_is_the_sum_of_purchases",
    "tallies_are_what_was_counted",
}


async def shop(engine: Engine) -> str:
    """A member with more records than the ring holds: purchases, a redemption, corrections."""
    await program.publish(engine, RICH)
    anna = await enrol(engine)
    for n in range(RING_LIMIT + 5):
        wanted = purchase(anna, f"r-{n}", 1_500 + n, money="EUR")
        await activities.record_purchase(engine, wanted)
    await wallets.spend(engine, Spending(anna, "points", 20, "spend-1", "coffee"))
    await wallets.adjust(engine, Adjustment(anna, "status", 7, "adj-1", "goodwill", "staff:1"))
    await wallets.adjust(engine, Adjustment(anna, "status", -3, "adj-2", "mistake", "staff:1"))
    await engine.commits.drain()
    return anna


async def rules_broken(engine: Engine) -> set[str]:
    report = await audit.verify(engine)
    assert report.broken == len(report.violations)
    return {violation.rule for violation in report.violations}


async def test_honest_books_are_clean_and_add_up(engine: Engine) -> None:
    """The third purchase reaches gold, whose members earn double from the fourth on."""
    anna = await shop(engine)
    bo = await enrol(engine, "bo")
    seen: list[tuple[int, int]] = []
    report = await audit.verify(engine, lambda done, total: seen.append((done, total)))
    bought = [(1_500 + n, 1 if n < 3 else 2) for n in range(RING_LIMIT + 5)]
    assert anna != bo
    assert report.as_document() == {
        "members": 2,
        "entries": 3 * len(bought) + 3,
        "purchases": len(bought),
        "balances": {
            "credit": sum((total * 5 * factor + 50) // 100 for total, factor in bought),
            "points": sum(total * factor for total, factor in bought) // 1000 - 20,
            "status": sum(total // 100 for total, _ in bought) + 4,
        },
        "violations": [],
    }
    assert seen == [(2, 2)]


async def test_an_empty_database_is_clean(engine: Engine) -> None:
    report = await audit.verify(engine)
    assert report.as_document() == {
        "members": 0, "entries": 0, "purchases": 0, "balances": {}, "violations": []
    }  # fmt: skip


async def change_state(engine: Engine, anna: str, change: dict[str, Any]) -> None:
    assert await engine.mongo.update_one(STATES, {"_id": anna}, change) == 1


async def change_line(engine: Engine, anna: str, seq: int, change: dict[str, Any]) -> None:
    assert await engine.mongo.update_one(LEDGER, {"member": anna, "seq": seq}, change) == 1


Forgery = Callable[[Engine, str], Awaitable[None]]


async def raise_balance(engine: Engine, anna: str) -> None:
    await change_state(engine, anna, {"$inc": {"wallet.accounts.points.balance": 1}})


async def fatten_a_lot(engine: Engine, anna: str) -> None:
    change = {
        "wallet.accounts.points.balance": 1,
        "wallet.accounts.points.lots.0.amount": 1,
        "wallet.accounts.points.lots.0.remaining": 1,
    }
    await change_state(engine, anna, {"$inc": change})


async def edit_a_line(engine: Engine, anna: str) -> None:
    await change_line(engine, anna, 2, {"$set": {"entries.0.explanation.base": "9999"}})


async def lose_a_line(engine: Engine, anna: str) -> None:
    assert await engine.mongo.delete_many(LEDGER, {"member": anna, "seq": 3}) == 1


async def edit_the_ring(engine: Engine, anna: str) -> None:
    await change_state(engine, anna, {"$set": {"recent.0.entries.0.points": 999}})


async def repeat_a_key(engine: Engine, anna: str) -> None:
    first = await engine.mongo.find_one(LEDGER, {"member": anna, "seq": 1})
    assert first is not None
    await change_line(engine, anna, 2, {"$set": {"key": first["key"]}})


async def lower_the_watermark(engine: Engine, anna: str) -> None:
    await change_state(engine, anna, {"$set": {"watermark": "0"}})


async def overdraw(engine: Engine, anna: str) -> None:
    """Let the redemption take from a lot that never was."""
    change = {"$set": {"recent.$[r].entries.0.allocations.0.lot": "none"}}
    await engine.mongo.database[STATES].update_one(
        {"_id": anna}, change, array_filters=[{"r.key": "spend-1"}]
    )


async def count_a_purchase_twice(engine: Engine, anna: str) -> None:
    await change_state(engine, anna, {"$inc": {"activity.purchases": 1}})


async def count_too_much_for_the_tier(engine: Engine, anna: str) -> None:
    await change_state(engine, anna, {"$set": {"tiers.main.tallies.2026-01-01.0": 10**9}})


async def demote(engine: Engine, anna: str) -> None:
    await change_state(engine, anna, {"$set": {"tiers.main.tier": "basic"}})


async def lose_an_activity(engine: Engine, anna: str) -> None:
    assert await engine.mongo.delete_many(ACTIVITIES, {"activity_id": "r-1"}) == 1


async def claim_without_a_record(engine: Engine, anna: str) -> None:
    document = {"_id": "purchase:till:x", "kind": "purchase", "member": anna, "key": "x"}
    await engine.mongo.insert_new(ACTIVITIES, [document])


async def leave_a_claim_open(engine: Engine, anna: str) -> None:
    document = {"_id": "purchase:till:x", "kind": "purchase", "member": anna, "key": "x"}
    late = START - timedelta(hours=1)
    await engine.mongo.insert_new(ACTIVITIES, [document | {"open_since": late}])


async def write_ahead(engine: Engine, anna: str) -> None:
    line = {"_id": f"{anna}:0000009999", "member": anna, "seq": 9999, "key": None}
    await engine.mongo.insert_new(LEDGER, [line | {"entries": [], "chain": b""}])


async def write_for_nobody(engine: Engine, anna: str) -> None:
    line = {"_id": "mbr_zz:0000000001", "member": "mbr_zz", "seq": 1, "key": None}
    await engine.mongo.insert_new(LEDGER, [line | {"entries": [], "chain": b""}])


async def claim_for_nobody(engine: Engine, anna: str) -> None:
    document = {"_id": "purchase:till:x", "kind": "purchase", "member": "mbr_0", "key": "x"}
    await engine.mongo.insert_new(ACTIVITIES, [document])


async def forget_the_next_expiry(engine: Engine, anna: str) -> None:
    await change_state(engine, anna, {"$unset": {"wallet.expires_next_at": ""}})


@pytest.mark.parametrize(
    ("forge", "rules"),
    [
        (raise_balance, {"balance_is_the_sum_of_entries", "balance_is_the_sum_of_lots"}),
        (fatten_a_lot, {"balance_is_the_sum_of_entries", "lots_are_what_entries_left"}),
        (edit_a_line, {"chain_is_unbroken"}),
        (
            lose_a_line,
            {
                "chain_is_unbroken",
                "balance_after_is_the_running_sum",
                "balance_is_the_sum_of_entries",
                "lots_are_what_entries_left",
                *HISTORY,
                "noted_activities_have_their_record",
            },
        ),
        (
            edit_the_ring,
            {
                "chain_is_unbroken",
                "balance_after_is_the_running_sum",
                "balance_is_the_sum_of_entries",
                "lots_are_what_entries_left",
            },
        ),
        (
            repeat_a_key,
            {
                "chain_is_unbroken",
                "one_record_per_key",
                "accruals_have_their_activity",
                *HISTORY,
                "noted_activities_have_their_record",
            },
        ),
        (lower_the_watermark, {"watermark_covers_the_ledger"}),
        (
            overdraw,
            {"chain_is_unbroken", "lots_are_never_overdrawn", "lots_are_what_entries_left"},
        ),
        (count_a_purchase_twice, {"purchases_are_counted_once"}),
        (
            count_too_much_for_the_tier,
            {"tiers_count_what_was_bought", "tallies_are_what_was_counted"},
        ),
        (demote, {"a_met_threshold_promotes", "tiers_are_what_was_reached"}),
        (lose_an_activity, {"accruals_have_their_activity", *HISTORY}),
        (claim_without_a_record, {"noted_activities_have_their_record"}),
        (leave_a_claim_open, {"activities_are_finished"}),
        (write_ahead, {"ledger_is_behind_the_state"}),
        (write_for_nobody, {"lines_belong_to_members"}),
        (claim_for_nobody, {"activities_belong_to_members"}),
        (forget_the_next_expiry, {"next_expiry_is_known"}),
    ],
)
async def test_a_forgery_is_found_by_the_promise_it_breaks(
    engine: Engine, forge: Forgery, rules: set[str]
) -> None:
    anna = await shop(engine)
    assert await rules_broken(engine) == set()
    await forge(engine, anna)
    assert await rules_broken(engine) == rules


async def test_a_violation_tells_whose_and_where_without_personal_data(engine: Engine) -> None:
    anna = await shop(engine)
    await raise_balance(engine, anna)
    first = (await audit.verify(engine)).as_document()["violations"][0]
    assert first["member"] == anna
    assert first["rule"] == "balance_is_the_sum_of_entries"
    report = await audit.verify(engine)
    points = report.balances["points"]
    assert first["detail"] == f"points: {points + 1}, entries give {points}"


async def test_an_audit_during_work_finds_nothing(
    engine: Engine, open_process: OpenEngine, clock: Clock
) -> None:
    """Between the reading of the state and of the ledger the ring is trimmed, twice over."""
    await program.publish(engine, PLAIN)
    anna, other = await enrol(engine), await open_process()
    for n in range(RING_LIMIT + 3):
        await activities.record_purchase(other, purchase(anna, f"r-{n}", 500))

    async def work() -> None:
        for n in range(2 * RING_LIMIT):
            await activities.record_purchase(other, purchase(anna, f"s-{n}", 700))

    mongo = engine.mongo
    assert isinstance(mongo, Steppable)
    mongo.before["find", LEDGER] = work
    report = await audit.verify(engine)
    assert report.violations == []
    assert report.purchases == RING_LIMIT + 3
    assert report.balances == {"points": 5 * (RING_LIMIT + 3)}

    mongo.after["find", STATES] = lambda: enrol_and_buy(other)
    assert (await audit.verify(engine)).violations == []


async def enrol_and_buy(engine: Engine) -> None:
    bo = await enrol(engine, "bo")
    await activities.record_purchase(engine, purchase(bo, "t-1", 500))
    await engine.commits.drain()
