"""Devices: where a member's app can be reached; how it is reached is in the senders."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from loyalty.errors import BadInput

TOKEN_LIMIT = 4_096
VERSION_LIMIT = 50
DEVICES_OF_A_MEMBER = 20


class Platform(StrEnum):
    """Name what the app runs on."""

    IOS = "IOS"
    ANDROID = "ANDROID"
    WEB = "WEB"


class TokenKind(StrEnum):
    """Say how a device is addressed: by registration token (old) or Firebase installation id."""

    TOKEN = "TOKEN"  # noqa: S105 - the name of a kind
    FID = "FID"


@dataclass(frozen=True, slots=True)
class DeviceInput:
    """What the app tells of its device."""

    token: str
    token_kind: TokenKind
    platform: Platform
    app_version: str | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """A device of one member, theirs since `registered_at`, last heard of at `seen_at`."""

    id: str
    member_id: str
    token: str
    token_kind: TokenKind
    platform: Platform
    app_version: str | None
    registered_at: datetime
    seen_at: datetime


def device_id(token: str) -> str:
    """Give the id of the device with a token: a hash, so that a token is in one place only."""
    return "dev_" + hashlib.sha256(token.encode()).hexdigest()[:32]


def check_device(wanted: DeviceInput) -> None:
    """Refuse what cannot be a device. Raises BadInput."""
    if not 1 <= len(wanted.token) <= TOKEN_LIMIT or not wanted.token.isprintable():
        raise BadInput(f"a token is 1 to {TOKEN_LIMIT} printable characters", ("token",))
    if wanted.app_version is not None and len(wanted.app_version) > VERSION_LIMIT:
        raise BadInput(f"longer than {VERSION_LIMIT} characters", ("appVersion",))
