"""What a member did, to be shown: each activity and refund with what it moved; changes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from loyalty import states, wallets
from loyalty.activities import store
from loyalty.activities.rules import Refund
from loyalty.engine import Engine
from loyalty.mongo import Document
from loyalty.program import Activity
from loyalty.states import State
from loyalty.walks import Walk
from loyalty.wallets import PostedEntry


@dataclass(frozen=True, slots=True)
class Reported:
    """Something that was reported of a member, and what came of it.

    `kind` is purchase, visit, event or refund; `amount` the money of a purchase or refund in minor
    units; `purchase` the reference of what was refunded; `counted` is False of a visit too soon.
    """

    reference: str
    kind: str
    source: str
    id: str
    occurred_at: datetime
    entries: list[PostedEntry]
    amount: int | None = None
    money: str | None = None
    store: str | None = None
    channel: str | None = None
    event: str | None = None
    quantity: int = 1
    purchase: str | None = None
    counted: bool = True


def last_at(state: State) -> datetime | None:
    """Tell when a member last bought or visited; None where they never did."""
    return store.last_at(state)


def bought_last_at(state: State) -> datetime | None:
    """Tell when a member last bought what was not given back whole; None where they never did."""
    return store.bought_last_at(state)


def taken_back(state: State, reference: str) -> Mapping[str, Fraction]:
    """Give the points that refunds of a purchase have taken back, by the rule that gave them."""
    refunded = state.value(store.REFUNDS).purchases.get(reference)
    return refunded.taken if refunded else {}


async def activities_of(
    engine: Engine,
    state: State,
    walk: Walk[tuple[datetime, str]],
    at_store: str | None = None,
) -> list[Reported]:
    """List what a member did, newest first; a place is an instant and a reference.

    What is still on its way is left out. `at_store` leaves only what was done there.
    """
    where = {} if at_store is None else {"store": at_store}
    shown: list[Reported] = []
    place = walk.place
    while len(shown) < walk.limit:
        step = Walk(walk.limit - len(shown), place, walk.back)
        claims = await store.of_member(engine.mongo, state.member_id, step, where)
        shown += await _recorded(engine, state, claims)
        if len(claims) < step.limit:
            break
        place = (claims[-1]["occurred_at"], claims[-1]["_id"])
    return shown


def reference_of(activity: Activity) -> str:
    """Give the reference of a purchase, a visit or an event."""
    return store.activity_id(activity)


def reference_of_refund(refund: Refund) -> str:
    """Give the reference of a refund."""
    return store.refund_id(refund)


async def reference_of_receipt(engine: Engine, number: str) -> str:
    """Give the reference of the purchase on a receipt; '' for an unknown one."""
    receipt = await store.receipts.find(engine.mongo, number)
    return store.activity_id(receipt.purchase) if receipt else ""


async def find(engine: Engine, state: State, reference: str) -> Reported | None:
    """Find something that a member did by its reference; None where it is not theirs."""
    claim = await store.find_claim(engine.mongo, reference)
    if claim is None or claim["member"] != state.member_id or "refused" in claim:
        return None
    return next(iter(await _recorded(engine, state, [claim])), None)


async def find_owner(engine: Engine, reference: str) -> str | None:
    """Give the member who did what has a reference; None for an unknown one."""
    claim = await store.find_claim(engine.mongo, reference)
    return str(claim["member"]) if claim else None


async def _recorded(engine: Engine, state: State, claims: Sequence[Document]) -> list[Reported]:
    """Give those of activities that have their record."""
    records = {claim["key"]: state.find_record(claim["key"]) for claim in claims}
    missing = [key for key, record in records.items() if record is None]
    if missing:
        records |= await states.ledger_records(engine.mongo, state.member_id, missing)
    return [
        _reported(claim, wallets.record_entries(state, record), record["result"])
        for claim in claims
        if (record := records[claim["key"]]) is not None
    ]


def _reported(claim: Document, entries: list[PostedEntry], result: Document) -> Reported:
    names = ("store", "channel", "event", "quantity", "purchase", "money")
    said: dict[str, Any] = {name: claim[name] for name in names if name in claim}
    if claim["kind"] == "refund":
        said |= {"amount": result["refunded"], "money": result["money"]}
    return Reported(
        reference=claim["_id"],
        kind=claim["kind"],
        source=claim["source"],
        id=claim["activity_id"],
        occurred_at=claim["occurred_at"],
        entries=entries,
        counted=result.get("counted", True),
        **{"amount": claim.get("total"), **said},
    )
