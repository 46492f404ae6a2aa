"""What members bought over a stretch of time, for who asks about many at once; changes nothing."""

from collections.abc import Sequence
from dataclasses import replace

from loyalty.activities import rules, store
from loyalty.activities.rules import NOTHING_BOUGHT, Bought
from loyalty.activities.store.buying import Window
from loyalty.engine import Engine
from loyalty.errors import Unavailable
from loyalty.program import Program

__all__ = ["NOTHING_BOUGHT", "Bought", "Window", "bought", "is_bought", "is_store"]


async def bought(
    engine: Engine, program: Program, member_ids: Sequence[str], window: Window
) -> dict[str, Bought]:
    """Give what each member bought in a window, net of refunds; who bought nothing is absent.

    Purchases that are still on their way count.
    """
    window = replace(window, taxed=program.earn_base.tax == "INCLUDED")
    found = await store.buying.added_up(engine.mongo, member_ids, window)
    for purchase, refunded in await store.buying.given_back(engine.mongo, member_ids, window):
        whole = rules.bought_with(purchase, None, program)
        left = rules.bought_with(purchase, refunded, program)
        before = found.get(purchase.member_id, NOTHING_BOUGHT)
        found[purchase.member_id] = before.plus(whole, -1).plus(left)
    return found


async def is_bought(engine: Engine, category: str) -> bool:
    """Tell whether anybody ever bought of a product category; yes where nobody can say soon."""
    try:
        return await store.buying.is_bought(engine.mongo, category)
    except Unavailable:
        return True


async def is_store(engine: Engine, name: str) -> bool:
    """Tell whether anybody ever bought at a store, or visited it."""
    return await store.buying.is_store(engine.mongo, name)
