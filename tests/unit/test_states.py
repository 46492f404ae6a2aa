"""The document of a member as values: records, ring, watermark and the guarded write."""

from datetime import datetime
from typing import Any

import pytest

from loyalty.states import (
    RING_KEPT,
    RING_LIMIT,
    Change,
    Fact,
    Section,
    State,
    as_written,
    chain,
    from_document,
    is_time_ordered,
    leaving_records,
    ledger_document,
    ledger_id,
    new_document,
    write_statement,
)
from tests.engines import uuid7

NOW = datetime(2026, 3, 2, 12)
MEMBER = "mbr_1"


def key(number: int) -> str:
    return uuid7(NOW, number)


def state_of(count: int, **more: Any) -> State:
    """A state as read, with so many records in its ring."""
    state = from_document(new_document(MEMBER, {}, []))
    for number in range(count):
        state.apply(Change(), key(number), "input", NOW)
    document = {**state.document, "seq": count, "recent": state.recent, **more}
    return from_document(document)


def test_a_new_member_has_no_records() -> None:
    state = from_document(new_document(MEMBER, {"profile": {"locale": "da"}}, []))
    assert (state.seq, state.recent, state.watermark, state.trimmed) == (0, [], "", False)
    assert state.section("profile") == {"locale": "da"}
    assert state.section("wallet") is None


def test_a_change_becomes_a_record_chained_to_the_last() -> None:
    state = state_of(1)
    entry = {"points": 5}
    record = state.apply(Change(entries=[entry], result={"n": 1}), key(9), "hash", NOW)
    body = {name: value for name, value in record.items() if name != "chain"}
    assert body == {
        "seq": 2,
        "key": key(9),
        "input": "hash",
        "at": NOW,
        "entries": [entry],
        "result": {"n": 1},
    }
    assert record["chain"] == chain(state.recent[0]["chain"], body)
    assert state.find_record(key(9)) is record
    assert state.fresh == [record]


def test_a_change_without_key_and_entries_leaves_no_record() -> None:
    state = state_of(1)
    state.apply(Change(sections={"profile": {"locale": "sv"}}), None, "", NOW)
    assert (state.seq, len(state.recent), state.fresh) == (2, 1, [])
    assert state.changed == {"profile"}


def test_an_empty_change_is_empty() -> None:
    assert Change().is_empty
    assert not Change(facts=[Fact("Noted", {})]).is_empty


def test_a_section_is_read_and_written_once_however_many_commands_change_it() -> None:
    done: list[str] = []

    def read(document: dict[str, Any]) -> int:
        done.append("read")
        return int(document.get("count", 0))

    def write(count: int) -> dict[str, Any]:
        done.append("write")
        return {"count": count}

    counted = Section("counted", read, write)
    state = state_of(0, counted={"count": 5})
    for number in range(3):
        state.apply(Change(values={counted: state.value(counted) + 1}), key(number), "", NOW)
    assert write_statement(state, 0)["u"]["$set"]["counted"] == {"count": 8}
    written = as_written(state)
    assert (written.document["counted"], written.value(counted)) == ({"count": 8}, 8)
    assert done == ["read", "write"]


def test_a_section_given_as_a_document_takes_the_place_of_its_value() -> None:
    name = Section("name", lambda document: str(document.get("text")), lambda text: {"text": text})
    state = state_of(0)
    state.apply(Change(values={name: "Anna"}), None, "", NOW)
    state.apply(Change(sections={"name": {"text": "Bo"}}), None, "", NOW)
    assert (state.value(name), state.section("name")) == ("Bo", {"text": "Bo"})


def test_facts_are_named_by_member_seq_and_place() -> None:
    state = state_of(3)
    state.apply(Change(facts=[Fact("A", {"n": 1}), Fact("B", {})]), key(9), "", NOW)
    assert state.facts == [
        {"id": "mbr_1:4:0", "kind": "A", "at": NOW, "data": {"n": 1}},
        {"id": "mbr_1:4:1", "kind": "B", "at": NOW, "data": {}},
    ]


def test_a_write_is_guarded_by_the_seq_that_was_read() -> None:
    state = state_of(2)
    change = Change(sections={"wallet": {"a": 1}}, facts=[Fact("A", {})])
    record = state.apply(change, key(9), "", NOW)
    assert write_statement(state, 2) == {
        "q": {"_id": MEMBER, "seq": 2},
        "u": {
            "$set": {"wallet": {"a": 1}, "seq": 3},
            "$push": {"recent": {"$each": [record]}, "outbox": {"$each": state.facts}},
        },
        "upsert": True,
    }


