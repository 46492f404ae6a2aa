"""Which HTTP status an answer has, by the profile that is set; changes no body.

`draft2026` is the status that an answer has by itself: the GraphQL-over-HTTP draft of 2026, section
"Status Codes". `compat` is what clients of today expect of it: 200 for whatever was a request of
the graph, as long as it may be taken for an answer of somebody between (`application/json`).
"""

from typing import Literal

from api.graphql_requests import JSON, RESPONSE_JSON

Profile = Literal["compat", "draft2026"]

PARTIAL_SUCCESS = 294
NOT_EXECUTED = {
    "GRAPHQL_PARSE_FAILED": 400,
    "OPERATION_NOT_REGISTERED": 403,
    "CLIENT_UPGRADE_REQUIRED": 403,
    "INTERNAL_SERVER_ERROR": 500,
    "UNAVAILABLE": 503,
}
NOT_VALID = 422


def status_of(
    profile: Profile, media: str, status: int, *, code: str = "OK", is_request: bool = True
) -> int:
    """Give the status to send for the one that an answer has by itself.

    `is_request` tells that it was a request of the graph, whatever is wrong with the document.
    A client that sent a hash sends the document next, unless a status stops it.
    """
    if code == "PERSISTED_QUERY_NOT_FOUND":
        return 200 if profile == "compat" else NOT_VALID
    if status == PARTIAL_SUCCESS:
        return 200 if profile == "compat" or media == JSON else status
    if profile == "draft2026":
        return status
    if is_request and status >= 400:
        return 200 if media == JSON else 400
    return 400 if status == NOT_VALID else status


def media_to_send(profile: Profile, media: str, status: int) -> str:
    """Give the media type to send: by the draft, an error is never plain JSON."""
    return RESPONSE_JSON if profile == "draft2026" and status >= 400 else media
