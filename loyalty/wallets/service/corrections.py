"""What moves value on a member's wallet alone: spend, adjust."""

from dataclasses import dataclass
from datetime import datetime

from loyalty import members, program
from loyalty.commands import Command, Outcome
from loyalty.engine import Engine
from loyalty.errors import BadInput
from loyalty.members import Doing
from loyalty.states import Change, Fact, State
from loyalty.turns import Turn
from loyalty.wallets import rules
from loyalty.wallets.rules import Adjustment, EntryKind
from loyalty.wallets.service.keys import check_key, check_points, check_reason, hash_input
from loyalty.wallets.service.moving import (
    bonus_part,
    currency_of,
    move,
    settle,
    spendable,
    spending,
)


@dataclass(frozen=True, slots=True)
class Spending:
    """Points to be taken in exchange for something; `reason` is shown to the member."""

    member_id: str
    currency: str
    points: int
    key: str
    reason: str


async def spend(engine: Engine, wanted: Spending) -> Outcome:
    """Take points from a member, first-to-expire first.

    Raises BadInput; Refused with InsufficientPoints, CurrencyUnknown, CurrencyNotRedeemable,
    MemberNotActive, MemberUnknown or KeyReused; Unavailable.
    """
    check_key(wanted.key)
    check_reason(wanted.reason)
    version = await program.active(engine)
    currency = spendable(version, wanted.currency)
    check_points(wanted.points)

    def decide(state: State, now: datetime) -> Change:
        members.must_be_free(state, Doing.SPEND)
        turn = Turn(state, now)
        taking = spending(version, currency, wanted.points, now, {"reason": wanted.reason})
        move(turn, rules.debit(settle(turn), currency.id, taking, now))
        turn.tell(Fact("PointsSpent", {"currency": currency.id, "points": wanted.points}))
        return turn.change()

    fingerprint = hash_input(
        verb="spend", currency=currency.id, points=wanted.points, reason=wanted.reason
    )
    return await engine.commits.submit(Command(wanted.member_id, decide, wanted.key, fingerprint))


def check_adjustment(wanted: Adjustment) -> None:
    """Refuse what cannot be a correction. Raises BadInput."""
    check_key(wanted.key)
    check_reason(wanted.reason)
    if not 0 < abs(wanted.points) <= rules.POINTS_LIMIT:
        raise BadInput(f"adjust by 1 to {rules.POINTS_LIMIT} points, up or down", ("points",))


def fingerprint(wanted: Adjustment) -> str:
    """Tell the same correction from another under the same key, whoever sends it."""
    return hash_input(
        verb="adjust", currency=wanted.currency, points=wanted.points, reason=wanted.reason
    )


async def adjust(engine: Engine, wanted: Adjustment, approved_by: str | None = None) -> Outcome:
    """Correct a balance by hand, up or down; never below what is available.

    Raises as `spend`, but also works on qualifying points and on suspended members.
    """
    check_adjustment(wanted)
    version = await program.active(engine)
    currency = currency_of(version, wanted.currency)
    why = {"reason": wanted.reason, "actor": wanted.actor}
    if approved_by is not None:
        why["approved_by"] = approved_by

    def decide(state: State, now: datetime) -> Change:
        turn = Turn(state, now)
        wallet = settle(turn)
        if wanted.points > 0:
            zone, part = version.program.zone, bonus_part(currency)
            ends = rules.expires_at(currency.expiry, now, zone)
            kept = rules.idle_until(currency.expiry, now, zone)
            giving = rules.Credit(
                EntryKind.ADJUSTMENT, wanted.points, now, None, ends, why, part, kept
            )
            moved = rules.credit(wallet, currency.id, giving)
        else:
            money = version.program.money_of(currency.id)
            first = bonus_part(currency)
            taking = rules.Debit(
                EntryKind.ADJUSTMENT, -wanted.points, why, first, money=money, name=currency.name
            )
            moved = rules.debit(wallet, currency.id, taking, now)
        move(turn, moved)
        turn.tell(Fact("PointsAdjusted", {"currency": currency.id, "points": wanted.points}))
        return turn.change()

    command = Command(wanted.member_id, decide, wanted.key, fingerprint(wanted))
    return await engine.commits.submit(command)
