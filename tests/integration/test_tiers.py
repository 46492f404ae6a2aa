"""Ladders as members climb them in their documents: what is counted, taken back, kept and lost."""

import asyncio
from datetime import date, datetime

import pytest

from loyalty import activities, audit, members, program, tiers
from loyalty.commands import Command
from loyalty.engine import Engine
from loyalty.errors import Refusal, Refused
from loyalty.program.rules import Text
from loyalty.states import STATES, Change, State
from loyalty.tiers import (
    BenefitNotHeld,
    BenefitUnknown,
    BenefitUse,
    BenefitUsedForGood,
    BenefitUsedUp,
    Tally,
)
from loyalty.turns import Turn
from tests.engines import PLAIN, RICH, START, Clock, enrol, purchase, stored

FITTING = "{id: fitting, kind: SERVICE, name: Fitting, quota: {count: 2, per: QUARTER}}"
PORTRAIT = "{id: portrait, kind: SERVICE, name: Portrait, quota: {count: 1, per: EVER}}"
LASTING = RICH.replace(
    "    window: CALENDAR_YEAR\n",
    "    window: CALENDAR_YEAR\n    validity: {kind: PERIOD_END, grace_days: 30}\n",
).replace("benefits: [{id: double", f"benefits: [{FITTING}, {PORTRAIT}, {{id: double")


async def buy(engine: Engine, member: str, name: str, total: int) -> None:
    wanted = purchase(member, name, total, money="EUR", occurred_at=engine.clock())
    await activities.record_purchase(engine, wanted)


async def have(engine: Engine, member: str) -> dict[str, int]:
    """What counts towards the next tier of the first ladder."""
    state = await members.require(engine, member)
    terms = (await program.active(engine)).program
    progress = tiers.statuses(state, terms, engine.clock())[0].progress
    assert progress is not None
    return {criterion.metric: criterion.have for criterion in progress.criteria}


async def test_a_refund_takes_back_what_counted_and_leaves_the_tier(engine: Engine) -> None:
    await program.publish(engine, RICH)
    anna = await enrol(engine)
    await buy(engine, anna, "o-1", 12_000)
    assert await have(engine, anna) == {"SPEND": 12_000, "PURCHASES": 1}
    terms = (await program.active(engine)).program

    def refund(state: State, _now: object) -> Change:
        turn = Turn(state, engine.clock())
        tiers.undo(turn, terms, START, Tally(spend=5_000), {"status": 50})
        return turn.change()

    await engine.commits.submit(Command(anna, refund))
    assert await have(engine, anna) == {"SPEND": 7_000, "PURCHASES": 1}
    state = await members.require(engine, anna)
    assert tiers.current_tiers(state, terms, engine.clock())["main"].id == "silver"
    assert (state.section("tiers") or {})["main"]["tallies"] == {"2026-01-01": [7_000, 1, 70]}


async def standing(engine: Engine, member: str) -> tuple[str | None, list[str]]:
    """The tier that is stored on the first ladder, and the kinds of the facts that wait."""
    document = await stored(engine.mongo, member) or {}
    told = [fact["kind"] for fact in document["outbox"] if fact["kind"].startswith("Tier")]
    return document["tiers"]["main"]["tier"], told


async def gold(engine: Engine) -> str:
    """A member who reached gold on 2 March 2026 and has not come since."""
    await program.publish(engine, LASTING)
    anna = await enrol(engine)
    await buy(engine, anna, "o-1", 50_000)
    assert await standing(engine, anna) == ("gold", ["TierReached"])
    return anna


async def test_the_clock_keeps_and_takes_a_tier_once(engine: Engine, clock: Clock) -> None:
    anna = await gold(engine)
    assert await tiers.sweep(engine) == 0
    clock.present = datetime(2026, 12, 31, 23)  # midnight in Copenhagen
    assert await tiers.sweep(engine) == 1
    assert await standing(engine, anna) == ("gold", ["TierReached", "TierKept"])
    clock.present = datetime(2027, 12, 31, 23)
    assert await tiers.sweep(engine) == 1
    assert await standing(engine, anna) == ("gold", ["TierReached", "TierKept"])
    clock.present = datetime(2028, 1, 30, 22, 59)
    assert await tiers.sweep(engine) == 0
    clock.present = datetime(2028, 1, 30, 23)
    assert await tiers.sweep(engine) == 1
    assert await standing(engine, anna) == ("silver", ["TierReached", "TierKept", "TierLost"])
    assert await tiers.sweep(engine) == 0
    await engine.commits.drain()
    assert (await audit.verify(engine)).violations == []


async def test_readers_see_what_the_clock_did_before_it_is_written(
    engine: Engine, clock: Clock
) -> None:
    anna = await gold(engine)
    clock.present = datetime(2028, 1, 30, 23)
    state = await members.require(engine, anna)
    terms = (await program.active(engine)).program
    assert tiers.current_tiers(state, terms, clock())["main"].id == "silver"
    status = tiers.statuses(state, terms, clock())[0]
    assert (status.tier and status.tier.id, status.reached_at) == ("silver", clock())
    assert await standing(engine, anna) == ("gold", ["TierReached"])
    await engine.commits.drain()
    assert (await audit.verify(engine)).violations == []


