"""The development issuer: signs tokens for a laptop, a demo and the tests; never for production."""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from api.clock import now
from api.identity import ROLES, Clock, Issuer
from api.key_files import KeyFileBroken, make_once

ISSUER = "urn:stamkund:dev-issuer"
AUDIENCE = "stamkund"
ALGORITHM = "ES256"
KEY_FILE = "dev-issuer.json"
TTL_SECONDS = 43_200

_PUBLIC_PARTS = ("crv", "kty", "x", "y")


@dataclass(frozen=True, slots=True)
class LocalIssuer:
    """Mint tokens with one ES256 key; every process with the same key accepts them."""

    private_key: ec.EllipticCurvePrivateKey
    ttl_seconds: int = TTL_SECONDS
    clock: Clock = now

    def member_token(self, member_id: str, ttl_seconds: int | None = None) -> str:
        """Return a token of the member, valid for `ttl_seconds` (default: the issuer's)."""
        return self._mint({"sub": member_id, "use": "member"}, ttl_seconds)

    def staff_token(
        self, roles: Iterable[str], subject: str = "dev-staff", ttl_seconds: int | None = None
    ) -> str:
        """Return a token of a member of staff; raise ValueError for an unknown role or none."""
        granted = sorted({role.upper() for role in roles})
        if not granted or not ROLES.issuperset(granted):
            raise ValueError(f"roles must be some of {', '.join(sorted(ROLES))}")
        claims = {"sub": subject, "use": "staff", "roles": granted}
        return self._mint(claims, ttl_seconds)

    def jwks(self) -> dict[str, Any]:
        """Return the public key as a JWKS document."""
        public = ECAlgorithm.to_jwk(self.private_key.public_key(), as_dict=True)
        return {"keys": [{**public, "kid": _key_id(public), "use": "sig", "alg": ALGORITHM}]}

    def issuer(self) -> Issuer:
        """Return what makes a verifier accept these tokens, without a request to itself."""

        async def read() -> Mapping[str, Any]:
            return self.jwks()

        return Issuer(ISSUER, AUDIENCE, read, (ALGORITHM,), role_claim=None)

    def _mint(self, claims: Mapping[str, Any], ttl_seconds: int | None) -> str:
        issued_at = int(self.clock().replace(tzinfo=UTC).timestamp())
        life = self.ttl_seconds if ttl_seconds is None else ttl_seconds
        times = {"iat": issued_at, "auth_time": issued_at, "exp": issued_at + life}
        return jwt.encode(
            {"iss": ISSUER, "aud": AUDIENCE, **claims, **times},
            self.private_key,
            algorithm=ALGORITHM,
            headers={"kid": self.jwks()["keys"][0]["kid"]},
        )


def open_local_issuer(data_dir: Path, ttl_seconds: int = TTL_SECONDS) -> LocalIssuer:
    """Read the key of the data directory, or make it, readable by its owner alone.

    Processes that start at once end with one key. Raises `KeyFileBroken` for a file that
    holds no such key.
    """
    path = data_dir / KEY_FILE
    if not path.exists():
        _create(path)
    path.chmod(0o600)  # a copied directory may have lost it
    try:
        key = ECAlgorithm.from_jwk(dict(json.loads(path.read_text(encoding="utf-8"))))
    except (ValueError, TypeError, jwt.PyJWTError) as error:
        raise KeyFileBroken(f"{path} holds no signing key: delete it to get a new one") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise KeyFileBroken(f"{path} holds another kind of key: delete it to get a new one")
    return LocalIssuer(key, ttl_seconds)


def _create(path: Path) -> None:
    document = ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()), as_dict=True)
    make_once(path, json.dumps(document))


def _key_id(public: Mapping[str, Any]) -> str:
    """Return the thumbprint of the key (RFC 7638)."""
    canonical = json.dumps({part: public[part] for part in _PUBLIC_PARTS}, separators=(",", ":"))
    digest = hashlib.sha256(canonical.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
