"""The points that paid for a purchase, found by the entry it names; gives nothing back."""

from loyalty import wallets
from loyalty.activities import store
from loyalty.engine import Engine
from loyalty.states import State
from loyalty.walks import Walk
from loyalty.wallets import PostedEntry


async def find_redemption(engine: Engine, state: State, entry_id: str) -> PostedEntry | None:
    """Find what a member spent, alone or out of a hold; None for any other entry, or another's."""
    place = store.entry_place(state.member_id, entry_id)
    found = await wallets.entries(engine, state, Walk(1, place)) if place else []
    return next((p for p in found if p.id == entry_id and p.entry.pays_for_purchases), None)
