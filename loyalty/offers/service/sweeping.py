"""What the clock makes due: offers run out, reservations lapse, doubts settle, lines move."""

from datetime import datetime

from loyalty import sweeps
from loyalty.commands import Command
from loyalty.engine import Engine
from loyalty.offers import store
from loyalty.offers.service import stocking
from loyalty.offers.service.asking import PlansOf
from loyalty.offers.service.settling import settle
from loyalty.states import Change, State
from loyalty.turns import Turn


async def sweep(engine: Engine, limit: int, plans_of: PlansOf | None = None) -> int:
    """End what has run out for up to `limit` members, and serve as many of each line.

    Without `plans_of` who needs a plan is left in line. Returns how much was done.
    Raises Unavailable.
    """

    def decide(state: State, now: datetime) -> Change:
        turn = Turn(state, now)
        settle(turn)
        return turn.change()

    due = await store.helds.due_members(engine.mongo, engine.clock(), limit)
    ended = await sweeps.each(due, lambda member: engine.commits.submit(Command(member, decide)))
    settled = await stocking.settle_units(engine, limit)
    served = [
        await stocking.serve(engine, offer, plans_of, limit) for offer in await _lines(engine)
    ]
    return ended + settled + sum(served)


async def _lines(engine: Engine) -> list[str]:
    return sorted(await store.lines.lengths(engine.mongo))
