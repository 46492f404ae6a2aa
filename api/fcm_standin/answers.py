"""What FCM answers, in its own words; no socket is touched here, and nothing decides which."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

import orjson

JSON = "application/json; charset=UTF-8"
_TYPES = "type.googleapis.com/google."


class Ending(Enum):
    """How an exchange ends on the wire."""

    ANSWER = "answer"
    HANG = "hang"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the server: an HTTP status, a body, and when and how the exchange ends."""

    status: int = 200
    body: bytes = b""
    retry_after: str | None = None
    content_type: str = JSON
    ending: Ending = Ending.ANSWER
    after_ms: int = 0

    def headers(self) -> dict[str, str]:
        """Return the headers of the answer, names in lower case."""
        retry = {} if self.retry_after is None else {"retry-after": self.retry_after}
        return {"content-type": self.content_type, **retry}


def accepted(name: str, after_ms: int = 0) -> Answer:
    """Answer that the message was taken, under its name."""
    return Answer(body=orjson.dumps({"name": name}), after_ms=after_ms)


def found(document: dict[str, Any]) -> Answer:
    """Answer with what was asked for."""
    return Answer(body=orjson.dumps(document))


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


def fcm(status: int, state: str, message: str, code: str, retry_after: str | None = None) -> Answer:
    """Answer with an error that has a code of FCM's own."""
    detail = {"@type": _TYPES + "firebase.fcm.v1.FcmError", "errorCode": code}
    return refused(status, state, message, detail, retry_after=retry_after)


def throttled(retry_after: str | None) -> Answer:
    """Answer that too much was asked for."""
    reason = {"@type": _TYPES + "rpc.ErrorInfo", "reason": "RATE_LIMIT_EXCEEDED"}
    sentence = "Resource has been exhausted (e.g. check quota)."
    return refused(429, "RESOURCE_EXHAUSTED", sentence, reason, retry_after=retry_after)


def unavailable(retry_after: str | None) -> Answer:
    """Answer that nothing can be taken at present."""
    sentence = "The service is currently unavailable."
    return fcm(503, "UNAVAILABLE", sentence, "UNAVAILABLE", retry_after)
