"""Points set aside for an open redemption: held, then spent or let go; too late, they go back."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from loyalty import members, program
from loyalty.commands import Command, Outcome
from loyalty.engine import Engine
from loyalty.errors import BadInput, Refused
from loyalty.members import Doing
from loyalty.program import Version, terms
from loyalty.states import Change, Fact, State
from loyalty.turns import Turn
from loyalty.wallets import rules, store
from loyalty.wallets.rules import (
    HOLD_SECONDS_LIMIT,
    HOLDS_OF_A_MEMBER,
    Hold,
    Holding,
    HoldUnknown,
    TooManyHolds,
)
from loyalty.wallets.service.keys import check_key, check_points, check_reason, hash_input
from loyalty.wallets.service.moving import Why, move, settle, spendable, spending


@dataclass(frozen=True, slots=True)
class Setting:
    """Points to be set aside for so many seconds; `reason` is shown when they are spent."""

    member_id: str
    currency: str
    points: int
    ttl_seconds: int
    key: str
    reason: str


async def place(engine: Engine, wanted: Setting) -> Outcome:
    """Set points of a member aside; the result names the hold.

    Raises BadInput; Refused with InsufficientPoints, TooManyHolds, CurrencyUnknown,
    CurrencyNotRedeemable, MemberNotActive, MemberUnknown or KeyReused; Unavailable.
    """
    check_key(wanted.key)
    check_reason(wanted.reason)
    check_points(wanted.points)
    if not 1 <= wanted.ttl_seconds <= HOLD_SECONDS_LIMIT:
        raise BadInput(f"1 to {HOLD_SECONDS_LIMIT} seconds", ("ttlSeconds",))
    version = await program.active(engine)
    currency = spendable(version, wanted.currency)

    def decide(state: State, now: datetime) -> Change:
        members.must_be_free(state, Doing.SPEND)
        turn = Turn(state, now)
        settle(turn)
        ends = now + timedelta(seconds=wanted.ttl_seconds)
        held = hold(turn, version, (currency.id, wanted.points, ends), {"reason": wanted.reason})
        return turn.change(hold=held.id)

    fingerprint = hash_input(
        verb="hold",
        currency=currency.id,
        points=wanted.points,
        ttl=wanted.ttl_seconds,
        reason=wanted.reason,
    )
    return await engine.commits.submit(Command(wanted.member_id, decide, wanted.key, fingerprint))


def hold(turn: Turn, version: Version, what: tuple[str, int, datetime], why: Why) -> Hold:
    """Set points aside within a turn: of which currency, how many, until when.

    `why` explains the entry once they are spent. Raises Refused with CurrencyUnknown,
    CurrencyNotRedeemable, InsufficientPoints or TooManyHolds.
    """
    currency_id, points, ends = what
    currency = spendable(version, currency_id)
    wallet = turn.of(store.WALLET)
    open_ones = sum(len(account.holds) for account in wallet.accounts.values())
    if open_ones >= HOLDS_OF_A_MEMBER:
        raise Refused(TooManyHolds(HOLDS_OF_A_MEMBER))
    number = f"{turn.state.seq + 1}_{len(turn.entries) + open_ones}"
    wanted = Holding(currency.id, points, ends, f"hld_{turn.member_id[4:]}_{number}")
    taking = spending(version, currency, points, turn.now, why)
    wallet, held = rules.hold(wallet, wanted, taking, turn.now)
    turn.put(store.WALLET, wallet)
    return held


def confirm(turn: Turn, version: Version, hold_id: str) -> Hold:
    """Spend what is set aside, within a turn. Raises Refused(HoldUnknown)."""
    wallet = turn.of(store.WALLET)
    account, _ = rules.find_hold(wallet, hold_id)
    currency = version.program.currency(account.currency)
    expiry = currency.expiry if currency else terms.Never()
    idle_until = rules.idle_until(expiry, turn.now, version.program.zone)
    moved, held = rules.confirm(wallet, hold_id, idle_until, turn.now)
    move(turn, moved)
    turn.tell(Fact("PointsSpent", {"currency": account.currency, "points": held.points}))
    return held


def release(turn: Turn, hold_id: str) -> None:
    """Let go of what is set aside, within a turn.

    It pays what is owed; then lots that ended meanwhile expire. Raises Refused(HoldUnknown).
    """
    move(turn, rules.release(turn.of(store.WALLET), hold_id, turn.now))
    settle(turn)


async def spend_held(engine: Engine, hold_id: str, key: str) -> Outcome:
    """Spend what is set aside, once.

    Raises Refused with HoldUnknown, MemberNotActive or KeyReused; BadInput; Unavailable.
    """
    check_key(key)
    version = await program.active(engine)

    def decide(state: State, now: datetime) -> Change:
        members.must_be_free(state, Doing.SPEND)
        turn = Turn(state, now)
        settle(turn)
        confirm(turn, version, hold_id)
        return turn.change()

    fingerprint = hash_input(verb="hold_confirm", hold=hold_id)
    return await engine.commits.submit(Command(_owner(hold_id), decide, key, fingerprint))


async def let_go(engine: Engine, hold_id: str, key: str) -> Outcome:
    """Let go of what is set aside, once. Raises as `spend_held`, also on suspended members."""
    check_key(key)

    def decide(state: State, now: datetime) -> Change:
        turn = Turn(state, now)
        settle(turn)
        release(turn, hold_id)
        return turn.change()

    fingerprint = hash_input(verb="hold_release", hold=hold_id)
    return await engine.commits.submit(Command(_owner(hold_id), decide, key, fingerprint))


def _owner(hold_id: str) -> str:
    """Give the member whose hold it is. Raises Refused(HoldUnknown)."""
    kind, *rest = hold_id.split("_")
    if kind != "hld" or len(rest) != 3:
        raise Refused(HoldUnknown(hold_id))
    return f"mbr_{rest[0]}"
