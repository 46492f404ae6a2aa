"""What the database must have before the first verb: collections and indexes, made once."""

from loyalty import (
    activities,
    challenges,
    jobs,
    members,
    offers,
    outbox,
    plans,
    push,
    referrals,
    segments,
    states,
    tiers,
    wallets,
)
from loyalty.engine import Engine


async def prepare(engine: Engine) -> None:
    """Create what is missing; safe to run at every start and by several processes at once."""
    await states.prepare(engine.mongo)
    await outbox.prepare(engine.mongo)
    await jobs.prepare(engine.mongo)
    await members.prepare(engine)
    await wallets.adjustments.prepare(engine)
    await tiers.prepare(engine)
    await offers.prepare(engine)
    await plans.prepare(engine)
    await challenges.prepare(engine)
    await referrals.prepare(engine)
    await activities.prepare(engine)
    await segments.prepare(engine)
    await push.prepare(engine)
