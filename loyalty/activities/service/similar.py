"""Learn in the background which products members buy together, for offers on similar ones."""

from datetime import timedelta

from loyalty import program
from loyalty.activities import rules, store
from loyalty.activities.rules import Similar
from loyalty.engine import Engine

LEARNED_EVERY = timedelta(days=1)
TRIED_AGAIN_AFTER = timedelta(hours=1)
LOOKED_BACK = timedelta(days=365)


async def learn(engine: Engine, limit: int = 0) -> int:  # noqa: ARG001 - swept like others
    """Learn anew once a day, where the program has offers on similar products.

    One process does; one that dies is followed within the hour. Returns 1 if it was done, else 0.
    """
    version = await program.find_active(engine)
    now = engine.clock()
    wanted = version is not None and any(r.also_similar for r in version.program.personal_offers)
    if not wanted or not await store.baskets.take_run(engine.mongo, now, now + TRIED_AGAIN_AFTER):
        return 0
    at_least = rules.BASKETS_AT_LEAST
    pairs = await store.baskets.together(engine.mongo, now - LOOKED_BACK, at_least)
    await store.baskets.write_similar(engine.mongo, rules.similar_products(pairs), now)
    await store.baskets.put_off_run(engine.mongo, now + LEARNED_EVERY)
    return 1


async def to(engine: Engine, product: str) -> list[Similar]:
    """List what members buy together with a product, best first; empty where nothing is known."""
    return await store.baskets.similar_to(engine.mongo, product)