async def test_a_purchase_that_comes_first_settles_the_tier_and_earns_by_what_is_left(
    engine: Engine, clock: Clock
) -> None:
    anna = await gold(engine)
    clock.present = datetime(2028, 1, 30, 23)
    await buy(engine, anna, "o-2", 1_000)
    told = ["TierReached", "TierKept", "TierLost"]
    assert await standing(engine, anna) == ("silver", told)
    state = await members.require(engine, anna)
    last = state.recent[-1]["entries"]
    earned = [e["points"] for e in last if (e["kind"], e["currency"]) == ("ACCRUAL", "points")]
    assert earned == [1]  # not doubled, as gold would
    assert await tiers.sweep(engine) == 0
    assert await standing(engine, anna) == ("silver", told)


async def test_sweeps_and_a_purchase_at_once_take_the_tier_once(
    engine: Engine, clock: Clock
) -> None:
    anna = await gold(engine)
    clock.present = datetime(2028, 1, 30, 23)
    await asyncio.gather(*(tiers.sweep(engine) for _ in range(5)), buy(engine, anna, "o-2", 1_000))
    assert await standing(engine, anna) == ("silver", ["TierReached", "TierKept", "TierLost"])


async def test_a_ladder_that_is_no_more_leaves_nothing_to_sweep(
    engine: Engine, clock: Clock
) -> None:
    anna = await gold(engine)
    await program.publish(engine, PLAIN)
    clock.present = datetime(2030, 1, 1)
    assert await tiers.sweep(engine) == 1
    assert await tiers.sweep(engine) == 0
    assert await standing(engine, anna) == ("gold", ["TierReached"])


def named(name: str) -> Text:
    return Text.model_validate(name)


async def use(engine: Engine, member: str, benefit: str, key: str) -> bool:
    """Use a benefit; tell whether it had been done before."""
    wanted = BenefitUse(member, benefit, key)
    return (await tiers.use_benefit(engine, wanted)).replayed


async def refused(engine: Engine, member: str, benefit: str, key: str) -> Refusal:
    """Try to use a benefit in vain; nothing is written."""
    before = await stored(engine.mongo, member)
    with pytest.raises(Refused) as found:
        await use(engine, member, benefit, key)
    assert await stored(engine.mongo, member) == before
    return found.value.refusal


async def test_a_benefit_is_used_within_its_quota(engine: Engine, clock: Clock) -> None:
    anna = await gold(engine)
    assert not await use(engine, anna, "fitting", "k-1")
    assert await use(engine, anna, "fitting", "k-1")
    assert not await use(engine, anna, "fitting", "k-2")
    used_up = BenefitUsedUp("fitting", named("Fitting"), 2, date(2026, 4, 1))
    assert await refused(engine, anna, "fitting", "k-3") == used_up
    clock.present = datetime(2026, 3, 31, 22)
    assert not await use(engine, anna, "fitting", "k-3")
    state = await members.require(engine, anna)
    terms = (await program.active(engine)).program
    left, _ = tiers.statuses(state, terms, clock())[0].allowances
    assert (left.benefit.id, left.used, left.left, left.again_on) == (
        "fitting", 1, 1, date(2026, 7, 1)
    )  # fmt: skip
    await engine.commits.drain()
    assert (await audit.verify(engine)).violations == []
    forged = {"$set": {"benefits.fitting": ["2026-04-01", 0]}}
    assert await engine.mongo.update_one(STATES, {"_id": anna}, forged) == 1
    [found] = (await audit.verify(engine)).violations
    assert found.rule == "uses_are_what_was_noted"


async def test_a_benefit_of_another_tier_or_of_none_is_refused(engine: Engine) -> None:
    anna = await gold(engine)
    bo = await enrol(engine, "bo")
    of_gold = BenefitNotHeld("fitting", named("Fitting"), "gold", named("Gold"))
    assert await refused(engine, bo, "fitting", "k") == of_gold
    assert await refused(engine, anna, "fiting", "k") == BenefitUnknown("fiting")


async def test_a_benefit_that_never_comes_back_is_used_up_for_good(
    engine: Engine, clock: Clock
) -> None:
    anna = await gold(engine)
    assert not await use(engine, anna, "portrait", "k-1")
    clock.present = datetime(2026, 12, 1)
    used_up = BenefitUsedForGood("portrait", named("Portrait"), 1)
    assert await refused(engine, anna, "portrait", "k-2") == used_up


async def test_the_last_use_goes_to_one_of_many_at_once(engine: Engine) -> None:
    anna = await gold(engine)
    calls = (use(engine, anna, "fitting", f"k-{n}") for n in range(200))
    done = await asyncio.gather(*calls, return_exceptions=True)
    assert sum(one is False for one in done) == 2
    assert sum(isinstance(one, Refused) for one in done) == 198
