"""What moves value on a member's wallet alone: spend, adjust, expire."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

import orjson

from loyalty import members, program
from loyalty.commands import Command, Outcome
from loyalty.engine import Engine
from loyalty.errors import BadInput, Refused
from loyalty.states import Change, Fact, State
from loyalty.turns import Turn
from loyalty.wallets import rules, store
from loyalty.wallets.rules import CurrencyNotRedeemable, EntryKind
from loyalty.wallets.service.moving import bonus_part, currency_of, move, settle, spending

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
    version = await program.active(engine)
    currency = currency_of(version, wanted.currency)
    if not currency.is_spendable:
        raise Refused(CurrencyNotRedeemable(currency.id))
    if not 0 < wanted.points <= rules.POINTS_LIMIT:
        raise BadInput(f"spend 1 to {rules.POINTS_LIMIT} points", ("points",))

    def decide(state: State, now: datetime) -> Change:
        members.must_be_active(state)
        turn = Turn(state, now)
        taking = spending(version, currency, wanted.points, now, {"reason": wanted.reason})
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
    version = await program.active(engine)
    currency = currency_of(version, wanted.currency)
    zone = version.program.zone
    explanation = {"reason": wanted.reason, "actor": wanted.actor}

    def decide(state: State, now: datetime) -> Change:
        turn = Turn(state, now)
        wallet = settle(turn)
        if wanted.points > 0:
            ends = rules.expires_at(currency.expiry, now, zone)
            giving = rules.Credit(
                EntryKind.ADJUSTMENT,
                wanted.points,
                now,
                expires_at=ends,
                explanation=explanation,
                part=bonus_part(currency),
                idle_until=rules.idle_until(currency.expiry, now, zone),
            )
            moved = rules.credit(wallet, currency.id, giving)
        else:
            money = version.program.money if currency.is_money else None
            taking = rules.Debit(EntryKind.ADJUSTMENT, -wanted.points, explanation, money=money)
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
