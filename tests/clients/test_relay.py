"""Relay at the app door, where nothing runs but what its compiler registered.

The compiler holds the schema to what Relay expects of nodes and connections; one store keeps what
queries, a mutation and a subscription tell of the same things.
"""

import json
import shutil
from asyncio.subprocess import Process
from pathlib import Path
from typing import Any

import pytest

from api.contracts import FOLDER
from loyalty import program
from tests.clients.conftest import HERE, Run, Start
from tests.e2e.conftest import Serve, Shop
from tests.engines import PLAIN

PAGE = (FOLDER / "clients.md").read_text(encoding="utf-8")
MUG = """
offers:
  - {id: mug, kind: CUSTOM, name: A mug, price: {points: 40, currency: points}}
"""


@pytest.fixture(scope="module")
async def phone(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile the phone by the page for app teams, but for where its files are; give its folder."""
    folder = tmp_path_factory.mktemp("relay") / "phone"
    shutil.copytree(HERE / "relay", folder)
    told = PAGE.partition("`relay.config.json`:\n\n```json")[2].partition("```")[0]
    config = folder / "relay.config.json"
    config.write_text(json.dumps({**json.loads(told), **json.loads(config.read_text("utf-8"))}))
    shutil.copy(FOLDER / "schema.graphql", folder)
    (folder / "node_modules").symlink_to(HERE / "node_modules")
    compiled = await run("relay/compile.mjs", str(folder))
    assert compiled["status"] == 0, compiled["said"]
    return folder


@pytest.fixture(scope="module")
async def strict(serve: Serve, phone: Path) -> Shop:
    shop = await serve(operations="registered", operations_dir=phone / "registered")
    await program.publish(shop.house.engine, PLAIN + MUG)
    return shop


async def buy(shop: Shop, member_id: str, amount: str, day: int) -> None:
    paid = {"total": {"amount": amount, "currencyCode": "USD"}}
    await shop.buy(member_id, amount, f"2026-03-{day:02}T12:00:00Z", **paid)


def deed(phone: Path, shop: Shop, member_id: str, name: str, *given: str) -> list[str]:
    """Say how the phone is started."""
    token = shop.member(member_id).token
    assert token is not None
    return [str(phone / "phone.js"), name, f"{shop.client.base_url}/graphql", token, *given]


async def hear(client: Process) -> Any:
    """Wait for what the phone shows next."""
    assert client.stdout is not None
    assert client.stderr is not None
    line = await client.stdout.readline()
    assert line, (await client.stderr.read()).decode()
    return json.loads(line)


async def test_pages_come_together_in_one_connection(
    phone: Path, strict: Shop, start: Start
) -> None:
    anna = await strict.enrol()
    for day in range(1, 6):
        await buy(strict, anna, f"{day}.00", day)
    async with start(*deed(phone, strict, anna, "page")) as client:
        assert [await hear(client) for _ in range(3)] == [[5, 4], [5, 4, 3, 2], [5, 4, 3, 2, 1]]
        assert (await client.communicate(), client.returncode) == ((b"", b""), 0)


async def test_things_are_found_by_their_ids_and_those_of_others_are_not(
    phone: Path, strict: Shop, start: Start
) -> None:
    anna, bo = await strict.enrol(), await strict.enrol()
    await buy(strict, anna, "12.00", 1)
    async with start(*deed(phone, strict, anna, "find", bo)) as client:
        found, balances = await hear(client), await hear(client)
        assert found["node"] is None
        assert [each and each["id"] for each in found["nodes"]] == [*balances, None, anna]
        assert [each["available"] for each in found["nodes"][:1]] == [12]


async def test_what_a_mutation_changed_is_shown_without_asking_again(
    phone: Path, strict: Shop, start: Start
) -> None:
    anna = await strict.enrol()
    await buy(strict, anna, "50.00", 1)
    async with start(*deed(phone, strict, anna, "claim", "mug")) as client:
        assert await hear(client) == {"available": [50], "requests": 1}
        done = await hear(client)
        assert (done["seen"], done["requests"]) == ([[10]], 2)
        assert done["held"]["state"] == "ISSUED"
        assert (done["held"]["offer"]["id"], done["isNode"]) == ("mug", False)
        assert done["userErrors"] == []


async def test_what_happens_at_the_till_is_shown_without_asking_again(
    phone: Path, strict: Shop, start: Start
) -> None:
    anna = await strict.enrol()
    await buy(strict, anna, "50.00", 1)
    async with start(*deed(phone, strict, anna, "listen")) as client:
        assert await hear(client) == {"moved": 0, "available": [50], "requests": 1}
        await buy(strict, anna, "7.00", 2)
        assert await hear(client) == {"moved": 1, "available": [57], "requests": 1}
        assert (await client.communicate(), client.returncode) == ((b"", b""), 0)
