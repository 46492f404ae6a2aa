"""Corrections by hand within the program's limits; above one of them two people must agree."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from loyalty import program, sweeps
from loyalty.commands import Command, Outcome
from loyalty.engine import Engine
from loyalty.errors import KeyReused, Refused
from loyalty.states import Change, State
from loyalty.walks import Walk
from loyalty.wallets import rules, store
from loyalty.wallets.rules import (
    Adjustment,
    AdjustmentDecided,
    AdjustmentOwn,
    AdjustmentStatus,
    AdjustmentUnknown,
    Request,
)
from loyalty.wallets.service.corrections import adjust, check_adjustment, fingerprint
from loyalty.wallets.service.keys import check_reason, hash_input
from loyalty.wallets.service.moving import currency_of

__all__ = [
    "AdjustmentStatus",
    "Request",
    "approve",
    "ask",
    "finish_open",
    "prepare",
    "reject",
    "waiting",
]

OPEN_SECONDS = 30


async def prepare(engine: Engine) -> None:
    """Create the indexes of corrections that wait."""
    await store.requests.prepare(engine.mongo)


async def ask(
    engine: Engine, wanted: Adjustment, roles: Iterable[str]
) -> Outcome | tuple[Request, bool]:
    """Correct a balance, or let the correction wait for a second person, as the program says.

    What waits is given with whether it was asked for before. Raises as `adjust`; Refused with
    AdjustmentTooLarge.
    """
    check_adjustment(wanted)
    version = await program.active(engine)
    currency = currency_of(version, wanted.currency)
    limits = version.program.adjustments.limits_of(roles)
    money = version.program.money_of(currency.id)
    asked_for = fingerprint(wanted)
    request_id = "adj_" + hash_input(member=wanted.member_id, key=wanted.key)
    needs_second = rules.needs_second(wanted.points, currency, limits, money)
    holder = await store.requests.find(engine.mongo, request_id)
    if holder is not None and fingerprint(holder.adjustment) != asked_for:
        raise Refused(KeyReused(wanted.key))
    if not needs_second:
        return await adjust(engine, wanted)
    if holder is None and (booked := await _booked(engine, wanted, request_id)) is not None:
        return booked
    document = store.requests.to_document(Request(request_id, wanted, engine.clock()), asked_for)
    request, before, is_new = await store.requests.insert(engine.mongo, document)
    if before != asked_for:
        raise Refused(KeyReused(wanted.key))
    return request, not is_new


async def _booked(engine: Engine, wanted: Adjustment, request_id: str) -> Outcome | None:
    """Give the correction as it was booked at once, when the limits were wider; None as a rule.

    Raises Refused with MemberUnknown, or KeyReused where the key was used for something else.
    """

    def decide(_state: State, _now: datetime) -> Change:
        raise Refused(AdjustmentUnknown(request_id))  # nobody used the key

    command = Command(wanted.member_id, decide, wanted.key, fingerprint(wanted))
    try:
        return await engine.commits.submit(command)
    except Refused as refused:
        if isinstance(refused.refusal, AdjustmentUnknown):
            return None
        raise


async def approve(engine: Engine, request_id: str, actor: str) -> tuple[Request, Outcome]:
    """Book a correction that somebody else asked for; approved again, it is not booked again.

    Raises Refused with AdjustmentUnknown, AdjustmentOwn, AdjustmentDecided, or why it cannot be
    booked (InsufficientPoints, CurrencyUnknown), after which it waits again; Unavailable.
    """
    request = await _decide(engine, request_id, AdjustmentStatus.APPROVED, actor, None)
    return request, await _book(engine, request)


async def reject(engine: Engine, request_id: str, actor: str, note: str) -> Request:
    """Turn down a correction that somebody else asked for, and say why.

    Raises BadInput; Refused with AdjustmentUnknown, AdjustmentOwn or AdjustmentDecided.
    """
    check_reason(note)
    return await _decide(engine, request_id, AdjustmentStatus.REJECTED, actor, note)


async def _decide(
    engine: Engine, request_id: str, status: AdjustmentStatus, actor: str, note: str | None
) -> Request:
    request = await store.requests.find(engine.mongo, request_id)
    if request is None:
        raise Refused(AdjustmentUnknown(request_id))
    if request.adjustment.actor == actor:
        raise Refused(AdjustmentOwn(request_id))
    decided = replace(
        request, status=status, decided_by=actor, decided_at=engine.clock(), note=note
    )
    stands = await store.requests.decide(engine.mongo, decided)
    if stands.status is not status:
        raise Refused(AdjustmentDecided(request_id, stands.status.value))
    return stands


async def _book(engine: Engine, request: Request) -> Outcome:
    try:
        outcome = await adjust(engine, request.adjustment, request.decided_by)
    except Refused:
        await store.requests.reopen(engine.mongo, request)
        raise
    await store.requests.finish(engine.mongo, request.id)
    return outcome


async def waiting(engine: Engine, walk: Walk[tuple[datetime, str]]) -> Sequence[Request]:
    """List the corrections that wait for a second person, oldest first."""
    return await store.requests.waiting(engine.mongo, walk)


async def find(engine: Engine, request_id: str) -> Request | None:
    """Read a correction that needs, or needed, a second person; None for an unknown id."""
    return await store.requests.find(engine.mongo, request_id)


async def count_waiting(engine: Engine) -> int:
    """Count the corrections that wait for a second person."""
    return await store.requests.count_waiting(engine.mongo)


async def finish_open(engine: Engine, limit: int = 200) -> int:
    """Book approved corrections whose approver died before it was done; return how many."""
    before = engine.clock() - timedelta(seconds=OPEN_SECONDS)
    left = await store.requests.left_open(engine.mongo, before, limit)
    requests = {request.id: request for request in left}

    async def book(request_id: str) -> None:
        with suppress(Refused):  # it waits again
            await _book(engine, requests[request_id])

    return await sweeps.each(list(requests), book)
