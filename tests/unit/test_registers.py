"""What a door runs by an id: registered and learned operations, and what is refused otherwise."""

from pathlib import Path

import pytest

from api.documents import DocumentRefused
from api.graphql_requests import Parameters, parameters_of
from api.manifests import Registered, sha256_of
from api.persisted import LEARNED_DOCUMENTS, Register

TEXT = "{ program { id } }"
OTHER = "{ __typename }"
KNOWN = [Registered("7", TEXT, Path("ios.json"))]


def hashed(text: str) -> Parameters:
    """Send a text with its hash, as Apollo's clients do on the second try."""
    persisted = {"version": 1, "sha256Hash": sha256_of(text)}
    return parameters_of({"query": text, "extensions": {"persistedQuery": persisted}})


def code_of(register: Register, asked: Parameters) -> str:
    with pytest.raises(DocumentRefused) as refused:
        register.document(asked)
    (error,) = refused.value.errors
    return str((error.extensions or {})["code"])


@pytest.mark.parametrize("only", [True, False])
def test_a_registered_operation_is_found_by_its_id_its_hash_and_its_text(only: bool) -> None:
    register = Register(KNOWN, only=only, learns=False)
    for asked in (
        Parameters(document_id="7"),
        Parameters(document_id=sha256_of(TEXT)),
        Parameters(TEXT),
    ):
        assert register.document(asked) == TEXT


def test_where_only_registered_operations_run_no_other_text_does() -> None:
    register = Register(KNOWN, only=True, learns=True)
    assert code_of(register, Parameters(OTHER)) == "OPERATION_NOT_REGISTERED"
    assert code_of(register, Parameters(TEXT + " ")) == "OPERATION_NOT_REGISTERED"
    assert code_of(register, hashed(OTHER)) == "OPERATION_NOT_REGISTERED"
    unknown = Parameters(document_id=sha256_of(OTHER))
    assert code_of(register, unknown) == "PERSISTED_QUERY_NOT_FOUND"


def test_an_id_beside_a_text_does_not_make_it_registered() -> None:
    register = Register(KNOWN, only=True, learns=False)
    assert code_of(register, Parameters(OTHER, document_id="7")) == "OPERATION_NOT_REGISTERED"


def test_what_comes_with_its_hash_is_learned_where_that_is_wanted() -> None:
    asked = Parameters(document_id=sha256_of(OTHER))
    for learns in (True, False):
        register = Register((), only=False, learns=learns)
        assert code_of(register, asked) == "PERSISTED_QUERY_NOT_FOUND"
        assert register.document(hashed(OTHER)) == OTHER
        if learns:
            assert register.document(asked) == OTHER
        else:
            assert code_of(register, asked) == "PERSISTED_QUERY_NOT_FOUND"


def test_only_so_much_is_learned_and_what_is_used_stays() -> None:
    register = Register((), only=False, learns=True)
    texts = [f"{{ a{number}: __typename }}" for number in range(LEARNED_DOCUMENTS + 1)]
    for text in texts[:-1]:
        register.document(hashed(text))
    first = Parameters(document_id=sha256_of(texts[0]))
    assert register.document(first) == texts[0]
    register.document(hashed(texts[-1]))
    assert register.document(first) == texts[0]
    gone = Parameters(document_id=sha256_of(texts[1]))
    assert code_of(register, gone) == "PERSISTED_QUERY_NOT_FOUND"
    long = "{ " + "a: __typename " * 1_000 + "}"
    register.document(hashed(long))
    too_long = Parameters(document_id=sha256_of(long))
    assert code_of(register, too_long) == "PERSISTED_QUERY_NOT_FOUND"
