"""Member codes: what a member's app shows at the till, signed here, read here or offline.

The format is a promise to tills: docs/member-code.md. Says nothing of who may be told what.
"""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from jwt.algorithms import ECAlgorithm

from api.key_files import KeyFileBroken, make_once
from api.settings import Settings
from loyalty.errors import Refused
from loyalty.members import MemberCodeExpired, MemberCodeForged
from schema.context import SignedCode

FORMAT = "SK1"
LIFE = timedelta(seconds=60)
LEEWAY = timedelta(seconds=10)
REFRESH = timedelta(seconds=40)
KEY_FILE = "member-code.pem"
KEY_ID_LETTERS = 8

_SHAPE = re.compile(r"SK1\.([A-Z2-7]{8})\.([A-Z2-7]{32})\.([A-Z2-7]{103})", re.ASCII)
_MEMBER_ID = re.compile(r"mbr_([0-9a-f]{32})", re.ASCII)
_HASH = ec.ECDSA(hashes.SHA256())
_BEGIN = "-----BEGIN"


@dataclass(frozen=True, slots=True)
class MemberCodes:
    """Sign with the first of some ES256 keys, and read what any of them signed."""

    keys: Sequence[ec.EllipticCurvePrivateKey]

    def sign(self, member_id: str, now: datetime) -> SignedCode | None:
        """Make a member's code of this moment (naive UTC); None for an id of another shape."""
        found = _MEMBER_ID.fullmatch(member_id)
        if found is None:
            return None
        issued = int(now.replace(tzinfo=UTC).timestamp())
        body = bytes.fromhex(found[1]) + issued.to_bytes(4, "big")
        signed = f"{FORMAT}.{key_id(self.keys[0])}.{_text(body)}"
        r, s = decode_dss_signature(self.keys[0].sign(signed.encode(), _HASH))
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        at = datetime.fromtimestamp(issued, UTC).replace(tzinfo=None)
        return SignedCode(f"{signed}.{_text(signature)}", at + LIFE, at + REFRESH)

    def read(self, text: str, now: datetime) -> str:
        """Give the id of the member whose code it is, by its signature and time alone.

        Raises Refused with MemberCodeForged or MemberCodeExpired.
        """
        found = _SHAPE.fullmatch(text)
        if found is None:
            raise Refused(MemberCodeForged())
        named, body, signature = found[1], _bytes(found[2]), _bytes(found[3])
        known = next((key for key in self.keys if key_id(key) == named), None)
        signed = text.rpartition(".")[0].encode()
        is_ours = _is_signed_by(known or self.keys[0], signed, signature)  # the same work for all
        if known is None or not is_ours:
            raise Refused(MemberCodeForged())
        issued = datetime.fromtimestamp(int.from_bytes(body[16:], "big"), UTC).replace(tzinfo=None)
        if issued > now + LEEWAY:
            raise Refused(MemberCodeForged())
        if now >= issued + LIFE + LEEWAY:
            raise Refused(MemberCodeExpired(int((now - issued - LIFE).total_seconds())))
        return "mbr_" + body[:16].hex()

    def jwks(self) -> dict[str, Any]:
        """Give the public keys as a JWKS document, for tills."""
        published = [ECAlgorithm.to_jwk(key.public_key(), as_dict=True) for key in self.keys]
        return {
            "keys": [
                {**public, "kid": key_id(key), "use": "sig", "alg": "ES256"}
                for key, public in zip(self.keys, published, strict=True)
            ]
        }


def key_id(key: ec.EllipticCurvePrivateKey) -> str:
    """Name a key: the first letters of its thumbprint (RFC 7638) in base 32."""
    public = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    parts = {part: public[part] for part in ("crv", "kty", "x", "y")}
    digest = hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode()).digest()
    return _text(digest)[:KEY_ID_LETTERS]


def open_member_codes(settings: Settings) -> MemberCodes | None:
    """Read the keys of the settings; in development they are made. None where none are set.

    Raises KeyFileBroken for a file that holds no such keys.
    """
    path = settings.member_code_key
    if path is None:
        if settings.profile != "development":
            return None
        path = settings.data_dir / KEY_FILE
        if not path.exists():
            make_once(path, _new_key())
    return MemberCodes(read_keys(path))


def read_keys(path: Path) -> tuple[ec.EllipticCurvePrivateKey, ...]:
    """Read the keys of a PEM file, the one that signs first. Raises KeyFileBroken."""
    try:
        blocks = path.read_text(encoding="ascii").split(_BEGIN)[1:]
        keys = [serialization.load_pem_private_key((_BEGIN + b).encode(), None) for b in blocks]
    except (OSError, ValueError, TypeError) as error:
        raise KeyFileBroken(f"{path} cannot be read as private keys in PEM") from error
    usable = [
        key
        for key in keys
        if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name == "secp256r1"
    ]
    if not usable or len(usable) < len(keys):
        raise KeyFileBroken(f"{path} must hold keys of the curve P-256 (prime256v1), in PEM")
    return tuple(usable)


def _new_key() -> str:
    return (
        ec.generate_private_key(ec.SECP256R1())
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode()
    )


def _is_signed_by(key: ec.EllipticCurvePrivateKey, signed: bytes, signature: bytes) -> bool:
    r, s = (int.from_bytes(part, "big") for part in (signature[:32], signature[32:]))
    try:
        key.public_key().verify(encode_dss_signature(r, s), signed, _HASH)
    except InvalidSignature:
        return False
    return True


def _text(raw: bytes) -> str:
    return base64.b32encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    """Read base 32 without padding. Raises Refused(MemberCodeForged)."""
    try:
        return base64.b32decode(text + "=" * (-len(text) % 8))
    except binascii.Error:
        raise Refused(MemberCodeForged()) from None
