"""Every way we know to forge a token: its signature, its key, its claims."""

import hashlib
import hmac
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from api.identity import Identity, Issuer
from tests.unit.credentials import (
    APP,
    EPOCH,
    LOGIN,
    OTHER_RSA_KEY,
    RSA_KEY,
    SECRET,
    WEAK_RSA_KEY,
    House,
    b64,
    by_hand,
    claims,
    jwk,
    no_integrations,
    published,
    sign,
)


@pytest.fixture
def house() -> House:
    return House()


# Signatures


@pytest.mark.parametrize(
    "algorithm", ["none", "None", "NONE", "", None, ["RS256"], "RS512", "PS256"]
)
async def test_other_algorithms_are_refused(house: House, algorithm: Any) -> None:
    token = by_hand({"alg": algorithm, "kid": "rsa", "typ": "JWT"}, claims())
    assert await house.refuses(f"Bearer {token}") in {"algorithm", "malformed"}


async def test_a_public_key_used_as_a_shared_secret_is_refused(house: House) -> None:
    pem = RSA_KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    unsigned = by_hand({"alg": "HS256", "kid": "rsa"}, claims()).rpartition(".")[0]
    mac = hmac.digest(pem, unsigned.encode(), hashlib.sha256)
    assert await house.refuses(f"Bearer {unsigned}.{b64(mac)}") == "algorithm"


async def test_a_shared_secret_in_the_key_document_is_never_a_key(house: House) -> None:
    assert await house.refuses(f"Bearer {sign(SECRET, 'oct', 'HS256')}") == "algorithm"


@pytest.mark.parametrize("key_id", ["oct", "none", "broken", "encryption", "nobody", ""])
async def test_unusable_and_unknown_keys_are_refused(house: House, key_id: str) -> None:
    assert await house.refuses(f"Bearer {sign(key_id=key_id)}") == "unknown_key"


async def test_a_token_without_key_id_is_refused(house: House) -> None:
    assert await house.refuses(f"Bearer {sign(key_id=None)}") == "unknown_key"


async def test_a_signature_of_another_key_is_refused(house: House) -> None:
    assert await house.refuses(f"Bearer {sign(OTHER_RSA_KEY)}") == "signature"


async def test_a_changed_payload_is_refused(house: House) -> None:
    header, _, signature = sign().split(".")
    payload = b64(json.dumps(claims(sub="someone-else")).encode())
    assert await house.refuses(f"Bearer {header}.{payload}.{signature}") == "signature"


async def test_a_key_of_another_kind_is_refused(house: House) -> None:
    assert await house.refuses(f"Bearer {sign(key_id='ec')}") == "algorithm"


async def test_a_weak_key_is_refused(house: House) -> None:
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        token = sign(WEAK_RSA_KEY, "weak")
    assert await house.refuses(f"Bearer {token}") == "algorithm"


async def test_a_key_is_held_to_the_algorithm_its_issuer_names() -> None:
    issuer = Issuer(LOGIN, APP, published, ("RS256", "RS512"))
    house = House()
    house.identity = Identity([issuer], no_integrations, clock=house.clock)
    assert await house.refuses(f"Bearer {sign(algorithm='RS512')}") == "algorithm"
    assert (await house.caller(sign(key_id="unbound", algorithm="RS512"))).subject == "u1"


async def test_keys_in_the_token_itself_are_ignored(house: House) -> None:
    headers = {"kid": "rsa", "jwk": jwk(OTHER_RSA_KEY, "rsa"), "jku": "https://evil.example/jwks"}
    token = jwt.encode(claims(), OTHER_RSA_KEY, algorithm="RS256", headers=headers)
    assert await house.refuses(f"Bearer {token}") == "signature"


# Claims


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"iss": "https://evil.example"}, "issuer"),
        ({"iss": LOGIN + "/"}, "issuer"),
        ({"iss": ...}, "issuer"),
        ({"aud": "another-app"}, "audience"),
        ({"aud": ["another-app"]}, "audience"),
        ({"aud": []}, "claims"),
        ({"aud": {APP: 1}}, "audience"),
        ({"aud": ...}, "claims"),
        ({"exp": ...}, "claims"),
        ({"iat": ...}, "claims"),
        ({"sub": ...}, "claims"),
        ({"sub": ""}, "claims"),
        ({"sub": 7}, "claims"),
        ({"sub": "a" * 256}, "claims"),
        ({"sub": "a\u0000b"}, "claims"),
        ({"sub": "a\ud800"}, "claims"),
        ({"exp": "tomorrow"}, "claims"),
        ({"exp": True}, "claims"),
        ({"exp": 1e300}, "claims"),
        ({"exp": float("inf")}, "claims"),
        ({"exp": float("nan")}, "claims"),
        ({"exp": EPOCH - 10}, "expired"),
        ({"exp": 0}, "expired"),
        ({"nbf": EPOCH + 11}, "not_yet_valid"),
        ({"nbf": "soon"}, "claims"),
        ({"iat": EPOCH + 11}, "not_yet_valid"),
        ({"auth_time": EPOCH + 11}, "not_yet_valid"),
        ({"auth_time": None}, "claims"),
    ],
)
async def test_claims_that_do_not_hold_are_refused(
    house: House, changed: dict[str, Any], reason: str
) -> None:
    assert await house.refuses(f"Bearer {sign(**changed)}") == reason


@pytest.mark.parametrize(
    "changed",
    [
        {"exp": EPOCH - 9},
        {"nbf": EPOCH + 10},
        {"iat": EPOCH + 10},
        {"aud": [APP, "another-app"]},
        {"exp": EPOCH + 0.5},
        {"sub": "auth0|ü"},
    ],
)
async def test_claims_that_just_hold_are_accepted(house: House, changed: dict[str, Any]) -> None:
    assert (await house.caller(sign(**changed))).kind == "member"
