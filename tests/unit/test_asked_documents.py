"""By what a document is asked for: its text, its id in every form, or its hash and both."""

import hashlib
from typing import Any

import pytest

from api.graphql_requests import BadRequest, parameters_of

TEXT = "{ __typename }"
HASH = hashlib.sha256(TEXT.encode()).hexdigest()


def by_hash(value: Any, version: Any = 1) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": version, "sha256Hash": value}}}


@pytest.mark.parametrize(
    "given",
    [
        by_hash(HASH),
        {"documentId": HASH},
        {"documentId": f"sha256:{HASH}"},
        {"id": HASH},
        {"doc_id": HASH, "query": None},
        {"doc_id": HASH, "query": ""},
        {"documentId": f"sha256:{HASH}", **by_hash(HASH)},
    ],
)
def test_an_id_is_read_in_every_form(given: dict[str, Any]) -> None:
    asked = parameters_of(given)
    assert (asked.query, asked.document_id, asked.is_hashed) == ("", HASH, False)


def test_a_text_may_come_with_its_hash() -> None:
    for given in (by_hash(HASH), {"documentId": f"sha256:{HASH}"}):
        asked = parameters_of({"query": TEXT, **given})
        assert (asked.query, asked.document_id, asked.is_hashed) == (TEXT, HASH, True)


def test_an_id_that_is_no_hash_says_nothing_beside_a_text() -> None:
    asked = parameters_of({"query": TEXT, "id": "7"})
    assert (asked.query, asked.is_hashed) == (TEXT, False)


@pytest.mark.parametrize(
    "given",
    [
        {"query": f"{TEXT} ", **by_hash(HASH)},
        {"query": TEXT, "documentId": f"sha256:{HASH[:-1]}"},
        {"documentId": HASH, "id": "another"},
        {"documentId": 7},
        {"documentId": ""},
        by_hash(None),
        by_hash(7),
        by_hash(HASH, version=2),
        {"extensions": {"persistedQuery": HASH}},
        {"extensions": {}},
    ],
)
def test_what_is_no_id_or_not_the_hash_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(BadRequest) as refused:
        parameters_of(given)
    assert refused.value.status == 422


@pytest.mark.parametrize(
    ("given", "digest"),
    [
        ({"query": TEXT}, HASH),
        ({"documentId": HASH}, HASH),
        ({"id": "asta@example.com"}, hashlib.sha256(b"asta@example.com").hexdigest()),
    ],
)
def test_a_log_names_a_document_by_nothing_but_a_hash(given: dict[str, Any], digest: str) -> None:
    assert parameters_of(given).digest == digest
