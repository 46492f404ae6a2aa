"""What the clock ends: plans and passes whose time is over, cards that were not full in time."""

from dataclasses import replace
from datetime import datetime

from loyalty import program, sweeps
from loyalty.commands import Command
from loyalty.engine import Engine
from loyalty.plans import store
from loyalty.plans.service.stamping import open_card
from loyalty.states import Change, Fact, State
from loyalty.turns import Turn


async def lapse_due(engine: Engine, limit: int = 200) -> int:
    """Tell of what ended for up to `limit` members; return how many members had any."""
    due = await store.due_members(engine.mongo, engine.clock(), limit)
    version = await program.find_active(engine)
    passes = frozenset(timed.id for timed in version.program.passes) if version else frozenset()

    def decide(state: State, now: datetime) -> Change:
        turn = Turn(state, now)
        settle(turn, passes)
        return turn.change()

    return await sweeps.each(due, lambda member: engine.commits.submit(Command(member, decide)))


def settle(turn: Turn, passes: frozenset[str]) -> None:
    """Tell of everything that is over by now and was not told of, each once."""
    for card in turn.of(store.HOLDINGS).cards:
        open_card(turn, card, turn.now)
    for plan, held in turn.of(store.HOLDINGS).memberships.items():
        if held.due_at is None or turn.now < held.due_at:
            continue
        turn.put(
            store.HOLDINGS, turn.of(store.HOLDINGS).with_membership(plan, replace(held, told=True))
        )
        told = "PassEnded" if plan in passes else "PlanLapsed"
        turn.tell(Fact(told, {"plan": plan, "ended_at": held.due_at}))
