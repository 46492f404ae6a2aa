"""Record what members did, once for its source and id: each in one commit."""

from dataclasses import replace
from datetime import datetime, timedelta

from loyalty import program, wallets
from loyalty.activities import rules, store
from loyalty.activities.rules import MoneyMismatch
from loyalty.activities.service.deciding import decide_activity
from loyalty.activities.service.redemptions import look, must_not_have_paid
from loyalty.commands import Command, Outcome
from loyalty.engine import Engine
from loyalty.errors import BadInput, Refused
from loyalty.program import Activity, Event, Purchase, Version, Visit
from loyalty.states import Change, State

FUTURE_ALLOWED = timedelta(hours=24)
EARLIEST = datetime(1970, 1, 1)


async def prepare(engine: Engine) -> None:
    """Create the indexes."""
    await store.prepare(engine.mongo)
    await store.receipts.prepare(engine.mongo)


async def record_purchase(engine: Engine, purchase: Purchase) -> Outcome:
    """Record a paid purchase, once for its source and id, and everything it brings about.

    Raises BadInput; Refused with MemberUnknown, MemberNotActive, MoneyMismatch, RedemptionUnknown,
    RedemptionUsed, ProgramMissing, or KeyReused when the id was used for another member or content;
    Unavailable.
    """
    return await _check_and_record(engine, purchase)


async def record_visit(engine: Engine, visit: Visit) -> Outcome:
    """Record that a member came in, once for its source and id. Raises as a purchase.

    The result says whether it was `counted`: too soon after another visit it is only recorded.
    """
    return await _check_and_record(engine, visit)


async def record_event(engine: Engine, event: Event) -> Outcome:
    """Record something else a member did, once for its source and id. Raises as a purchase."""
    return await _check_and_record(engine, event)


async def _check_and_record(engine: Engine, activity: Activity) -> Outcome:
    version = await program.active(engine)
    rules.check(activity)
    return await record(engine, version, activity)


async def record(engine: Engine, version: Version, activity: Activity) -> Outcome:
    """Record an activity that was checked, or is one of our own."""
    now = engine.clock()
    at = to_the_millisecond(activity.occurred_at)
    activity = activity if at == activity.occurred_at else replace(activity, occurred_at=at)
    check_when(at, now)
    document = store.to_document(activity)
    fingerprint = wallets.hash_input(**document)
    key = engine.new_id()
    purchase = activity if isinstance(activity, Purchase) else None
    named = purchase.redemption if purchase else None
    looked = await look(engine, purchase, named) if purchase and named else None

    def decide(state: State, now: datetime) -> Change:
        if purchase and purchase.money != version.program.money:
            raise Refused(MoneyMismatch(purchase.money, version.program.money))
        if named and looked:
            must_not_have_paid(state, looked, named)
        return decide_activity(state, activity, version, now)

    claim = store.claim(document, fingerprint, key, now)
    return await engine.commits.submit(Command(activity.member_id, decide, key, fingerprint, claim))


def to_the_millisecond(at: datetime) -> datetime:
    """Cut off what is not stored of an instant, so that it is the same when it is read again."""
    rest = at.microsecond % 1_000
    return at - timedelta(microseconds=rest) if rest else at


def check_when(at: datetime, now: datetime) -> None:
    """Refuse an instant at which nothing can have happened. Raises BadInput."""
    if not EARLIEST <= at <= now + FUTURE_ALLOWED:
        raise BadInput("before 1970, or more than a day in the future", ("occurredAt",))
