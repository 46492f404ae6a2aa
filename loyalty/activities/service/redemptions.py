"""The points that paid for a purchase, found by the entry it names; gives nothing back."""

from loyalty import members, states, wallets
from loyalty.activities import store
from loyalty.activities.rules import RedemptionUnknown, RedemptionUsed
from loyalty.engine import Engine
from loyalty.errors import Refusal, Refused, Unavailable
from loyalty.program import Purchase
from loyalty.states import State
from loyalty.values import value
from loyalty.walks import Walk
from loyalty.wallets import PostedEntry


async def find_redemption(engine: Engine, state: State, entry_id: str) -> PostedEntry | None:
    """Find what a member spent, alone or out of a hold; None for any other entry, or another's."""
    place = store.entry_place(state.member_id, entry_id)
    found = await wallets.entries(engine, state, Walk(1, place)) if place else []
    return next((p for p in found if p.id == entry_id and p.entry.pays_for_purchases), None)


@value
class Looked:
    """Why what a purchase names cannot pay for it, as of record `seq` of its member."""

    seq: int
    refusal: Refusal | None = None


async def look(engine: Engine, purchase: Purchase, entry_id: str) -> Looked | None:
    """Look whether an entry can pay for a purchase: spent by its member, and for no other.

    What is recorded after `seq` is left to `must_not_have_paid`. None without a member.
    """
    state = await members.find(engine, purchase.member_id)
    if state is None:
        return None
    if await find_redemption(engine, state, entry_id) is None:
        return Looked(state.seq, RedemptionUnknown(entry_id))
    claims = await store.paid_with(engine.mongo, entry_id)
    others = {c["key"]: c for c in claims if c["_id"] != store.activity_id(purchase)}
    gone = [key for key in others if state.find_record(key) is None]
    older = await states.ledger_records(engine.mongo, state.member_id, gone) if gone else {}
    for key, claim in others.items():
        if key in older or key not in gone:
            used = RedemptionUsed(entry_id, claim["source"], claim["activity_id"])
            return Looked(state.seq, used)
    return Looked(state.seq)


def must_not_have_paid(state: State, looked: Looked, entry_id: str) -> None:
    """Refuse what cannot pay, or has paid since it was looked at. Raises Refused, Unavailable."""
    if looked.refusal is not None:
        raise Refused(looked.refusal)
    if state.recent and state.recent[0]["seq"] > looked.seq + 1:
        raise Unavailable("too much happened meanwhile: send the purchase again")
    for record in state.recent:
        named, *purchase = record["result"].get("redemption", ("", "", ""))
        if record["seq"] > looked.seq and named == entry_id:
            raise Refused(RedemptionUsed(entry_id, *purchase))
