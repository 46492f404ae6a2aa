"""What members do about themselves: join, change, agree, register their phones."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from api.settings import OidcIssuer
from loyalty import program
from loyalty.mongo import Mongo
from loyalty.states import STATES
from tests.e2e.conftest import PROGRAM, Json, Person, Serve, Shop

KEY = ec.generate_private_key(ec.SECP256R1())


@pytest.fixture(scope="module")
async def login() -> AsyncIterator[str]:
    """Run a sign-in service that publishes its key; give its issuer name."""

    async def keys(_request: web.Request) -> web.Response:
        public = ECAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
        return web.json_response({"keys": [{**public, "kid": "one", "alg": "ES256"}]})

    app = web.Application()
    app.router.add_get("/jwks", keys)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.fixture(scope="module")
async def club(serve: Serve, login: str) -> Shop:
    """Serve a shop whose members sign in elsewhere."""
    issuer = OidcIssuer(
        issuer=login, audience="app", jwks_uri=f"{login}/jwks", algorithms=("ES256",)
    )
    shop = await serve(oidc_issuers=(issuer,))
    await program.publish(shop.house.engine, PROGRAM)
    return shop


def signed_in(club: Shop, login: str, subject: str, **headers: str) -> Person:
    now = datetime.now(UTC)
    claims = {"iss": login, "aud": "app", "sub": subject, "iat": now}
    claims["exp"] = now + timedelta(hours=1)
    token = jwt.encode(claims, KEY, algorithm="ES256", headers={"kid": "one"})
    return club.anyone("app", token, **headers)


async def test_a_person_who_signed_in_joins_once(club: Shop, login: str) -> None:
    person = signed_in(club, login, uuid4().hex, **{"Accept-Language": "nb-NO,nb;q=0.9"})
    assert await person.ask("{ me { id } }") == {"me": None}
    first = (await person.run("Enrol", {"input": {"firstName": "Kari"}}))["memberEnrol"]
    again = (await person.run("Enrol", {"input": {"firstName": "Kari"}}))["memberEnrol"]
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert first["userErrors"] == []
    assert first["member"]["locale"] == "nb-NO"
    assert again["member"] == first["member"]
    home = await person.run("HomeScreen")
    assert (home["me"]["id"], home["me"]["firstName"]) == (first["member"]["id"], "Kari")
    stranger = signed_in(club, login, uuid4().hex)
    assert (await stranger.run("HomeScreen"))["me"] is None


async def test_the_home_screen_is_one_read_for_who_signed_in_elsewhere(
    club: Shop, login: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = signed_in(club, login, "uid-home")
    assert await person.ask("{ me { id } }") == {"me": None}
    await person.run("Enrol", {"input": {}})
    assert (await person.run("HomeScreen"))["me"] is not None
    reads: list[str] = []
    for name in ("find", "find_one", "aggregate"):
        real = getattr(Mongo, name)

        async def counted(
            mongo: Mongo, into: str, *args: Any, real: Any = real, **more: Any
        ) -> Any:
            reads.append(into)
            return await real(mongo, into, *args, **more)

        monkeypatch.setattr(Mongo, name, counted)
    assert (await person.run("HomeScreen"))["me"] is not None
    assert reads.count(STATES) == 1
    assert set(reads) <= {STATES, "program_versions", "program_active"}


async def test_who_is_no_member_changes_nothing(club: Shop, login: str) -> None:
    stranger = signed_in(club, login, uuid4().hex)
    changed = await stranger.run("UpdateProfile", {"input": {"firstName": "X"}})
    assert changed["memberUpdateProfile"]["member"] is None
    (error,) = changed["memberUpdateProfile"]["userErrors"]
    assert error["code"] == "MEMBER_UNKNOWN"


async def test_a_profile_is_changed_field_by_field(shop: Shop) -> None:
    member = shop.member(await shop.enrol())
    wanted = {
        "firstName": "Asta",
        "email": "asta@example.com",
        "phone": "+4512345678",
        "birthDate": "1990-02-28",
        "locale": "da-DK",
        "timeZone": "Europe/Copenhagen",
    }
    await member.run("UpdateProfile", {"input": wanted})
    changed = await member.run("UpdateProfile", {"input": {"email": "", "lastName": "Berg"}})
    profile: Json = changed["memberUpdateProfile"]["member"]
    assert profile == {**wanted, "id": profile["id"], "lastName": "Berg", "email": None}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"email": "nobody"}, ["input", "email"]),
        ({"phone": "12345678"}, ["input", "phone"]),
        ({"firstName": "x" * 101}, ["input", "firstName"]),
        ({"timeZone": "Mars/Base"}, ["input", "timeZone"]),
        ({"locale": "da-dk"}, ["input", "locale"]),
    ],
)
async def test_a_profile_is_held_to_its_limits(shop: Shop, change: Json, path: list[str]) -> None:
    member = shop.member(await shop.enrol())
    query = (
        "mutation ($i: MemberUpdateProfileInput!) "
        "{ memberUpdateProfile(input: $i) { member { id } } }"
    )
    (error,) = await member.errors(query, {"i": change})
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "inputPath": path}


async def test_consents_are_kept_with_their_proof(shop: Shop) -> None:
    member = shop.member(await shop.enrol())
    yes = {"purpose": "MARKETING", "channel": "PUSH", "granted": True}
    mail = {"purpose": "MARKETING", "channel": "EMAIL", "granted": False}
    await member.run("SetConsents", {"input": {"consents": [yes, mail], "source": "welcome-2"}})
    no = {**yes, "granted": False}
    done = await member.run("SetConsents", {"input": {"consents": [no], "source": "settings-1"}})
    consents = done["memberSetConsents"]["member"]["consents"]
    unsaid = {"at": None, "receivedAt": None, "wording": None, "appVersion": None}
    assert [{**c, "at": None, "receivedAt": None} for c in consents] == [
        {**mail, "source": "welcome-2", **unsaid},
        {**no, "source": "settings-1", **unsaid},
    ]


async def test_a_phone_is_registered_once_and_forgotten(shop: Shop) -> None:
    member_id, other_id = await shop.enrol(), await shop.enrol()
    member, other = shop.member(member_id), shop.member(other_id)
    phone = {"input": {"token": uuid4().hex, "platform": "ANDROID", "appVersion": "2.1"}}
    first = (await member.run("RegisterDevice", phone))["deviceRegister"]["device"]
    again = (await member.run("RegisterDevice", phone))["deviceRegister"]["device"]
    assert again["id"] == first["id"]
    devices = "{ me { devices { id platform appVersion } } }"
    known = {"id": first["id"], "platform": "ANDROID", "appVersion": "2.1"}
    assert await member.ask(devices) == {"me": {"devices": [known]}}
    forget = {"input": {"id": first["id"]}}
    assert (await other.run("ForgetDevice", forget))["deviceForget"]["forgottenId"] is None
    gone = (await member.run("ForgetDevice", forget))["deviceForget"]
    assert gone["forgottenId"] == first["id"]
    assert gone["member"]["devices"] == []
    anew = (await other.run("RegisterDevice", phone))["deviceRegister"]["device"]
    assert anew["id"] != first["id"]
