"""What moves value on a member's wallet alone: spend, adjust, expire; and the reading of it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson

from loyalty import members, program
from loyalty.commands import Command, Outcome
from loyalty.engine import Engine
from loyalty.errors import BadInput, Refused
from loyalty.program import terms
from loyalty.states import Change, Fact, State
from loyalty.turns import Turn
from loyalty.wallets import rules, store
from loyalty.wallets.rules import (
    CurrencyNotRedeemable,
    CurrencyUnknown,
    EntryKind,
    Movement,
    Wallet,
)
from loyalty.wallets.store import PostedEntry

KEY_LIMIT = 128
REASON_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Spending:
    """Points to be taken in exchange for something; `reason` is shown to the member."""

    member_id: str
    currency: str
    points: int
    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A correction by staff, positive or negative; `reason` is required, `actor` is who did it."""

    member_id: str
    currency: str
    points: int
    key: str
    reason: str
    actor: str


def hash_input(**values: object) -> str:
    """Fingerprint the input of a verb, to tell a repeat from another call under the same key."""
    plain = orjson.dumps(values, option=orjson.OPT_SORT_KEYS, default=str)
    return hashlib.sha256(plain).hexdigest()[:24]


def check_key(key: str) -> None:
    """Refuse what cannot be an idempotency key. Raises BadInput."""
    if not 1 <= len(key) <= KEY_LIMIT or not key.isascii() or not key.isprintable():
        raise BadInput(
            f"a key is 1 to {KEY_LIMIT} printable ASCII characters, best a UUIDv7", ("key",)
        )


def _check_reason(reason: str) -> None:
    if not 1 <= len(reason.strip()) <= REASON_LIMIT:
        raise BadInput(f"say why in 1 to {REASON_LIMIT} characters: it is kept", ("reason",))


async def spend(engine: Engine, wanted: Spending) -> Outcome:
    """Take points from a member, first-to-expire first.

    Raises BadInput; Refused with InsufficientPoints, CurrencyUnknown, CurrencyNotRedeemable,
    MemberNotActive, MemberUnknown or KeyReused; Unavailable.
    """
    check_key(wanted.key)
    _check_reason(wanted.reason)
    currency = await _currency(engine, wanted.currency)
    if currency.kind is not terms.CurrencyKind.REDEEMABLE:
        raise Refused(CurrencyNotRedeemable(currency.id))
    if not 0 < wanted.points <= rules.POINTS_LIMIT:
        raise BadInput(f"spend 1 to {rules.POINTS_LIMIT} points", ("points",))

    def decide(state: State, now: datetime) -> Change:
        members.must_be_active(state)
        turn = Turn(state, now)
        taking = rules.Debit(EntryKind.REDEMPTION, wanted.points, {"reason": wanted.reason})
        move(turn, rules.debit(settle(turn), currency.id, taking, now))
        turn.tell(Fact("PointsSpent", {"currency": currency.id, "points": wanted.points}))
        return turn.change()

    fingerprint = hash_input(
        verb="spend", currency=currency.id, points=wanted.points, reason=wanted.reason
    )
    return await engine.commits.submit(Command(wanted.member_id, decide, wanted.key, fingerprint))


async def adjust(engine: Engine, wanted: Adjustment) -> Outcome:
    """Correct a balance by hand, up or down; never below what is available.

    Raises as `spend`, but also works on qualifying points and on suspended members.
    """
    check_key(wanted.key)
    _check_reason(wanted.reason)
    if not 0 < abs(wanted.points) <= rules.POINTS_LIMIT:
        raise BadInput(f"adjust by 1 to {rules.POINTS_LIMIT} points, up or down", ("points",))
    currency = await _currency(engine, wanted.currency)
    zone = (await program.active(engine)).program.zone
    explanation = {"reason": wanted.reason, "actor": wanted.actor}

    def decide(state: State, now: datetime) -> Change:
        turn = Turn(state, now)
        wallet = settle(turn)
        if wanted.points > 0:
            ends = rules.expires_at(currency.expiry, now, zone)
            giving = rules.Credit(
                EntryKind.ADJUSTMENT, wanted.points, now, expires_at=ends, explanation=explanation
            )
            moved = rules.credit(wallet, currency.id, giving)
        else:
            taking = rules.Debit(EntryKind.ADJUSTMENT, -wanted.points, explanation)
            moved = rules.debit(wallet, currency.id, taking, now)
        move(turn, moved)
        turn.tell(Fact("PointsAdjusted", {"currency": currency.id, "points": wanted.points}))
        return turn.change()

    fingerprint = hash_input(
        verb="adjust", currency=currency.id, points=wanted.points, reason=wanted.reason
    )
    return await engine.commits.submit(Command(wanted.member_id, decide, wanted.key, fingerprint))


async def expire(engine: Engine, member_id: str) -> Outcome:
    """Close the lots of a member whose time has passed; with nothing due, nothing is written."""

    def decide(state: State, now: datetime) -> Change:
        turn = Turn(state, now)
        settle(turn)
        return turn.change()

    return await engine.commits.submit(Command(member_id, decide))


async def expire_due(engine: Engine, limit: int = 200) -> int:
    """Close due lots of up to `limit` members; return how many members had any."""
    due = await store.due_members(engine.mongo, engine.clock(), limit)
    for member_id in due:
        await expire(engine, member_id)
    return len(due)


async def _currency(engine: Engine, currency_id: str) -> terms.PointsCurrency:
    currency = (await program.active(engine)).program.currency(currency_id)
    if currency is None:
        raise Refused(CurrencyUnknown(currency_id))
    return currency


def settle(turn: Turn) -> Wallet:
    """Close what is over by now, before anything else is decided, and tell of it."""
    wallet = turn.of(store.WALLET)
    expired = rules.expire(wallet, turn.now)
    if not expired.entries:
        return wallet
    move(turn, expired)
    for entry in expired.entries:
        turn.tell(Fact("PointsExpired", {"currency": entry.currency, "points": -entry.points}))
    return expired.wallet


def move(turn: Turn, moved: Movement) -> None:
    """Take a movement into a turn: the wallet as it became, and the entries that led there."""
    turn.put(store.WALLET, moved.wallet)
    turn.post(store.entry_document(entry) for entry in moved.entries)


async def entries(
    engine: Engine, state: State, before: tuple[int, int] | None, limit: int
) -> list[PostedEntry]:
    """List a member's entries, newest first, from after the position (seq, index).

    The newest come from the state at hand, older ones from the ledger.
    """
    seq, index = before or (state.seq + 1, 0)
    ring = [record for record in state.recent if record["seq"] <= seq]
    found = [p for p in store.posted(state.member_id, ring) if (p.seq, p.index) < (seq, index)]
    oldest = state.recent[0]["seq"] if state.recent else state.seq + 1
    step = min(oldest, seq + 1)
    while len(found) < limit and state.trimmed:
        records = await store.older_records(engine.mongo, state.member_id, step, limit)
        if not records:
            break
        older = store.posted(state.member_id, records)
        found += [p for p in older if (p.seq, p.index) < (seq, index)]
        step = records[-1]["seq"]
    return found[:limit]


def record_entries(state: State, record: Mapping[str, object]) -> list[PostedEntry]:
    """Read the entries that one record made, newest first."""
    return store.posted(state.member_id, [dict(record)])
