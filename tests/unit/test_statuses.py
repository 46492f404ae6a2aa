"""Which status is sent for which answer, by the profile and by what the client takes."""

import pytest

from api.graphql_requests import JSON, RESPONSE_JSON
from api.statuses import media_to_send, status_of

NOT_A_REQUEST = [(400, 400), (401, 401), (405, 405), (415, 415), (422, 400), (429, 429), (503, 503)]


@pytest.mark.parametrize("media", [JSON, RESPONSE_JSON])
@pytest.mark.parametrize(("status", "compat"), NOT_A_REQUEST)
def test_what_is_no_request_has_its_status_whatever_the_client_takes(
    media: str, status: int, compat: int
) -> None:
    assert status_of("compat", media, status, is_request=False) == compat
    assert status_of("draft2026", media, status, is_request=False) == status


@pytest.mark.parametrize("status", [400, 403, 422, 500, 503])
def test_what_was_not_executed_is_200_only_where_plain_json_is_all_a_client_takes(
    status: int,
) -> None:
    assert status_of("compat", JSON, status, is_request=True) == 200
    assert status_of("compat", RESPONSE_JSON, status, is_request=True) == 400
    assert status_of("draft2026", JSON, status, is_request=True) == status
    assert status_of("draft2026", RESPONSE_JSON, status, is_request=True) == status


def test_partial_success_is_told_by_the_draft_to_those_who_take_its_type() -> None:
    assert status_of("compat", JSON, 294, is_request=True) == 200
    assert status_of("compat", RESPONSE_JSON, 294, is_request=True) == 200
    assert status_of("draft2026", JSON, 294, is_request=True) == 200
    assert status_of("draft2026", RESPONSE_JSON, 294, is_request=True) == 294


@pytest.mark.parametrize("profile", ["compat", "draft2026"])
def test_success_is_success(profile: str) -> None:
    for media in (JSON, RESPONSE_JSON):
        assert status_of(profile, media, 200, is_request=True) == 200  # type: ignore[arg-type]


def test_by_the_draft_an_error_is_never_plain_json() -> None:
    assert media_to_send("compat", JSON, 400) == JSON
    assert media_to_send("draft2026", JSON, 422) == RESPONSE_JSON
    assert media_to_send("draft2026", JSON, 200) == JSON
