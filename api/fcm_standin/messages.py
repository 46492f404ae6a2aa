"""The shape of a message in FCM's HTTP v1 API, as strict as Google's; not what we choose to send.

Source: the REST reference of `projects.messages` and the limits of "About FCM messages".
"""

import re
from typing import Annotated, Any, Literal, Self

import orjson
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel

PAYLOAD_LIMIT_BYTES = 4_096
TOPIC_LIMIT_BYTES = 2_048
TTL_LIMIT_SECONDS = 2_419_200
COLLAPSE_ID_LIMIT_BYTES = 64
TARGETS = ("token", "fid", "topic", "condition")

_RESERVED_KEY = re.compile(r"(from|message_type|gcm)\Z|google\.|gcm\.notification\.")
_DURATION = re.compile(r"(\d+)(\.\d{1,9})?s\Z")


class BadMessage(Exception):
    """Say which fields of a request FCM would not accept, as paths like `message.android.ttl`."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__("; ".join(f"{path}: {reason}" for path, reason in fields.items()))
        self.fields = fields


def _unreserved(data: dict[str, str]) -> dict[str, str]:
    for key in data:
        if _RESERVED_KEY.match(key):
            raise ValueError(f"Invalid data payload key: {key}")
    return data


def _duration(ttl: str) -> str:
    found = _DURATION.match(ttl)
    if not found:
        raise ValueError(f"Illegal duration format; duration must end with 's': {ttl}")
    if int(found[1]) > TTL_LIMIT_SECONDS:
        raise ValueError(f"Invalid TTL value: more than {TTL_LIMIT_SECONDS} s")
    return ttl


def _apns_headers(headers: dict[str, str]) -> dict[str, str]:
    if headers.get("apns-priority", "10") not in ("1", "5", "10"):
        raise ValueError("apns-priority must be 1, 5 or 10")
    if not headers.get("apns-expiration", "0").isdigit():
        raise ValueError("apns-expiration must be a Unix time in whole seconds")
    if len(headers.get("apns-collapse-id", "").encode()) > COLLAPSE_ID_LIMIT_BYTES:
        raise ValueError(f"apns-collapse-id is longer than {COLLAPSE_ID_LIMIT_BYTES} bytes")
    return headers


def _apns_payload(payload: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(payload.get("aps"), dict):
        raise ValueError("aps must be an object")
    if len(orjson.dumps(payload)) > PAYLOAD_LIMIT_BYTES:
        raise ValueError("APNs payload is too big")
    return payload


_Data = Annotated[dict[str, str], AfterValidator(_unreserved)]
_Label = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9-_.~%]{1,50}$")]
_Topic = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9-_.~%]+$")]


class _Shape(BaseModel):
    model_config = ConfigDict(
        extra="forbid", strict=True, alias_generator=to_camel, populate_by_name=True
    )


class Notification(_Shape):
    """Mirror `Notification`."""

    title: str | None = None
    body: str | None = None
    image: str | None = None


class FcmOptions(_Shape):
    """Mirror `FcmOptions`, `AndroidFcmOptions` and `ApnsFcmOptions`."""

    analytics_label: _Label | None = None
    image: str | None = None


class AndroidNotification(_Shape):
    """Mirror `AndroidNotification`."""

    title: str | None = None
    body: str | None = None
    icon: str | None = None
    color: str | None = None
    sound: str | None = None
    tag: str | None = None
    click_action: str | None = None
    body_loc_key: str | None = None
    body_loc_args: list[str] | None = None
    title_loc_key: str | None = None
    title_loc_args: list[str] | None = None
    channel_id: str | None = None
    ticker: str | None = None
    sticky: bool | None = None
    event_time: str | None = None
    local_only: bool | None = None
    notification_priority: str | None = None
    default_sound: bool | None = None
    default_vibrate_timings: bool | None = None
    default_light_settings: bool | None = None
    vibrate_timings: list[str] | None = None
    visibility: str | None = None
    notification_count: int | None = None
    light_settings: dict[str, Any] | None = None
    image: str | None = None
    proxy: str | None = None


class AndroidConfig(_Shape):
    """Mirror `AndroidConfig`."""

    collapse_key: str | None = None
    priority: Literal["HIGH", "NORMAL", "high", "normal"] | None = None
    ttl: Annotated[str, AfterValidator(_duration)] | None = None
    restricted_package_name: str | None = None
    data: _Data | None = None
    notification: AndroidNotification | None = None
    fcm_options: FcmOptions | None = None
    direct_boot_ok: bool | None = None
    bandwidth_constrained_ok: bool | None = None
    restricted_satellite_ok: bool | None = None


class ApnsConfig(_Shape):
    """Mirror `ApnsConfig`."""

    headers: Annotated[dict[str, str], AfterValidator(_apns_headers)] | None = None
    payload: Annotated[dict[str, Any], AfterValidator(_apns_payload)] | None = None
    fcm_options: FcmOptions | None = None
    live_activity_token: str | None = None


class WebpushConfig(_Shape):
    """Mirror `WebpushConfig`."""

    headers: dict[str, str] | None = None
    data: _Data | None = None
    notification: dict[str, Any] | None = None
    fcm_options: dict[str, str] | None = None


class Message(_Shape):
    """Mirror `Message`, with its one target and its limit of size."""

    name: str | None = None
    data: _Data | None = None
    notification: Notification | None = None
    android: AndroidConfig | None = None
    apns: ApnsConfig | None = None
    webpush: WebpushConfig | None = None
    fcm_options: FcmOptions | None = None
    token: str | None = None
    fid: str | None = None
    topic: _Topic | None = None
    condition: str | None = None

    @property
    def target(self) -> str:
        """Return the one address the message goes to."""
        return self.token or self.fid or self.topic or self.condition or ""

    @model_validator(mode="after")
    def _exactly_one_target(self) -> Self:
        if sum(bool(getattr(self, target)) for target in TARGETS) != 1:
            raise ValueError("exactly one of token, fid, topic and condition is wanted")
        return self

    @model_validator(mode="after")
    def _within_the_limit(self) -> Self:
        data = (self.android and self.android.data) or self.data or {}
        texts = [*data.keys(), *data.values()]
        if self.notification:
            texts += [text for text in self.notification.model_dump().values() if text]
        limit = TOPIC_LIMIT_BYTES if self.topic or self.condition else PAYLOAD_LIMIT_BYTES
        if sum(len(text.encode()) for text in texts) > limit:
            raise ValueError("Android message is too big")
        return self


class SendRequest(_Shape):
    """Mirror the body of `messages:send`."""

    message: Message
    validate_only: bool = False


def read(body: bytes) -> SendRequest:
    """Read the body of `messages:send`, or raise BadMessage with every field at fault."""
    try:
        return SendRequest.model_validate_json(body)
    except ValidationError as error:
        fields = {
            ".".join(str(part) for part in found["loc"]): found["msg"] for found in error.errors()
        }
        raise BadMessage(fields) from None
