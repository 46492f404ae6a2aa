"""A gift from one member to another: out of one wallet now, into the other by the fact of it.

Two members are two documents: the gift waits as a fact until the receiver has it, once under a
key made of the fact's id; where nobody can receive it, it comes back the same way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from loyalty import members, program
from loyalty.commands import Command, Outcome, own_key
from loyalty.engine import Engine
from loyalty.errors import BadInput, MemberNotActive, MemberUnknown, Refused
from loyalty.members import Doing
from loyalty.mongo import Document
from loyalty.program import Version, terms
from loyalty.states import Change, Fact, State
from loyalty.turns import Turn
from loyalty.wallets import rules, store
from loyalty.wallets.rules import (
    Allocation,
    Debit,
    EntryKind,
    ReceiverUnknown,
    Reinstatement,
)
from loyalty.wallets.service.keys import check_key, check_points, hash_input
from loyalty.wallets.service.moving import currency_of, move, second_life, settle


@dataclass(frozen=True, slots=True)
class Transfer:
    """Points that one member gives to another."""

    member_id: str
    receiver_id: str
    currency: str
    points: int
    key: str


async def send(engine: Engine, wanted: Transfer) -> Outcome:
    """Take a gift from its sender, within the limits of the currency, and tell of it.

    Raises BadInput; Refused with InsufficientPoints, TransferNotOffered, TransferTooSmall,
    TransferTooLarge, ReceiverUnknown, CurrencyUnknown, MemberNotActive, MemberUnknown or
    KeyReused; Unavailable.
    """
    check_key(wanted.key)
    check_points(wanted.points)
    if wanted.receiver_id == wanted.member_id:
        raise BadInput("somebody else", ("receiverId",))
    version = await program.active(engine)
    currency = currency_of(version, wanted.currency)
    receiver = await members.find(engine, wanted.receiver_id)
    month_of = version.program.zone

    def decide(state: State, now: datetime) -> Change:
        members.must_be_free(state, Doing.SPEND)
        if receiver is None or not members.may(receiver, Doing.RECEIVE):
            raise Refused(ReceiverUnknown(wanted.receiver_id))
        turn = Turn(state, now)
        wallet, month = settle(turn), rules.local_month(now, month_of)
        account, money = wallet.account(currency.id), version.program.money_of(currency.id)
        rules.check_transfer(account, currency, wanted.points, month, money)
        moved = rules.debit(wallet, currency.id, _gift(version, currency, wanted, now), now)
        move(turn, moved)
        turn.put(store.WALLET, rules.with_sent(moved.wallet, currency.id, month, wanted.points))
        turn.tell(_told(wanted, moved.entries[0].allocations))
        return turn.change()

    fingerprint = hash_input(
        verb="transfer", to=wanted.receiver_id, currency=currency.id, points=wanted.points
    )
    return await engine.commits.submit(Command(wanted.member_id, decide, wanted.key, fingerprint))


def _gift(
    version: Version, currency: terms.PointsCurrency, wanted: Transfer, now: datetime
) -> Debit:
    return Debit(
        EntryKind.TRANSFER_OUT,
        wanted.points,
        {"version": version.number, "to": wanted.receiver_id},
        idle_until=rules.idle_until(currency.expiry, now, version.program.zone),
        money=version.program.money_of(currency.id),
        name=currency.name,
    )


def _told(wanted: Transfer, taken: Sequence[Allocation]) -> Fact:
    parts = [{"lot": part.lot, "amount": part.amount} for part in taken]
    data = {"currency": wanted.currency, "points": wanted.points, "to": wanted.receiver_id}
    return Fact("PointsTransferred", {**data, "taken": parts})


async def receive(engine: Engine, fact: Document) -> None:
    """Give what was transferred to its receiver, or back to its sender where nobody is there.

    Once, however often the fact is handed over: the points keep the lives of their lots.
    """
    version = await program.active(engine)
    data, key = fact["data"], own_key("transfer", fact["_id"])

    def decide(state: State, now: datetime) -> Change:
        members.must_be_free(state, Doing.RECEIVE)
        turn = Turn(state, now)
        settle(turn)
        _put_in(turn, version, fact, {"from": fact["member"]})
        told = {"currency": data["currency"], "points": data["points"], "from": fact["member"]}
        turn.tell(Fact("PointsReceived", told))
        return turn.change()

    command = Command(data["to"], decide, key, hash_input(verb="receive", fact=fact["_id"]))
    try:
        await engine.commits.submit(command)
    except Refused as refused:
        if not isinstance(refused.refusal, MemberNotActive | MemberUnknown):
            raise
        await _send_back(engine, version, fact)


async def _send_back(engine: Engine, version: Version, fact: Document) -> None:
    data, key = fact["data"], own_key("transfer-back", fact["_id"])
    month = rules.local_month(fact["at"], version.program.zone)

    def decide(state: State, now: datetime) -> Change:
        turn = Turn(state, now)
        settle(turn)
        _put_in(turn, version, fact, {"kind": "TRANSFER_RETURNED", "to": data["to"]})
        wallet = turn.of(store.WALLET)
        turn.put(store.WALLET, rules.with_sent(wallet, data["currency"], month, -data["points"]))
        return turn.change()

    fingerprint = hash_input(verb="send_back", fact=fact["_id"])
    await engine.commits.submit(Command(fact["member"], decide, key, fingerprint))


def _put_in(turn: Turn, version: Version, fact: Document, why: dict[str, object]) -> None:
    """Open the lots anew that a gift was taken from; also of a currency no longer declared.

    As at the instant it was given: what ended on the way expires at once.
    """
    data = fact["data"]
    taken = tuple(Allocation(**part) for part in data["taken"])
    wanted = Reinstatement(data["currency"], taken, EntryKind.TRANSFER_IN)
    second = second_life(version, version.program.currency(data["currency"]), turn.now)
    facts = {"version": version.number, **why}
    move(turn, rules.reinstate(turn.of(store.WALLET), wanted, second, fact["at"], facts))
    settle(turn)
