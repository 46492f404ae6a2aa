"""The verbs of plans: what is paid, cancelled and given back, and whose benefits hold."""

from datetime import datetime

from loyalty.engine import Engine
from loyalty.plans import store
from loyalty.program import Version
from loyalty.states import State
from loyalty.turns import Turn


async def prepare(engine: Engine) -> None:
    """Create the indexes."""
    await store.prepare(engine.mongo)


def active(source: Turn | State, version: Version, now: datetime) -> frozenset[str]:
    """Give the ids of the plans and passes of the program whose benefits the member has now."""
    held = _holdings(source).memberships
    if not held:
        return frozenset()
    declared = [plan.id for plan in version.program.plans]
    declared += [timed.id for timed in version.program.passes]
    return frozenset(plan for plan in declared if plan in held and held[plan].is_on(now))


def _holdings(source: Turn | State) -> store.Holdings:
    return source.of(store.HOLDINGS) if isinstance(source, Turn) else source.value(store.HOLDINGS)
