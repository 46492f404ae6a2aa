"""What members read of offers: what they have."""

from datetime import datetime

from loyalty.engine import Engine
from loyalty.offers import store
from loyalty.offers.rules import Held
from loyalty.states import State


async def prepare(engine: Engine) -> None:
    """Create the indexes."""
    await store.helds.prepare(engine.mongo)
    await store.histories.prepare(engine.mongo)


def helds(state: State, now: datetime) -> list[Held]:
    """List what a member has of offers as it is now, newest first."""
    return [held.at(now) for held in reversed(state.value(store.HOLDING).helds)]
