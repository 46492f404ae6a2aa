"""Documents that carry their BSON are written, joined and read as if they did not."""

from datetime import datetime

import bson

from loyalty.mongo import encoded, joined
from loyalty.states import Change, State, chain, ledger_document

RECORD = {"seq": 3, "key": None, "at": datetime(2026, 3, 2), "entries": [{"points": 5}]}


def test_what_is_written_is_what_the_document_says() -> None:
    record = joined(encoded(RECORD), {"chain": b"0123456789abcdef"})
    plain = {**RECORD, "chain": b"0123456789abcdef"}
    assert record == plain
    assert record.raw == bson.encode(plain) == bson.encode(record)
    assert bson.encode({"recent": [record, record]}) == bson.encode({"recent": [plain, plain]})


def test_its_bytes_are_those_it_brings_along() -> None:
    record = encoded(RECORD)
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
