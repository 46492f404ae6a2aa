"""What the audit finds wrong with statuses, from records written by hand."""

from typing import Any

from loyalty.audit.statuses import Statuses

SUSPENDED = {"seq": 2, "result": {"status": "SUSPENDED", "was": "ACTIVE"}, "entries": []}
BACK = {"seq": 4, "result": {"status": "ACTIVE", "was": "SUSPENDED"}, "entries": []}


def moving(kind: str) -> dict[str, Any]:
    return {"seq": 3, "result": {}, "entries": [{"kind": kind}]}


def test_who_takes_no_part_earns_and_spends_nothing() -> None:
    found = Statuses()
    assert [*found.read(moving("ACCRUAL")), *found.read(SUSPENDED)] == []
    for kind in ("EXPIRY", "CLAWBACK", "REINSTATEMENT", "ADJUSTMENT", "TRANSFER_IN"):
        assert list(found.read(moving(kind))) == []
    for kind in ("ACCRUAL", "REDEMPTION", "TRANSFER_OUT", "TOP_UP"):
        assert list(found.read(moving(kind))) == [
            ("who_takes_no_part_neither_earns_nor_spends", f"record 3: {kind} while SUSPENDED")
        ]
    assert [*found.read(BACK), *found.read(moving("ACCRUAL"))] == []


def test_a_status_is_what_the_last_record_made_it() -> None:
    found = Statuses()
    assert list(found.compare({"status": "SUSPENDED"})) == []  # by no record: nothing is known
    list(found.read(SUSPENDED))
    assert list(found.compare({"status": "SUSPENDED"})) == []
    assert list(found.compare({"status": "ERASED"})) == []
    assert list(found.compare({"status": "ACTIVE"})) == [
        ("status_is_the_last_one", "ACTIVE, records give SUSPENDED")
    ]
    assert list(found.read({**SUSPENDED, "seq": 5})) == [
        ("statuses_follow_each_other", "record 5 begins elsewhere")
    ]
