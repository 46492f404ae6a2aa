"""Credentials of every make, honest and forged, and the house that is to tell them apart."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from api.identity import Caller, Identity, Issuer, Unauthenticated
from api.local_issuer import LocalIssuer

NOW = datetime(2026, 3, 1, 12, 0, 0)
EPOCH = int((NOW - datetime(1970, 1, 1)).total_seconds())
LOGIN = "https://login.example"
APP = "shop-app"
MEMBER = "mbr_0196a1b2c3d47e8f9a0b1c2d3e4f5a6b"

RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
WEAK_RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=1024)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
SECRET = bytes(range(33))
LOCAL_KEY = ec.generate_private_key(ec.SECP256R1())


@dataclass
class Clock:
    """A clock that stands still until it is moved; also counts seconds from zero."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return (self.at - NOW).total_seconds()

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def jwk(key: rsa.RSAPrivateKey, key_id: str, **more: str) -> dict[str, Any]:
    return {**RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": key_id, **more}


KEYS = {
    "keys": [
        jwk(RSA_KEY, "rsa", alg="RS256", use="sig"),
        jwk(RSA_KEY, "unbound"),
        jwk(RSA_KEY, "encryption", use="enc"),
        jwk(WEAK_RSA_KEY, "weak"),
        {**ECAlgorithm.to_jwk(EC_KEY.public_key(), as_dict=True), "kid": "ec"},
        {"kty": "oct", "k": base64.urlsafe_b64encode(SECRET).decode(), "kid": "oct"},
        {"kty": "RSA", "kid": "none", "alg": "none", "n": "AQAB", "e": "AQAB"},
        {"kty": "RSA", "kid": "broken"},
        "not a key",
    ]
}


async def published() -> Mapping[str, Any]:
    return KEYS


async def no_integrations(_: str) -> None:
    """Know no integration key."""


@dataclass
class House:
    """A verifier of one OIDC issuer and of our own, with its keys and its clock."""

    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.local = LocalIssuer(LOCAL_KEY, clock=self.clock)
        login = Issuer(LOGIN, APP, published)
        self.identity = Identity(
            [login, self.local.issuer()],
            no_integrations,
            clock=self.clock,
            monotonic=self.clock.monotonic,
        )

    async def caller(self, token: str) -> Caller:
        return await self.identity.authenticate(f"Bearer {token}")

    async def refuses(self, header: str) -> str:
        with pytest.raises(Unauthenticated) as refused:
            await self.identity.authenticate(header)
        assert str(refused.value) == refused.value.reason
        return refused.value.reason


def claims(**changed: Any) -> dict[str, Any]:
    usual = {"iss": LOGIN, "aud": APP, "sub": "u1", "iat": EPOCH, "exp": EPOCH + 3600}
    return {name: value for name, value in {**usual, **changed}.items() if value is not ...}


def sign(
    key: Any = RSA_KEY, key_id: str | None = "rsa", algorithm: str = "RS256", **changed: Any
) -> str:
    headers = {"kid": key_id} if key_id is not None else {}
    return jwt.encode(claims(**changed), key, algorithm=algorithm, headers=headers)


def sign_our_own(**changed: Any) -> str:
    key_id = LocalIssuer(LOCAL_KEY).jwks()["keys"][0]["kid"]
    ours = {"iss": "urn:stamkund:dev-issuer", "aud": "stamkund", **changed}
    return sign(LOCAL_KEY, key_id, "ES256", **ours)


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def by_hand(header: Any, payload: Any, signature: bytes = b"") -> str:
    return ".".join(
        (b64(json.dumps(header).encode()), b64(json.dumps(payload).encode()), b64(signature))
    )
