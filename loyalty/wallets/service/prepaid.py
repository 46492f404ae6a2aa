"""Prepaid credit at the till: a member tops up, and may have the unspent rest paid back."""

from dataclasses import dataclass
from datetime import datetime

from loyalty import members, program
from loyalty.commands import Command, Outcome
from loyalty.engine import Engine
from loyalty.errors import Refused
from loyalty.members import Doing
from loyalty.program import terms
from loyalty.states import Change, Fact, State
from loyalty.turns import Turn
from loyalty.wallets import rules
from loyalty.wallets.rules import NothingToPayBack, Paid, TopUpUnknown
from loyalty.wallets.service.keys import check_key, check_reason, hash_input
from loyalty.wallets.service.moving import currency_of, move, settle


@dataclass(frozen=True, slots=True)
class Purchase:
    """A top-up that a member paid for, by the id that its currency declares it under."""

    member_id: str
    currency: str
    top_up: str
    key: str


async def top_up(engine: Engine, wanted: Purchase) -> Outcome:
    """Credit what a member paid beforehand, and what is given on top; the result is its mark.

    Raises BadInput; Refused with CurrencyUnknown, TopUpUnknown, MemberNotActive, MemberUnknown or
    KeyReused; Unavailable.
    """
    check_key(wanted.key)
    version = await program.active(engine)
    currency = currency_of(version, wanted.currency)
    package = next((sold for sold in currency.top_ups if sold.id == wanted.top_up), None)
    if package is None:
        raise Refused(TopUpUnknown(currency.id, wanted.top_up))
    pay, get = (
        terms.minor_units(amount, version.program.exponent) for amount in (package.pay, package.get)
    )
    why = {"version": version.number, "top_up": package.id, "pay": pay}

    def decide(state: State, now: datetime) -> Change:
        members.must_be_free(state, Doing.EARN)
        turn = Turn(state, now)
        zone, mark = version.program.zone, str(state.seq + 1)
        ends = rules.expires_at(currency.expiry, now, zone)
        kept = rules.idle_until(currency.expiry, now, zone)
        paid = Paid(mark, pay, get - pay, ends, kept)
        move(turn, rules.top_up(settle(turn), currency.id, paid, now, why))
        turn.tell(Fact("ToppedUp", {"currency": currency.id, "paid": pay, "got": get}))
        return turn.change(top_up=top_up_id(state.member_id, mark))

    fingerprint = hash_input(verb="top_up", currency=currency.id, top_up=package.id)
    return await engine.commits.submit(Command(wanted.member_id, decide, wanted.key, fingerprint))


async def pay_back(engine: Engine, top_up: str, key: str, reason: str) -> Outcome:
    """Take out the unspent paid part of a top-up, and its bonus; the result is what to pay.

    Raises BadInput; Refused with NothingToPayBack, MemberUnknown or KeyReused; Unavailable.
    """
    check_key(key)
    check_reason(reason)
    kind, _, rest = top_up.partition("_")
    owner, _, mark = rest.partition("_")
    if kind != "top" or not mark.isdigit():
        raise Refused(NothingToPayBack(top_up))
    money = (await program.active(engine)).program.money
    why = {"reason": reason, "top_up": top_up}

    def decide(state: State, now: datetime) -> Change:
        turn = Turn(state, now)
        moved, paid_back = rules.pay_back(settle(turn), top_up, now, why)
        currency = moved.entries[0].currency
        move(turn, moved)
        turn.tell(Fact("ToppedUpPaidBack", {"currency": currency, "paid_back": paid_back}))
        return turn.change(paid_back=paid_back, money=money)

    fingerprint = hash_input(verb="pay_back", top_up=top_up, reason=reason)
    return await engine.commits.submit(Command(f"mbr_{owner}", decide, key, fingerprint))


def top_up_id(member_id: str, mark: str) -> str:
    """Give the id of a top-up: whose it is, and its mark."""
    return f"top_{member_id.removeprefix('mbr_')}_{mark}"
