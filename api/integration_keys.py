"""Keys of the shop's own systems: how one is made, checked, kept and revoked; not its use."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from loyalty.errors import BadInput
from loyalty.mongo import Mongo

COLLECTION = "integration_keys"
SCOPES = frozenset(
    {
        "purchases:write",
        "members:write",
        "members:read",
        "events:write",
        "points:adjust",
        "campaigns:send",
        "offers:write",
        "offers:redeem",
        "plans:write",
        "benefits:use",
        "submissions:write",
    }
)
NAME_LIMIT = 100

_FORM = re.compile(r"(stk_[0-9a-f]{12})_([A-Za-z0-9_-]{43})", re.ASCII)


@dataclass(frozen=True, slots=True)
class IntegrationKey:
    """Hold what is kept of a key: everything but its secret."""

    key_id: str
    name: str
    secret_sha256: bytes
    scopes: frozenset[str]
    created_at: datetime
    revoked_at: datetime | None = None

    def accepts(self, secret: str) -> bool:
        """Compare a secret with this key's in constant time."""
        return hmac.compare_digest(_hash(secret), self.secret_sha256)


def new_integration_key(
    name: str, scopes: Iterable[str], now: datetime
) -> tuple[str, IntegrationKey]:
    """Make a key; return it as its owner sees it this once, and as it is kept.

    Raises `BadInput` for an unknown scope, no scope, or a name that is empty or too long.
    """
    granted = frozenset(scopes)
    if not granted or not granted <= SCOPES:
        raise BadInput(f"scopes must be some of {', '.join(sorted(SCOPES))}", ("scopes",))
    if not 0 < len(name) <= NAME_LIMIT or not name.isprintable():
        raise BadInput(f"name must have 1 to {NAME_LIMIT} printable characters", ("name",))
    key_id, secret = f"stk_{secrets.token_hex(6)}", secrets.token_urlsafe(32)
    return f"{key_id}_{secret}", IntegrationKey(key_id, name, _hash(secret), granted, now)


def split_key(text: str) -> tuple[str, str] | None:
    """Split a key into its id and its secret, or return None if it has another form."""
    match = _FORM.fullmatch(text)
    return (match[1], match[2]) if match else None


async def add_key(mongo: Mongo, key: IntegrationKey) -> None:
    """Keep a new key."""
    await mongo.insert_new(COLLECTION, [to_document(key)])


async def find_key(mongo: Mongo, key_id: str) -> IntegrationKey | None:
    """Return the key, revoked or not, or None if there never was one."""
    found = await mongo.find_one(COLLECTION, {"_id": key_id})
    return from_document(found) if found else None


async def list_keys(mongo: Mongo) -> list[IntegrationKey]:
    """Return every key, oldest first, the revoked ones too."""
    found = await mongo.find(COLLECTION, {}, sort=[("created_at", 1), ("_id", 1)])
    return [from_document(document) for document in found]


async def revoke_key(mongo: Mongo, key_id: str, now: datetime) -> bool:
    """Revoke the key; return False if there is none that still works.

    Every process stops accepting it within 30 s.
    """
    change = {"$set": {"revoked_at": now}}
    return await mongo.update_one(COLLECTION, {"_id": key_id, "revoked_at": None}, change) == 1


def to_document(key: IntegrationKey) -> dict[str, Any]:
    """Shape a key for MongoDB."""
    return {
        "_id": key.key_id,
        "name": key.name,
        "secret_sha256": key.secret_sha256,
        "scopes": sorted(key.scopes),
        "created_at": key.created_at,
        "revoked_at": key.revoked_at,
    }


def from_document(document: Mapping[str, Any]) -> IntegrationKey:
    """Read a key; scopes that are not known any more are dropped."""
    return IntegrationKey(
        key_id=document["_id"],
        name=document["name"],
        secret_sha256=bytes(document["secret_sha256"]),
        scopes=SCOPES.intersection(document["scopes"]),
        created_at=document["created_at"],
        revoked_at=document["revoked_at"],
    )


def _hash(secret: str) -> bytes:
    """Hash without salt or stretching: 256 random bits can be neither guessed nor looked up."""
    return hashlib.sha256(secret.encode()).digest()
