"""Learn in the background which products members buy together, for offers on similar ones."""

from datetime import timedelta

from loyalty import program
from loyalty.activities import rules, store
from loyalty.activities.rules import Similar
from loyalty.engine import Engine

LOOKED_BACK = timedelta(days=365)


async def learn(engine: Engine) -> bool:
    """Learn anew, where the program has offers on similar products; tell whether it has."""
    version = await program.find_active(engine)
    if version is None or not any(r.also_similar for r in version.program.personal_offers):
        return False
    now = engine.clock()
    pairs = await store.baskets.together(engine.mongo, now - LOOKED_BACK, rules.BASKETS_AT_LEAST)
    await store.baskets.write_similar(engine.mongo, rules.similar_products(pairs), now)
    return True


async def to(engine: Engine, product: str) -> list[Similar]:
    """List what members buy together with a product, best first; empty where nothing is known."""
    return await store.baskets.similar_to(engine.mongo, product)
