"""Wallets in MongoDB: the wallet section of a member's state, and the ledger's entries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from loyalty import states
from loyalty.mongo import Document, Mongo
from loyalty.states import Section, State
from loyalty.wallets.rules import Account, Allocation, EntryKind, LedgerEntry, Lot, Wallet

SECTION = "wallet"


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
    return {
        "balance": account.balance,
        "lots": [_lot_document(lot) for lot in account.lots],
        "carry": dict(account.carry),
    }


def _lot_document(lot: Lot) -> Document:
    document: Document = {"id": lot.id, "amount": lot.amount, "remaining": lot.remaining}
    if lot.available_at is not None:
        document["available_at"] = lot.available_at
    if lot.expires_at is not None:
        document["expires_at"] = lot.expires_at
    return document


def from_document(document: Mapping[str, Document]) -> Wallet:
    """Read a wallet from its section; empty where nothing was ever moved."""
    return Wallet(
        {
            code: Account(code, tuple(Lot(**lot) for lot in account["lots"]), account["carry"])
            for code, account in document.get("accounts", {}).items()
        }
    )


WALLET = Section(SECTION, from_document, to_document)


def wallet_of(state: State) -> Wallet:
    """Give the wallet of a member's state."""
    return state.value(WALLET)


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
        document["allocations"] = [{"lot": a.lot, "amount": a.amount} for a in entry.allocations]
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


async def older_records(
    mongo: Mongo, member_id: str, before_seq: int, limit: int
) -> list[Document]:
    """Read records that left the ring, newest first."""
    return await states.ledger_page(mongo, member_id, before_seq, limit)


async def due_members(mongo: Mongo, now: datetime, limit: int) -> list[str]:
    """Find members with lots whose time has passed."""
    found = await mongo.find(
        states.STATES, {"wallet.expires_next_at": {"$lte": now}}, {"_id": 1}, limit=limit
    )
    return [document["_id"] for document in found]
