"""Documents that carry their BSON are written, sealed, joined and read as if they did not."""

from datetime import datetime

import bson

from loyalty.mongo import joined, sealed
from loyalty.states import Change, State, chain, ledger_document

RECORD = {"seq": 3, "key": None, "at": datetime(2026, 3, 2), "entries": [{"points": 5}]}


def test_what_is_written_is_what_the_document_says() -> None:
    record = sealed(RECORD, "chain", lambda raw: raw[:16])
    plain = {**RECORD, "chain": bson.encode(RECORD)[:16]}
    assert record == plain
    assert record.raw == bson.encode(plain) == bson.encode(record)
    assert bson.encode({"recent": [record, record]}) == bson.encode({"recent": [plain, plain]})


def test_documents_are_joined_whether_they_carry_their_bytes_or_not() -> None:
    first = {"_id": "é:1"}
    for then in (RECORD, sealed(RECORD, "chain", bytes)):
        line = joined(first, then)
        assert line == {**first, **then}
        assert line.raw == bson.encode({**first, **then})


def test_its_bytes_are_those_it_brings_along() -> None:
    record = sealed(RECORD, "chain", bytes)
    record.raw = bson.encode({"seq": 4})
    assert bson.decode(bson.encode({"last": record})) == {"last": {"seq": 4}}


def test_a_record_and_its_ledger_line_are_chained_as_any() -> None:
    state = State("mbr_x", 0, {}, [])
    at = datetime(2026, 3, 2)
    for key in ("a", "b"):
        state.apply(Change(result={"note": key}), key, "same", at)
    first, second = state.recent
    assert second["chain"] == chain(first["chain"], second)
    line = ledger_document("mbr_x", second)
    assert bson.decode(bson.encode(line)) == line == {**line, **second}
