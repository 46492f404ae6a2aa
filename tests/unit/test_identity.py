"""Whose credentials are accepted, and every way we know to forge them."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from api.identity import ANONYMOUS, Caller, Identity, Issuer, Unauthenticated, configured_issuers
from api.local_issuer import LocalIssuer
from api.settings import Settings

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


@pytest.fixture
def house() -> House:
    return House()


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


# Headers


async def test_a_request_without_credentials_is_anonymous(house: House) -> None:
    assert await house.identity.authenticate(None) == ANONYMOUS


@pytest.mark.parametrize(
    "header",
    [
        "", " ", "Bearer", "Bearer ", "Basic dTpw", "token", "Bearer a", "Bearer a.b",
        "Bearer a.b.c", "Bearer a.b.c.d", "Bearer ..", "Bearer \ud800", "Bearer é.é.é",
        "Bearer " + "a" * 8193, "Bearer " + "a" * 1_000_000, "Bearer a b",
    ],
)  # fmt: skip
async def test_malformed_headers_are_refused(house: House, header: str) -> None:
    assert await house.refuses(header) == "malformed"


@pytest.mark.parametrize(
    ("header", "payload"),
    [
        ([], {}),
        ({"alg": "RS256"}, []),
        ({"alg": "RS256"}, "text"),
        ({"alg": "RS256", "kid": 7}, {}),
        ({"alg": "RS256", "b64": False}, {}),
    ],
)
async def test_tokens_that_are_no_tokens_are_refused(
    house: House, header: Any, payload: Any
) -> None:
    assert await house.refuses(f"Bearer {by_hand(header, payload)}") == "malformed"


@pytest.mark.parametrize(
    "body", [b"[" * 5_000, b'{"exp": ' + b"9" * 5_000 + b"}", b"\xff\xfe", b"NaN"]
)
async def test_hostile_json_in_a_token_is_refused(house: House, body: bytes) -> None:
    header = b64(json.dumps({"alg": "RS256", "kid": "rsa"}).encode())
    assert await house.refuses(f"Bearer {header}.{b64(body)}.AA") == "malformed"


async def test_the_scheme_is_read_in_any_case(house: House) -> None:
    assert (await house.identity.authenticate(f"bEARER   {sign()} ")).kind == "member"


# Members and staff of an OIDC issuer


async def test_a_token_of_an_issuer_is_a_member_to_be_looked_up(house: House) -> None:
    caller = await house.caller(sign(auth_time=EPOCH - 60))
    assert caller == Caller(
        "member",
        subject="u1",
        issuer=LOGIN,
        issued_at=NOW,
        auth_time=NOW - timedelta(seconds=60),
        expires_at=NOW + timedelta(hours=1),
    )
    assert caller.identity_key == "sub:https://login.example|u1"


async def test_known_roles_in_the_role_claim_make_staff(house: House) -> None:
    caller = await house.caller(sign(stamkund_roles=["MARKETING", "ROOT", 7, {"ADMIN": 1}]))
    assert (caller.kind, caller.member_id) == ("staff", None)
    assert caller.roles == {"MARKETING"}
    assert (await house.caller(sign(stamkund_roles="ADMIN"))).roles == {"ADMIN"}


@pytest.mark.parametrize(
    "roles", [[], ["ROOT"], "", "marketing", {"ADMIN": True}, True, 1, ["MARKETING "]]
)
async def test_anything_else_in_the_role_claim_makes_no_staff(house: House, roles: Any) -> None:
    caller = await house.caller(sign(stamkund_roles=roles))
    assert (caller.kind, caller.roles) == ("member", frozenset())


async def test_an_issuer_cannot_speak_with_the_claims_of_our_own(house: House) -> None:
    caller = await house.caller(sign(use="staff", roles=["ADMIN"], sub=MEMBER))
    assert caller == await house.caller(sign(sub=MEMBER))
    assert caller.member_id is None


# Forged signatures


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


def test_an_issuer_is_configured_once() -> None:
    with pytest.raises(ValueError, match="configured twice"):
        Identity([Issuer(LOGIN, APP, published)] * 2, no_integrations)


def test_firebase_is_one_more_issuer() -> None:
    assert configured_issuers(Settings(firebase_project=None)) == []
    (firebase,) = configured_issuers(Settings(firebase_project="shop-1"))
    assert firebase.issuer == "https://securetoken.google.com/shop-1"
    assert (firebase.audience, firebase.algorithms) == ("shop-1", ("RS256",))
    assert firebase.role_claim == "stamkund_roles"


# Our own issuer


async def test_a_member_token_of_our_own_names_the_member(house: House) -> None:
    caller = await house.caller(house.local.member_token(MEMBER))
    assert (caller.kind, caller.member_id, caller.roles) == ("member", MEMBER, frozenset())
    assert caller.expires_at == NOW + timedelta(hours=12)


async def test_a_staff_token_of_our_own_has_roles_and_no_member(house: House) -> None:
    caller = await house.caller(house.local.staff_token(["marketing", "SUPPORT"]))
    assert (caller.kind, caller.member_id) == ("staff", None)
    assert caller.roles == {"MARKETING", "SUPPORT"}


@pytest.mark.parametrize(
    "changed",
    [
        {"sub": MEMBER},
        {"sub": MEMBER, "use": "admin"},
        {"sub": MEMBER, "use": "member", "roles": ["ADMIN"]},
        {"sub": MEMBER, "use": "member", "roles": []},
        {"sub": MEMBER, "use": "staff", "roles": ["ADMIN"]},
        {"sub": "clerk", "use": "member"},
        {"sub": "clerk", "use": "staff"},
        {"sub": "clerk", "use": "staff", "roles": ["ROOT"]},
        {"sub": "clerk", "use": ["staff"], "roles": ["ADMIN"]},
        {"sub": MEMBER + "\n", "use": "member"},
    ],
)
async def test_a_token_that_could_pass_for_member_and_staff_is_refused(
    house: House, changed: dict[str, Any]
) -> None:
    assert await house.refuses(f"Bearer {sign_our_own(**changed)}") == "claims"


async def test_our_own_issuer_is_not_accepted_unless_it_is_configured(house: House) -> None:
    closed = Identity([Issuer(LOGIN, APP, published)], no_integrations, clock=house.clock)
    with pytest.raises(Unauthenticated, match="issuer"):
        await closed.authenticate(f"Bearer {house.local.member_token(MEMBER)}")


async def test_a_token_of_another_installation_is_refused(house: House) -> None:
    other = LocalIssuer(ec.generate_private_key(ec.SECP256R1()), clock=house.clock)
    assert await house.refuses(f"Bearer {other.member_token(MEMBER)}") == "unknown_key"


# The cache of verified tokens


async def test_a_verified_token_is_verified_once_and_still_expires(house: House) -> None:
    token = house.local.member_token(MEMBER, ttl_seconds=60)
    first = await house.caller(token)
    house.clock.advance(69)
    assert await house.caller(token) is first
    house.clock.advance(1)
    assert await house.refuses(f"Bearer {token}") == "expired"


async def test_a_verified_token_is_verified_again_after_five_minutes(house: House) -> None:
    token = sign()
    first = await house.caller(token)
    house.clock.advance(300)
    again = await house.caller(token)
    assert again == first
    assert again is not first


async def test_the_cache_forgets_what_was_used_longest_ago(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.identity.CACHE_LIMIT", 2)
    one, two, three = (sign(sub=subject) for subject in ("u1", "u2", "u3"))
    first, second = await house.caller(one), await house.caller(two)
    assert await house.caller(one) is first
    await house.caller(three)
    assert await house.caller(one) is first
    assert await house.caller(two) is not second
