"""What the clock makes due in wallets: lots and holds that are over."""

from datetime import datetime
from functools import partial

from loyalty import sweeps
from loyalty.commands import Command, Outcome
from loyalty.engine import Engine
from loyalty.states import Change, State
from loyalty.turns import Turn
from loyalty.wallets import store
from loyalty.wallets.service.moving import settle


async def expire(engine: Engine, member_id: str) -> Outcome:
    """Close the lots of a member whose time has passed; with nothing due, nothing is written."""

    def decide(state: State, now: datetime) -> Change:
        turn = Turn(state, now)
        settle(turn)
        return turn.change()

    return await engine.commits.submit(Command(member_id, decide))


async def expire_due(engine: Engine, limit: int = 200) -> int:
    """Close due lots of up to `limit` members; return how many members had any."""
    due = await store.due_members(engine.mongo, engine.clock(), limit)
    return await sweeps.each(due, partial(expire, engine))
