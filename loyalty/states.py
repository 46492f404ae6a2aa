"""The one document of each member: its shape, its ring of records, and the ledger behind it.

Knows no noun: sections, entries and results are documents that their nouns read and write.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Generic, TypeVar

import bson

from loyalty.mongo import Document, Index, Mongo, joined, sealed
from loyalty.values import value
from loyalty.walks import Walk, keyset

STATES = "member_states"
LEDGER = "ledger"

T = TypeVar("T")

_UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")

RING_LIMIT = 20
RING_KEPT = 10
HISTORY = {"recent", "outbox"}


def in_order_of(field: str, name: str) -> Index:
    """Make the index by which members who have a field are walked in its order (`found_by`)."""
    there = {field: {"$exists": True}}
    return Index([(field, 1), ("_id", 1)], name=name, partialFilterExpression=there)


STATE_INDEXES = [
    Index("outbox.at", name="facts_waiting", sparse=True),
    in_order_of("wallet.expires_next_at", "lots_falling_due"),
]


@value
class Fact:
    """Something that happened, past tense, for a higher noun to react to."""

    kind: str
    data: Document


@dataclass(frozen=True, slots=True, eq=False)
class Section(Generic[T]):
    """A noun's part of the document: its name, how it is read (also when empty) and written.

    Read once and written once however many commands of a round change it in between.
    """

    name: str
    read: Callable[[Document], T]
    write: Callable[[T], Document]


@value
class Change:
    """What one command does to one member: whole new sections, entries, facts, and its answer.

    `sections` holds documents by name, `values` what nouns work with, written when the round ends.
    """

    sections: Mapping[str, Document] = field(default_factory=dict)
    values: Mapping[Section[Any], Any] = field(default_factory=dict)
    entries: Sequence[Document] = ()
    facts: Sequence[Fact] = ()
    result: Document = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing changes."""
        return not (self.sections or self.values or self.entries or self.facts)


