"""A real server on a free port over a real MongoDB, and those who call it."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from api import clock
from api.installation import UNHURRIED_MS, Installation, open_installation
from api.local_issuer import LocalIssuer, open_local_issuer
from api.serving import Server
from api.settings import Settings
from loyalty import members, program
from loyalty.members import Enrolment
from tests.conftest import Databases, Eventually
from tests.e2e.operations import operation

PROGRAM = (Path(__file__).parent / "program.yaml").read_text(encoding="utf-8")
AT = datetime.now(UTC).isoformat(timespec="milliseconds")
"""When most is bought: now, as what was earned on a fixed day would be over in some year."""
PATHS = {"app": "/graphql", "staff": "/staff/graphql"}

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a token, at one of the doors."""

    client: httpx2.AsyncClient
    door: str
    token: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    async def post(self, query: str, variables: Json | None = None, **more: Any) -> httpx2.Response:
        """Send a document."""
        authorization = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return await self.client.post(
            PATHS[self.door],
            json={"query": query, "variables": variables, **more},
            headers={**authorization, **self.headers},
        )

    async def ask(self, query: str, variables: Json | None = None) -> Json:
        """Send a document that must succeed; give its data."""
        response = await self.post(query, variables)
        answer: Json = response.json()
        assert response.status_code == 200, answer
        assert "errors" not in answer, answer
        data: Json = answer["data"]
        return data

    async def run(self, name: str, variables: Json | None = None) -> Json:
        """Run an operation of mobile_contracts, verbatim."""
        return await self.ask(operation(name), variables)

    async def errors(self, query: str, variables: Json | None = None) -> list[Json]:
        """Send a document that must fail; give its errors."""
        errors: list[Json] = (await self.post(query, variables)).json()["errors"]
        return errors

    async def codes(self, query: str, variables: Json | None = None) -> list[str]:
        """Send a document that must fail; give the codes of its errors."""
        return [e["extensions"]["code"] for e in await self.errors(query, variables)]


@dataclass(frozen=True, slots=True)
class Shop:
    """The running server, and the ways to it."""

    house: Installation
    client: httpx2.AsyncClient
    issuer: LocalIssuer
    close: Callable[[], Awaitable[None]]

    def anyone(self, door: str = "app", token: str | None = None, **headers: str) -> Person:
        """Give a caller with any token, or none."""
        return Person(self.client, door, token, headers)

    def staff(self, *roles: str) -> Person:
        """Give a member of staff; without a role, an ADMIN."""
        return self.anyone("staff", self.issuer.staff_token(roles or ("ADMIN",)))

    def member(self, member_id: str) -> Person:
        """Give a member at the app door."""
        return self.anyone("app", self.issuer.member_token(member_id))

    async def enrol(self, locale: str = "en") -> str:
        """Enrol somebody new; give their id."""
        profile = members.ProfileInput(locale=locale)
        enrolment = Enrolment(external_id=uuid4().hex, profile=profile)
        return (await members.enrol(self.house.engine, enrolment)).member_id

    async def buy(self, member_id: str, amount: str, at: str, **more: Any) -> Json:
        """Record a purchase at the staff door; give the payload."""
        data = await self.staff().ask(PURCHASE, {"input": purchase(member_id, amount, at, **more)})
        payload: Json = data["purchaseRecord"]
        return payload


PURCHASE = """
mutation Buy($input: PurchaseRecordInput!) {
  purchaseRecord(input: $input) {
    replayed
    entries { id currency { id } points balanceAfter }
    member { id wallet { balances { currency { id } balance } } }
    userErrors {
      code message path ... on KeyReused { key } ... on MoneyMismatch { given expected }
    }
  }
}
"""


def purchase(member_id: str, amount: str, at: str, **more: Any) -> Json:
    """Describe a purchase with an id of its own, in euro."""
    total = {"amount": amount, "currencyCode": "EUR"}
    known = {"source": "till-1", "id": uuid4().hex, "memberId": member_id}
    return {**known, "occurredAt": at, "total": total, **more}


Serve = Callable[..., Awaitable[Shop]]


@pytest.fixture(scope="session")
async def serve(
    mongo_url: str,
    databases: Databases,
    tmp_path_factory: pytest.TempPathFactory,
    eventually: Eventually,
) -> AsyncIterator[Serve]:
    """Start servers, each on a database of its own: `await serve(introspection=False)`.

    With `now` the test decides what time it is for the business (tokens keep real time).
    Who closes one lends its database to the next; the others are closed at the end.
    """
    open_ones: list[Shop] = []

    async def start(now: Callable[[], datetime] = clock.now, **settings: Any) -> Shop:
        data_dir, name = tmp_path_factory.mktemp("e2e"), databases.lend()
        known = {
            "mongo_url": mongo_url,
            "mongo_database": name,
            "data_dir": data_dir,
            "request_timeout_ms": UNHURRIED_MS,
        }
        opened = open_installation(Settings(**{**known, **settings}), now, timeout_ms=UNHURRIED_MS)
        house = await opened.__aenter__()
        server, thresholds = Server(house, lambda: None, port=0), gc.get_threshold()
        serving = asyncio.create_task(server.serve())
        await eventually(lambda: server.started)
        gc.unfreeze()  # the process is not the server's alone: Hypothesis looks at referrers
        gc.set_threshold(*thresholds)
        port = server.servers[0].sockets[0].getsockname()[1]
        client = httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60)

        async def close() -> None:
            await client.aclose()
            server.should_exit = True
            await serving
            await opened.__aexit__(None, None, None)
            databases.take_back(name)
            open_ones.remove(ours)

        ours = Shop(house, client, open_local_issuer(data_dir), close)
        open_ones.append(ours)
        return ours

    yield start
    for ours in reversed(open_ones):
        await ours.close()


@pytest.fixture(scope="session")
async def shop(serve: Serve) -> Shop:
    """Give the server that most tests share, with the program in force."""
    shop = await serve()
    await program.publish(shop.house.engine, PROGRAM)
    return shop
