"""Ladders as members climb them in their documents: what is counted, taken back, kept and lost."""

from loyalty import activities, members, program, tiers
from loyalty.commands import Command
from loyalty.engine import Engine
from loyalty.states import Change, State
from loyalty.tiers import Tally
from loyalty.turns import Turn
from tests.engines import RICH, START, enrol, purchase


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
    assert tiers.current_tiers(state, terms)["main"].id == "silver"
    assert (state.section("tiers") or {})["main"]["tallies"] == {"2026-01-01": [7_000, 1, 70]}