@dataclass(slots=True)
class State:
    """A member's document as read, and as it becomes while commands are applied to it.

    `document` holds the sections by name, `values` those that were read; `unwritten` names the
    values that are newer than the document; `fresh` and `facts` gather what the next write adds.
    """

    member_id: str
    seq: int
    document: Document
    recent: list[Document]
    fresh: list[Document] = field(default_factory=list)
    facts: list[Document] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)
    by_key: dict[str, Document] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    unwritten: dict[str, Section[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.by_key.update((record["key"], record) for record in self.recent if record["key"])

    @property
    def watermark(self) -> str:
        """Give the highest time-ordered key that ever left the ring ('' when none did)."""
        watermark: str = self.document.get("watermark", "")
        return watermark

    @property
    def trimmed(self) -> bool:
        """Tell whether any record ever left the ring for the ledger."""
        return bool(self.document.get("trimmed"))

    def section(self, name: str) -> Document | None:
        """Give a noun's section as a document, or None where the member has none yet."""
        if name in self.unwritten:
            self.document[name] = self.unwritten.pop(name).write(self.values[name])
        return self.document.get(name)

    def value(self, section: Section[T]) -> T:
        """Give a noun's section as the value it works with."""
        if section.name not in self.values:
            self.values[section.name] = section.read(self.document.get(section.name, {}))
        found: T = self.values[section.name]
        return found

    def _replace(self, change: Change) -> None:
        for name, document in change.sections.items():
            self.document[name] = document
            self.values.pop(name, None)
            self.unwritten.pop(name, None)
            self.changed.add(name)
        for section, new in change.values.items():
            self.values[section.name] = new
            self.unwritten[section.name] = section
            self.changed.add(section.name)

    def apply(self, change: Change, key: str | None, input_hash: str, at: datetime) -> Document:
        """Take a change in: sections replaced, a record chained to the last, facts queued."""
        self.seq += 1
        self._replace(change)
        record: Document = {
            "seq": self.seq,
            "key": key,
            "input": input_hash,
            "at": at,
            "entries": list(change.entries),
            "result": change.result,
        }
        if key is not None or change.entries:
            previous = self.recent[-1]["chain"] if self.recent else b""
            record = sealed(record, "chain", partial(link, previous))
            self.recent.append(record)
            self.fresh.append(record)
            if key is not None:
                self.by_key[key] = record
        self.facts += [
            {
                "id": f"{self.member_id}:{self.seq}:{n}",
                "kind": fact.kind,
                "at": at,
                "data": fact.data,
            }
            for n, fact in enumerate(change.facts)
        ]
        return record

    def at_present(self) -> "State":
        """Give it without its history, which is most of it: to be kept and compared with."""
        kept = {name: part for name, part in self.document.items() if name not in HISTORY}
        return State(self.member_id, self.seq, kept, [])

    def find_record(self, key: str) -> Document | None:
        """Find a record of the ring by its key."""
        return self.by_key.get(key)


def chain(previous: bytes, record: Document) -> bytes:
    """Link a record to the one before: 16 bytes of SHA-256; an edited line breaks the chain."""
    if "chain" in record:
        record = {name: value for name, value in record.items() if name != "chain"}
    return link(previous, bson.encode(record))


def link(previous: bytes, body: bytes) -> bytes:
    """Give the chain of a record from the chain before and its own BSON without one."""
    return hashlib.sha256(previous + body).digest()[:16]


def is_time_ordered(key: str) -> bool:
    """Tell whether a key is a canonical UUIDv7, whose text sorts by the time it was made."""
    return _UUID7.fullmatch(key) is not None


def ledger_id(member_id: str, seq: int) -> str:
    """Give the ledger's `_id` of a record: sorts by member, then by sequence."""
    return f"{member_id}:{seq:010d}"


def from_document(document: Document) -> State:
    """Read a state document."""
    return State(document["_id"], document["seq"], document, list(document.get("recent", ())))


def new_document(
    member_id: str, sections: Mapping[str, Document], facts: Sequence[Document]
) -> Document:
    """Make the first document of a member."""
    return {"_id": member_id, "seq": 0, **sections, "recent": [], "outbox": list(facts)}


def leaving_records(state: State) -> list[Document]:
    """Give the records that must be in the ledger before this state may be written.

    Only records that were durable when the state was read may go: one that is new in this write
    would be in the ledger even where the write loses its race.
    """
    if len(state.recent) <= RING_LIMIT:
        return []
    durable = len(state.recent) - len(state.fresh)
    return state.recent[: min(durable, len(state.recent) - RING_KEPT)]


def write_statement(state: State, read_seq: int) -> Document:
    """Build the compare-and-set that writes a state which was read at `read_seq`.

    With `upsert` a lost race tries to insert and answers a duplicate key for its statement.
    """
    assign: Document = {name: state.section(name) for name in state.changed}
    assign["seq"] = state.seq
    push: Document = {}
    leaving = leaving_records(state)
    if leaving:
        assign["watermark"] = watermark_after(state, leaving)
        assign["trimmed"] = True
        assign["recent"] = state.recent[len(leaving) :]
        assign["outbox"] = state.facts
    else:
        if state.fresh:
            push["recent"] = {"$each": state.fresh}
        if state.facts:
            push["outbox"] = {"$each": state.facts}
    update: Document = {"$set": assign}
    if push:
        update["$push"] = push
    return {"q": {"_id": state.member_id, "seq": read_seq}, "u": update, "upsert": True}


def records_that_may_leave(state: State, coming: int) -> list[Document]:
    """Give the records of a state as read that leave the ring if so many more come in."""
    length = len(state.recent)
    return (
        state.recent[: max(0, length + coming - RING_KEPT)] if length + coming > RING_LIMIT else []
    )


def confirm_statement(state: State) -> Document:
    """Build a write that changes nothing and waits until a majority has what was read."""
    return {
        "q": {"_id": state.member_id, "seq": state.seq},
        "u": {"$set": {"seq": state.seq}},
    }


def as_written(state: State) -> State:
    """Give a state as a reader would find it after its write: nothing fresh, the ring trimmed."""
    leaving = leaving_records(state)
    document = state.document | {name: state.section(name) for name in state.changed}
    document |= {"seq": state.seq, "recent": state.recent[len(leaving) :]}
    waiting = () if leaving else document.get("outbox", ())
    document["outbox"] = [*waiting, *state.facts]
    if leaving:
        document |= {"trimmed": True, "watermark": watermark_after(state, leaving)}
    written = from_document(document)
    written.values = dict(state.values)
    return written


def watermark_after(state: State, leaving: Sequence[Document]) -> str:
    """Give the watermark once records have left the ring."""
    falling = sorted([r["key"] for r in leaving if r["key"]], reverse=True)
    return max(state.watermark, next(filter(is_time_ordered, falling), ""))


def ledger_document(member_id: str, record: Document) -> Document:
    """Build the ledger line of a record."""
    return joined({"_id": ledger_id(member_id, record["seq"]), "member": member_id}, record)


async def prepare(mongo: Mongo) -> None:
    """Create the collections and indexes of member states and the ledger."""
    await mongo.create_indexes(STATES, STATE_INDEXES)
    await mongo.create_clustered(LEDGER)


async def read_states(mongo: Mongo, member_ids: Sequence[str]) -> dict[str, State]:
    """Read the states of members that exist, by id."""
    found = await mongo.find(STATES, {"_id": {"$in": list(member_ids)}})
    return {document["_id"]: from_document(document) for document in found}


async def read_state(mongo: Mongo, member_id: str) -> State | None:
    """Read one member's state, or None."""
    document = await mongo.find_one(STATES, {"_id": member_id})
    return from_document(document) if document else None


async def ledger_records(mongo: Mongo, member_id: str, keys: Sequence[str]) -> dict[str, Document]:
    """Find records that left the ring by their keys; reads one member's stretch of the ledger."""
    stretch = {"$gte": ledger_id(member_id, 0), "$lt": f"{member_id};"}
    found = await mongo.find(LEDGER, {"_id": stretch, "key": {"$in": list(keys)}})
    return {record["key"]: record for record in found}


async def ledger_page(
    mongo: Mongo, member_id: str, seqs: range, limit: int, *, back: bool
) -> list[Document]:
    """Read up to `limit` ledger lines with one of these seqs, newest first or, `back`, oldest."""
    bounds = {"$gte": ledger_id(member_id, seqs.start), "$lt": ledger_id(member_id, seqs.stop)}
    order = [("_id", 1 if back else -1)]
    return await mongo.find(LEDGER, {"_id": bounds}, sort=order, limit=limit)


async def found_by(
    mongo: Mongo, field: str, bounds: Document, walk: Walk[tuple[Any, str]]
) -> list[tuple[Any, str]]:
    """Walk members in order of a field that has an index of its own; give its values and their ids.

    A place is one of what is given.
    """
    where, order = keyset(walk, [(field, 1), ("_id", 1)])
    within = {"$and": [{field: bounds}, where]} if where else {field: bounds}
    found = await mongo.find(STATES, within, {field: 1}, sort=order, limit=walk.limit)
    return [(_at(document, field), document["_id"]) for document in found]


def _at(document: Document, field: str) -> Any:
    value: Any = document
    for name in field.split("."):
        value = value[name]
    return value
