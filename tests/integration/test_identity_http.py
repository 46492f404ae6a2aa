"""An issuer behind a real HTTP server: slow, down, moved, hostile; and how few requests it gets."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import jwt
import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from api import signing_keys
from api.identity import Identity, Issuer, Unauthenticated
from api.signing_keys import KeysUnavailable, remote_keys
from loyalty.errors import Unavailable

NOW = datetime(2026, 3, 1, 12, 0, 0)
EPOCH = int((NOW - datetime(1970, 1, 1)).total_seconds())
LOGIN = "https://login.example"


@dataclass
class Login:
    """A sign-in service that publishes its keys over HTTP and can be made to misbehave."""

    keys: dict[str, ec.EllipticCurvePrivateKey] = field(default_factory=dict)
    fetches: int = 0
    status: int = 200
    body: bytes | None = None
    padding: str = ""
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    uri: str = ""

    def __post_init__(self) -> None:
        self.gate.set()
        self.add("one")

    def add(self, key_id: str) -> None:
        self.keys[key_id] = ec.generate_private_key(ec.SECP256R1())

    async def publish(self, request: web.Request) -> web.Response:
        self.fetches += 1
        self.asked.set()
        await self.gate.wait()
        if self.status in (301, 302, 307):
            raise web.HTTPFound(f"/elsewhere{request.path}")
        listed = [
            {**ECAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": key_id}
            for key_id, key in self.keys.items()
        ]
        body = (
            (json.dumps({"keys": listed}) + self.padding).encode()
            if self.body is None
            else self.body
        )
        return web.Response(status=self.status, body=body)

    def token(self, key_id: str = "one", subject: str = "u1") -> str:
        key = self.keys.get(key_id) or ec.generate_private_key(ec.SECP256R1())
        claims = {"iss": LOGIN, "aud": "app", "sub": subject, "iat": EPOCH, "exp": EPOCH + 10**6}
        return jwt.encode(claims, key, algorithm="ES256", headers={"kid": key_id})


@dataclass
class House:
    """A verifier of that service; its clock moves only by hand."""

    login: Login
    seconds: float = 0
    made: int = 0

    def __post_init__(self) -> None:
        self.identity = Identity(
            [Issuer(LOGIN, "app", remote_keys(self.login.uri), ("ES256",))],
            self.no_integrations,
            clock=lambda: NOW + timedelta(seconds=self.seconds),
            monotonic=lambda: self.seconds,
        )

    async def no_integrations(self, _: str) -> None:
        """Know no integration key."""

    async def sees(self, key_id: str = "one") -> str:
        """Show a token that was never seen before; return what came of it."""
        self.made += 1
        subject = f"u{self.made}"
        try:
            caller = await self.identity.authenticate(f"Bearer {self.login.token(key_id, subject)}")
        except Unauthenticated as refused:
            return refused.reason
        except KeysUnavailable:
            return "unavailable"
        assert caller.subject == subject
        return "accepted"


@pytest.fixture
async def login() -> AsyncIterator[Login]:
    service = Login()
    app = web.Application()
    app.router.add_get("/{path:.*}", service.publish)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    service.uri = f"http://127.0.0.1:{port}/jwks"
    yield service
    service.gate.set()
    await runner.cleanup()


@pytest.fixture
async def house(login: Login) -> AsyncIterator[House]:
    house = House(login)
    yield house
    await house.identity.close()


async def test_two_hundred_cold_requests_make_one_fetch(house: House) -> None:
    answers = await asyncio.gather(*(house.sees() for _ in range(200)))
    assert answers == ["accepted"] * 200
    assert house.login.fetches == 1


async def test_a_request_that_is_given_up_does_not_take_the_fetch_with_it(house: House) -> None:
    house.login.gate.clear()
    first = asyncio.create_task(house.sees())
    second = asyncio.create_task(house.sees())
    await house.login.asked.wait()
    first.cancel()
    house.login.gate.set()
    assert await second == "accepted"
    assert house.login.fetches == 1


async def test_a_flood_of_unknown_key_ids_makes_one_fetch_per_cool_down(house: House) -> None:
    assert await house.sees() == "accepted"
    for _ in range(3):
        house.seconds += 30
        before = house.login.fetches
        answers = await asyncio.gather(*(house.sees(f"made-up-{n}") for n in range(200)))
        answers += [await house.sees(f"later-{n}") for n in range(50)]
        assert set(answers) == {"unknown_key"}
        assert house.login.fetches - before == 1


async def test_a_flood_on_a_cold_verifier_makes_one_fetch(house: House) -> None:
    answers = await asyncio.gather(*(house.sees(f"made-up-{n}") for n in range(200)))
    assert set(answers) == {"unknown_key"}
    assert house.login.fetches == 1
    assert await house.sees() == "accepted"


async def test_a_new_key_is_found_after_the_cool_down(house: House) -> None:
    assert await house.sees() == "accepted"
    house.login.add("two")
    assert await house.sees("two") == "unknown_key"
    house.seconds += 30
    assert await house.sees("two") == "accepted"
    assert house.login.fetches == 2


async def test_a_withdrawn_key_stops_working_within_the_hour(house: House) -> None:
    assert await house.sees() == "accepted"
    house.login.add("two")
    token = house.login.token("one")
    await house.identity.authenticate(f"Bearer {token}")
    del house.login.keys["one"]
    house.seconds += 3_600
    assert await house.sees("one") == "unknown_key"
    with pytest.raises(Unauthenticated, match="unknown_key"):  # nor out of the cache
        await house.identity.authenticate(f"Bearer {token}")
    assert await house.sees("two") == "accepted"


async def test_an_issuer_that_is_down_is_no_reason_to_refuse_known_keys(house: House) -> None:
    assert await house.sees() == "accepted"
    house.login.status = 500
    house.seconds += 3_600
    assert await house.sees() == "accepted"
    assert house.login.fetches == 2
    assert await house.sees("two") == "unavailable"  # it may be a key we could not read
    house.seconds += 86_400 - 3_600
    assert await house.sees() == "unavailable"
    house.login.status = 200
    house.seconds += 2
    assert await house.sees() == "accepted"


async def test_an_issuer_that_is_down_is_asked_once_every_two_seconds(house: House) -> None:
    house.login.status = 503
    for fetches in (1, 2, 3):
        answers = [await house.sees() for _ in range(20)]
        assert set(answers) == {"unavailable"}
        assert house.login.fetches == fetches
        house.seconds += 2
    house.login.status = 200
    assert await house.sees() == "accepted"


async def test_an_issuer_that_hangs_holds_up_nobody_with_a_known_key(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await house.sees() == "accepted"
    monkeypatch.setattr(signing_keys, "PATIENCE_SECONDS", 0.05)
    house.login.gate.clear()
    house.seconds += 3_600
    assert await house.sees() == "accepted"  # after one wait of the patience
    monkeypatch.setattr(signing_keys, "PATIENCE_SECONDS", 3_600)
    async with asyncio.timeout(30):
        answers = await asyncio.gather(*(house.sees() for _ in range(50)))
    assert answers == ["accepted"] * 50
    assert house.login.fetches == 2


async def test_an_issuer_that_hangs_at_the_start_is_an_outage(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing_keys, "PATIENCE_SECONDS", 0.05)
    house.login.gate.clear()
    assert await house.sees() == "unavailable"
    house.login.gate.set()
    monkeypatch.setattr(signing_keys, "PATIENCE_SECONDS", 3_600)
    assert await house.sees() == "accepted"
    assert house.login.fetches == 1


@pytest.mark.parametrize(
    "body",
    [
        lambda: b"",
        lambda: b"<html>",
        lambda: b"[]",
        lambda: b"null",
        lambda: b"\xff",
        lambda: b"[" * 100_000,
        lambda: b'{"keys": []}',
        lambda: b'{"keys": {}}',
        lambda: b'{"keys": [{"kty": "oct", "k": "AAAA", "kid": "one"}]}',
        lambda: b'{"keys": [{"kty": "EC", "kid": "one", "crv": "P-256", "x": "AA", "y": "AA"}]}',
        lambda: b'{"keys": [{"kty": "EC", "kid": "one", "alg": ["ES256"]}]}',
    ],
)
async def test_a_broken_key_document_is_an_outage(house: House, body: Callable[[], bytes]) -> None:
    house.login.body = body()
    assert await house.sees() == "unavailable"
    house.login.body = None
    house.seconds += 2
    assert await house.sees() == "accepted"


async def test_a_key_document_is_not_read_beyond_its_limit(house: House) -> None:
    house.login.padding = " " * signing_keys.DOCUMENT_LIMIT_BYTES
    assert await house.sees() == "unavailable"
    house.login.padding = " " * 1_000
    house.seconds += 2
    assert await house.sees() == "accepted"


async def test_a_redirect_is_not_followed(house: House) -> None:
    house.login.status = 302
    assert await house.sees() == "unavailable"
    assert house.login.fetches == 1


async def test_a_port_where_nobody_listens_is_an_outage(login: Login) -> None:
    login.uri = "http://127.0.0.1:9/jwks"
    assert await House(login).sees() == "unavailable"


def test_an_outage_of_the_issuer_is_an_outage_of_ours() -> None:
    assert issubclass(KeysUnavailable, Unavailable)


@pytest.mark.parametrize(
    "uri",
    ["http://login.example/jwks", "ftp://127.0.0.1/jwks", "file:///etc/passwd", "jwks", "http:///"],
)
def test_keys_are_read_over_https_or_from_this_machine(uri: str) -> None:
    with pytest.raises(ValueError, match="https only"):
        remote_keys(uri)


def test_the_deadlines_of_a_fetch_are_set() -> None:
    deadlines: Any = signing_keys._DEADLINES
    assert (deadlines.total, deadlines.sock_connect) == (5, 3)
    assert signing_keys.PATIENCE_SECONDS < 2.5
