"""What an answer of FCM means for the message and the device; pure, and the same for every sender.

Source: Firebase's "ErrorCode" reference of the HTTP v1 API and its scaling guide.
"""

from collections.abc import Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any

import orjson

from loyalty.values import value

THROTTLED_SECONDS = 60  # FCM's own rule for a 429 that does not say
PAUSE_LIMIT_SECONDS = 3_600  # whatever is asked for
THIRD_PARTY = "THIRD_PARTY_AUTH_ERROR"  # a 401 for the project's key to APNs, not for our token
BROKEN_OFF = "BROKEN_OFF"  # the answer's status came, and not the whole of its body
NO_NAME = "NO_NAME"  # FCM names every message that it takes


class Outcome(StrEnum):
    """What became of one attempt to send one message."""

    SENT = "sent"
    DEAD_DEVICE = "dead_device"  # forget the device, unless it was seen since
    REJECTED = "rejected"  # this message will never be taken
    THROTTLED = "throttled"  # not taken: slow down, try again after the pause
    TRANSIENT = "transient"  # not taken: try again with back-off
    UNKNOWN = "unknown"  # it may have been taken
    HALT = "halt"  # nothing we send can succeed: stop and call a person


@value
class Receipt:
    """The outcome for one device.

    `name` is FCM's name of a message sent. `code` and `detail` say why not, without any text of
    the message: FCM's error code, and the fields at fault. `retry_after_seconds` is FCM's wish.
    """

    device_id: str
    outcome: Outcome
    code: str | None = None
    name: str | None = None
    retry_after_seconds: int | None = None
    detail: str | None = None


def classify(
    device_id: str, status: int, body: bytes | None, headers: Mapping[str, str] | None = None
) -> Receipt:
    """Read FCM's answer; one whose body broke off has None for it.

    Names of `headers` are looked for in small letters.
    """
    document = _document(body or b"")
    if 200 <= status < 300:
        return taken(device_id, document.get("name"))
    error = _mapping(document.get("error"))
    details = [_mapping(detail) for detail in _list(error.get("details"))]
    code = next(
        (_text(d.get("errorCode")) for d in details if _is(d, "firebase.fcm.v1.FcmError")),
        BROKEN_OFF if body is None else None,
    )
    fields = [
        str(_mapping(violation).get("field", ""))
        for detail in details
        if _is(detail, "rpc.BadRequest")
        for violation in _list(detail.get("fieldViolations"))
    ]
    names_token = "registration token" in str(error.get("message")) or bool(
        {"message.token", "message.fid"}.intersection(fields)
    )
    outcome = _outcome(status, code, names_token)
    pause = _pause(headers or {})
    if outcome is Outcome.THROTTLED and pause is None:
        pause = THROTTLED_SECONDS
    return Receipt(
        device_id,
        outcome,
        code=code or _text(error.get("status")) or f"HTTP_{status}",
        retry_after_seconds=pause,
        detail=", ".join(fields) or None,
    )


def taken(device_id: str, name: object) -> Receipt:
    """Read the name of a message that FCM says it took; without one, nobody knows that it did."""
    if isinstance(name, str) and name:
        return Receipt(device_id, Outcome.SENT, name=name)
    return Receipt(device_id, Outcome.UNKNOWN, NO_NAME)


def _outcome(status: int, code: str | None, names_token: bool) -> Outcome:
    match status, code:
        case (404, "UNREGISTERED") | (403, "SENDER_ID_MISMATCH"):
            return Outcome.DEAD_DEVICE
        # A 400 without FcmError is about our message: no device is dropped for our own mistake.
        case (400, "INVALID_ARGUMENT") if names_token:
            return Outcome.DEAD_DEVICE
        case 429, _:
            return Outcome.THROTTLED
        # Refused, and why is not known: neither the device nor the project is blamed.
        case _ if status == 408 or code == BROKEN_OFF:
            return Outcome.TRANSIENT
        # 404 without UNREGISTERED is a project or an address that does not exist.
        case ((401 | 403 | 404), _):
            return Outcome.HALT
        case _ if status >= 500:
            return Outcome.TRANSIENT
        case _ if status >= 400:
            return Outcome.REJECTED
        case _:
            return Outcome.HALT  # a redirect: this is not FCM


def _pause(headers: Mapping[str, str]) -> int | None:
    """Read for how many seconds FCM asks; a date counts from that of the answer."""
    asked = headers.get("retry-after", "").strip()
    if asked.isdecimal():
        return min(int(asked[:9]), PAUSE_LIMIT_SECONDS)
    try:
        wait = parsedate_to_datetime(asked) - parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(wait // timedelta(seconds=1), 0), PAUSE_LIMIT_SECONDS)


def _document(body: bytes) -> Mapping[str, Any]:
    try:
        return _mapping(orjson.loads(body))
    except orjson.JSONDecodeError:
        return {}


def _is(detail: Mapping[str, Any], kind: str) -> bool:
    return str(detail.get("@type", "")).endswith("/google." + kind)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
