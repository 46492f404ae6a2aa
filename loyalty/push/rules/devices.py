"""Devices: where a member's app can be reached; how it is reached is in the senders."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from loyalty.errors import BadInput
from loyalty.values import value

TOKEN_LIMIT = 4_096
VERSION_LIMIT = 50
DEVICES_OF_A_MEMBER = 20
FORGOTTEN_AFTER = timedelta(days=270)
"""After so long without the app, Firebase has no use for an Android token any more."""


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
    """What the app tells of its device, and by which `id` it knows it, if it does."""

    token: str
    token_kind: TokenKind
    platform: Platform
    app_version: str | None = None
    id: str | None = None


@value
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


def fingerprint(token: str) -> str:
    """Give the hash of a token, by which it is known whose phone it ever was."""
    return "dev_" + hashlib.sha256(token.encode()).hexdigest()[:32]


def seen_since(now: datetime, device_days: int) -> datetime:
    """Give the instant since which a device must have been seen to be sent to."""
    return now - timedelta(days=device_days)


def check_device(wanted: DeviceInput) -> None:
    """Refuse what cannot be a device. Raises BadInput."""
    if not 1 <= len(wanted.token) <= TOKEN_LIMIT or not _is_one_word(wanted.token):
        raise BadInput(f"a token is 1 to {TOKEN_LIMIT} printable characters", ("token",))
    version = wanted.app_version
    if version is not None and not (1 <= len(version) <= VERSION_LIMIT and version.isprintable()):
        raise BadInput(f"1 to {VERSION_LIMIT} characters of one line", ("appVersion",))


def _is_one_word(text: str) -> bool:
    return text.isprintable() and " " not in text
