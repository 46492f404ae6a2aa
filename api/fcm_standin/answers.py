"""What FCM answers, and the faults a target can ask for by its name; no socket is touched here.

A target of the form `<fault>:<anything>` chooses its own fault, so a test needs no side channel:
`unregistered:a`, `badtoken:a`, `mismatch:a`, `apnsauth:a`, `e401:a`, `e403:a`, `e429-2:a` (with
Retry-After 2), `e429:a` (without), `e500:a`, `e502:a` (a page, not JSON), `e503-7:a`, `badjson:a`,
`flaky503-3:a` (three times 503, then accepted; also 429 and 500), `hang:a`, `reset-before:a`
(not accepted), `reset-after:a` (accepted, and the answer lost).
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import orjson

JSON = "application/json; charset=UTF-8"
_TYPES = "type.googleapis.com/google."
_FAULT = re.compile(
    r"(?P<name>unregistered|badtoken|mismatch|apnsauth|badjson|hang|reset-before|reset-after"
    r"|e401|e403|e429|e500|e502|e503|flaky429|flaky500|flaky503)(-(?P<number>\d+))?:"
)


class Ending(Enum):
    """How an exchange ends on the wire."""

    ANSWER = "answer"
    HANG = "hang"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the server: an HTTP status, a body, and how the exchange ends."""

    status: int = 200
    body: bytes = b""
    retry_after: str | None = None
    content_type: str = JSON
    ending: Ending = Ending.ANSWER

    def headers(self) -> dict[str, str]:
        """Return the headers of the answer, names in lower case."""
        retry = {} if self.retry_after is None else {"retry-after": self.retry_after}
        return {"content-type": self.content_type, **retry}


@dataclass(frozen=True, slots=True)
class Fault:
    """What a target asked for: the answer, and whether the message is accepted all the same."""

    answer: Answer
    accepted: bool = False


def accepted(name: str) -> Answer:
    """Answer that the message was taken, under its name."""
    return Answer(body=orjson.dumps({"name": name}))


def refused(
    status: int, state: str, message: str, *details: dict[str, Any], retry_after: str | None = None
) -> Answer:
    """Answer with Google's error envelope."""
    error: dict[str, Any] = {"code": status, "message": message, "status": state}
    if details:
        error["details"] = list(details)
    return Answer(status, orjson.dumps({"error": error}), retry_after)


def bad_request(fields: dict[str, str]) -> Answer:
    """Answer that the request itself is wrong, naming each field."""
    violations = [{"field": path, "description": reason} for path, reason in fields.items()]
    detail = {"@type": _TYPES + "rpc.BadRequest", "fieldViolations": violations}
    sentence = "; ".join(fields.values()) or "Request contains an invalid argument."
    return refused(400, "INVALID_ARGUMENT", sentence, detail)


def unauthenticated() -> Answer:
    """Answer that the access token is not the expected one."""
    sentence = "Request had invalid authentication credentials."
    return refused(401, "UNAUTHENTICATED", sentence)


def _fcm(code: str) -> dict[str, str]:
    return {"@type": _TYPES + "firebase.fcm.v1.FcmError", "errorCode": code}


def _throttled(number: str | None) -> Answer:
    reason = {"@type": _TYPES + "rpc.ErrorInfo", "reason": "RATE_LIMIT_EXCEEDED"}
    sentence = "Resource has been exhausted (e.g. check quota)."
    return refused(429, "RESOURCE_EXHAUSTED", sentence, reason, retry_after=number)


def _unavailable(number: str | None) -> Answer:
    sentence = "The service is currently unavailable."
    return refused(503, "UNAVAILABLE", sentence, _fcm("UNAVAILABLE"), retry_after=number)


_INVALID_TOKEN = "The registration token is not a valid FCM registration token"  # noqa: S105
_NOT_FOUND = "Requested entity was not found."
_APNS_AUTH = "Auth error from APNS or Web Push Service"

_FIXED = {
    "unregistered": refused(404, "NOT_FOUND", _NOT_FOUND, _fcm("UNREGISTERED")),
    "badtoken": refused(400, "INVALID_ARGUMENT", _INVALID_TOKEN, _fcm("INVALID_ARGUMENT")),
    "mismatch": refused(403, "PERMISSION_DENIED", "SenderId mismatch", _fcm("SENDER_ID_MISMATCH")),
    "apnsauth": refused(401, "UNAUTHENTICATED", _APNS_AUTH, _fcm("THIRD_PARTY_AUTH_ERROR")),
    "badjson": Answer(body=b'{"name": '),
    "hang": Answer(ending=Ending.HANG),
    "reset-before": Answer(ending=Ending.RESET),
    "reset-after": Answer(ending=Ending.RESET),
    "e401": unauthenticated(),
    "e403": refused(403, "PERMISSION_DENIED", "Permission denied on resource project."),
    "e500": refused(500, "INTERNAL", "Internal error encountered.", _fcm("INTERNAL")),
    "e502": Answer(502, b"<html><title>Error 502</title></html>", content_type="text/html"),
}
_NUMBERED = {"e429": _throttled, "e503": _unavailable}
_ACCEPTED = frozenset({"badjson", "reset-after"})


@dataclass(slots=True)
class Faults:
    """Read the fault out of a target; remember how often each flaky target has been refused."""

    refused_count: Counter[str] = field(default_factory=Counter)

    def of(self, target: str) -> Fault | None:
        """Return the fault the target asks for this time, or None when it is healthy."""
        found = _FAULT.match(target)
        if not found:
            return None
        name, number = found["name"], found["number"]
        if name.startswith("flaky"):
            if self.refused_count[target] >= int(number or 1):
                return None
            self.refused_count[target] += 1
            name, number = "e" + name.removeprefix("flaky"), None
        answer = _NUMBERED[name](number) if name in _NUMBERED else _FIXED[name]
        return Fault(answer, name in _ACCEPTED)