def test_a_ring_that_is_not_over_full_keeps_everything() -> None:
    state = state_of(RING_LIMIT - 1)
    state.apply(Change(), key(900), "", NOW)
    assert leaving_records(state) == []


def test_an_over_full_ring_keeps_the_newest() -> None:
    state = state_of(RING_LIMIT)
    state.apply(Change(), key(900), "", NOW)
    leaving = leaving_records(state)
    assert [r["seq"] for r in leaving] == list(range(1, RING_LIMIT + 2 - RING_KEPT))
    assigned = write_statement(state, RING_LIMIT)["u"]["$set"]
    assert assigned["recent"] == state.recent[-RING_KEPT:]
    assert assigned["trimmed"] is True
    assert assigned["watermark"] == leaving[-1]["key"]


def test_a_record_of_this_write_never_leaves_with_it() -> None:
    """It would be in the ledger even where the write loses its race."""
    state = state_of(5)
    for number in range(100, 200):
        state.apply(Change(), key(number), "", NOW)
    assert [r["seq"] for r in leaving_records(state)] == [1, 2, 3, 4, 5]


def test_the_watermark_never_falls_and_reads_only_ordered_keys() -> None:
    high = uuid7(datetime(2030, 1, 1), 0)
    state = state_of(RING_LIMIT, watermark=high, trimmed=True)
    state.apply(Change(), "zzz", "", NOW)
    assert write_statement(state, RING_LIMIT)["u"]["$set"]["watermark"] == high

    state = state_of(0)
    for number in range(RING_LIMIT):
        state.apply(Change(), f"zz-{number}", "", NOW)
    state = from_document({**state.document, "seq": RING_LIMIT, "recent": state.recent})
    state.apply(Change(), key(1), "", NOW)
    assert write_statement(state, RING_LIMIT)["u"]["$set"]["watermark"] == ""


@pytest.mark.parametrize("count", [3, RING_LIMIT])
def test_a_state_as_written_is_what_a_reader_would_find(count: int) -> None:
    state = state_of(count, outbox=[{"id": "mbr_1:0:0"}])
    change = Change(sections={"wallet": {"a": 1}}, facts=[Fact("A", {})])
    state.apply(change, key(900), "", NOW)
    update = write_statement(state, count)["u"]
    document: dict[str, Any] = {"_id": MEMBER, "outbox": [{"id": "mbr_1:0:0"}]}
    document["recent"] = state_of(count).recent
    document |= update["$set"]
    for name, pushed in update.get("$push", {}).items():
        document[name] = [*document[name], *pushed["$each"]]
    written = as_written(state)
    assert written.document == document
    assert (written.seq, written.recent) == (count + 1, document["recent"])
    assert (written.fresh, written.facts, written.changed) == ([], [], set())


def test_ledger_ids_sort_by_member_and_then_by_number() -> None:
    ids = [ledger_id("mbr_1", 2), ledger_id("mbr_1", 10), ledger_id("mbr_2", 1)]
    assert ids == sorted(ids) == ["mbr_1:0000000002", "mbr_1:0000000010", "mbr_2:0000000001"]
    line = ledger_document("mbr_1", {"seq": 2, "key": "k"})
    assert line == {"_id": "mbr_1:0000000002", "member": "mbr_1", "seq": 2, "key": "k"}


@pytest.mark.parametrize(
    ("text", "ordered"),
    [
        ("01937b2e-5c4f-7abc-8def-0123456789ab", True),
        ("01937B2E-5C4F-7ABC-8DEF-0123456789AB", False),
        ("01937b2e-5c4f-4abc-8def-0123456789ab", False),
        ("01937b2e5c4f7abc8def0123456789ab", False),
        ("{1937b2e-5c4f-7abc-8def-0123456789a}", False),
        ("01937b2e-5c4f-7abc-8def-0123456789aX", False),
        ("order-1", False),
        ("", False),
    ],
)
def test_only_canonical_uuid7_sorts_by_time(text: str, ordered: bool) -> None:
    assert is_time_ordered(text) == ordered
