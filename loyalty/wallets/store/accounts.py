"""Wallets in MongoDB: the wallet section of a member's state, and the ledger's entries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from loyalty import states
from loyalty.mongo import Document, Mongo
from loyalty.states import Section, State
from loyalty.wallets.rules import (
    Account,
    Allocation,
    EntryKind,
    Hold,
    LedgerEntry,
    Lot,
    Wallet,
    expire,
)

SECTION = "wallet"
PLAIN_FIELDS = 3  # balance, lots, carry: all that most accounts have


def to_document(wallet: Wallet) -> Document:
    """Write a wallet as a section; `balance` is kept beside the lots for queries and proof."""
    document: Document = {
        "accounts": {code: _account_document(a) for code, a in wallet.accounts.items()}
    }
    expires_next_at = wallet.expires_next_at
    if expires_next_at is not None:
        document["expires_next_at"] = expires_next_at
    return document


def _account_document(account: Account) -> Document:
    """Write an account; what few members have is left out where it is empty."""
    document: Document = {
        "balance": account.balance,
        "lots": [_lot_document(lot) for lot in account.lots],
        "carry": dict(account.carry),
    }
    if account.holds:
        document["holds"] = [_hold_document(hold) for hold in account.holds]
    if account.arrears:
        document["arrears"] = account.arrears
    if account.ends_at is not None:
        document["ends_at"] = account.ends_at
    if account.sent is not None:
        document["sent"] = list(account.sent)
    if account.paid_back:
        document["paid_back"] = list(account.paid_back)
    return document


def _lot_document(lot: Lot) -> Document:
    document: Document = {"id": lot.id, "amount": lot.amount, "remaining": lot.remaining}
    if lot.available_at is not None:
        document["available_at"] = lot.available_at
    if lot.expires_at is not None:
        document["expires_at"] = lot.expires_at
    if lot.part is not None:
        document["part"] = lot.part
    if lot.again:
        document["again"] = True
    return document


def _hold_document(hold: Hold) -> Document:
    return {
        "id": hold.id,
        "points": hold.points,
        "expires_at": hold.expires_at,
        "allocations": _allocation_documents(hold.allocations),
        "explanation": dict(hold.explanation),
    }


def _allocation_documents(allocations: Iterable[Allocation]) -> list[Document]:
    return [{"lot": part.lot, "amount": part.amount} for part in allocations]


def from_document(document: Mapping[str, Document]) -> Wallet:
    """Read a wallet from its section; empty where nothing was ever moved."""
    accounts = document.get("accounts", {})
    return Wallet({code: _account(code, account) for code, account in accounts.items()})


def _account(currency: str, document: Document) -> Account:
    account = Account(currency, tuple(Lot(**lot) for lot in document["lots"]), document["carry"])
    if len(document) == PLAIN_FIELDS:
        return account
    return replace(
        account,
        holds=tuple(_hold(hold) for hold in document.get("holds", ())),
        arrears=document.get("arrears", 0),
        ends_at=document.get("ends_at"),
        sent=tuple(document["sent"]) if "sent" in document else None,
        paid_back=tuple(document.get("paid_back", ())),
    )


def _hold(document: Document) -> Hold:
    allocations = tuple(Allocation(**part) for part in document["allocations"])
    return Hold(**{**document, "allocations": allocations})


WALLET = Section(SECTION, from_document, to_document)


def wallet_of(state: State, now: datetime | None = None) -> Wallet:
    """Give the wallet of a member's state, as written or as it is at an instant."""
    wallet = state.value(WALLET)
    return wallet if now is None else expire(wallet, now).wallet


def entry_document(entry: LedgerEntry) -> Document:
    """Write an entry; what is empty is left out."""
    document: Document = {
        "kind": entry.kind.value,
        "currency": entry.currency,
        "points": entry.points,
        "balance_after": entry.balance_after,
        "occurred_at": entry.occurred_at,
    }
    if entry.lot is not None:
        document["lot"] = entry.lot
    if entry.allocations:
        document["allocations"] = _allocation_documents(entry.allocations)
    if entry.explanation:
        document["explanation"] = dict(entry.explanation)
    return document


def entry_from_document(document: Document) -> LedgerEntry:
    """Read an entry."""
    return LedgerEntry(
        kind=EntryKind(document["kind"]),
        currency=document["currency"],
        points=int(document["points"]),
        balance_after=int(document["balance_after"]),
        occurred_at=document["occurred_at"],
        lot=document.get("lot"),
        allocations=tuple(Allocation(**a) for a in document.get("allocations", ())),
        explanation=document.get("explanation", {}),
    )


@dataclass(frozen=True, slots=True)
class PostedEntry:
    """An entry with its place in the member's ledger: record `seq`, position `index` in it."""

    member_id: str
    seq: int
    index: int
    recorded_at: datetime
    entry: LedgerEntry

    @property
    def position(self) -> tuple[int, int]:
        """Give its place among the member's entries."""
        return self.seq, self.index

    @property
    def id(self) -> str:
        """Give the entry's id."""
        return f"ent_{self.member_id.removeprefix('mbr_')}_{self.seq}_{self.index}"


def posted(member_id: str, records: Iterable[Document]) -> list[PostedEntry]:
    """Read the entries of records, newest first."""
    entries = [
        PostedEntry(member_id, record["seq"], index, record["at"], entry_from_document(entry))
        for record in records
        for index, entry in enumerate(record["entries"])
    ]
    return sorted(entries, key=lambda p: (p.seq, p.index), reverse=True)


async def due_members(mongo: Mongo, now: datetime, limit: int) -> list[str]:
    """Find members with lots whose time has passed."""
    found = await mongo.find(
        states.STATES, {"wallet.expires_next_at": {"$lte": now}}, {"_id": 1}, limit=limit
    )
    return [document["_id"] for document in found]
