"""What every verb checks of what it is sent: its key, its reason, its number of points."""

import hashlib

import orjson

from loyalty.commands import OWN
from loyalty.errors import BadInput
from loyalty.wallets.rules import POINTS_LIMIT

KEY_LIMIT = 128
REASON_LIMIT = 500


def hash_input(**values: object) -> str:
    """Fingerprint the input of a verb, to tell a repeat from another call under the same key."""
    plain = orjson.dumps(values, option=orjson.OPT_SORT_KEYS, default=str)
    return hashlib.sha256(plain).hexdigest()[:24]


def check_key(key: str) -> None:
    """Refuse what cannot be a client's idempotency key. Raises BadInput."""
    if not 1 <= len(key) <= KEY_LIMIT or not key.isascii() or not key.isprintable():
        raise BadInput(
            f"a key is 1 to {KEY_LIMIT} printable ASCII characters, best a UUIDv7", ("key",)
        )
    if key.startswith(OWN):
        raise BadInput(f"keys that begin with {OWN} are made by the house alone", ("key",))


def check_reason(reason: str) -> None:
    """Refuse an empty reason, or a very long one. Raises BadInput."""
    if not 1 <= len(reason.strip()) <= REASON_LIMIT:
        raise BadInput(f"say why in 1 to {REASON_LIMIT} characters: it is kept", ("reason",))


def check_points(points: int) -> None:
    """Refuse what is no number of points to be moved. Raises BadInput."""
    if not 0 < points <= POINTS_LIMIT:
        raise BadInput(f"1 to {POINTS_LIMIT} points", ("points",))
