"""Whose credentials are accepted, as whom and for how long; forged ones are judged elsewhere."""

import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from api.identity import ANONYMOUS, Caller, Identity, Issuer, Unauthenticated, configured_issuers
from api.local_issuer import LocalIssuer
from api.settings import Settings
from tests.unit.credentials import (
    APP,
    EPOCH,
    LOGIN,
    MEMBER,
    NOW,
    House,
    b64,
    by_hand,
    no_integrations,
    published,
    sign,
    sign_our_own,
)


@pytest.fixture
def house() -> House:
    return House()


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


# Issuers as configured


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
