"""Whatever is sent to a door, right or wrong: it never fails, and the app's tells of nobody else.

Subscriptions, and some of the rest, go over a socket; what is told while others change things is
judged with the answers.

`STAMKUND_TEST_FUZZ_CASES` says how many operations are sent; `make fuzz` sends 2,000.
"""

import json
import os
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import pytest
from strawberry import Schema

from schema import app_schema, core_schema, staff_schema
from tests.e2e.conftest import Json, Person, Serve, Shop
from tests.e2e.everything import SOURCE, World, with_everything, worlds
from tests.e2e.fuzzing import Author, Operation
from tests.e2e.sockets import Phone, socket
from tests.e2e.stories import Story

CASES = int(os.environ.get("STAMKUND_TEST_FUZZ_CASES", "200"))
SEED = 20_260_302
ROUND = 50
"""After so many it is another member's turn: some close their membership."""

SPOKEN = 0.2
"""Of all but subscriptions, this part goes over the socket too."""

INSIDE = re.compile(r"Traceback|File \\?\"/|\.py\b|loyalty\.|pymongo|MongoServer|0x[0-9a-f]{8}")


async def over_http(person: Person, sent: Operation) -> list[Json]:
    """Send an operation; give what is answered, as a message of a socket."""
    response = await person.post(sent.query, sent.variables)
    failed = response.status_code >= 500
    payload = {"failed": response.text} if failed else response.json()
    return [{"type": str(response.status_code), "payload": payload}]


async def over_socket(one: Phone, name: str, sent: Operation) -> list[Json]:
    """Send an operation; give what is heard, of others too, until it is over or goes on for long.

    A subscription stays open: what it tells comes between the answers to what is sent later.
    """
    await one.subscribe(name, sent.query, sent.variables)
    heard: list[Json] = []
    while True:
        heard.append(await one.hear())
        if heard[-1]["id"] == name and (sent.is_live or heard[-1]["type"] != "next"):
            return heard


async def rest(one: Phone) -> list[Json]:
    """Give what is still told of what was sent so far."""
    await one.say("ping")
    heard = [await one.hear()]
    while heard[-1]["type"] != "pong":
        heard.append(await one.hear())
    return heard


def wrong(message: Json) -> list[str]:
    """Name what no answer may have."""
    payload = message.get("payload", {})
    if "failed" in payload:
        return [f"status {message['type']}"]
    errors = payload if isinstance(payload, list) else payload.get("errors", ())
    codes = [error["extensions"]["code"] for error in errors]
    found = [code for code in codes if code in ("INTERNAL_SERVER_ERROR", "UNAVAILABLE")]
    return found + INSIDE.findall(json.dumps(payload))


def told_of(world: World, message: Json, sent: str) -> list[str]:
    """Name what an answer at the app door tells of bo that its reader never sent."""
    secrets, text = {**world.of_bo, "bo": world.bo.id.removeprefix("mbr_")}, json.dumps(message)
    return [f"{k} of bo" for k, v in secrets.items() if v in text and v not in sent]


async def caller(world: World, door: str, chance: Random) -> tuple[Person, str]:
    """Give somebody with one of everything and their id, or staff; now and then somebody else."""
    shop, role = world.story.shop, chance.choices(["ADMIN", "SUPPORT", ""], [8, 1, 1])[0]
    if door == "staff" or not role:
        return (shop.staff(role) if role else shop.anyone(door)), ""
    hero = await with_everything(world.story)
    return hero.app, hero.id


async def happen(story: Story, member_id: str) -> None:
    """Let somebody buy something, unless they have left."""
    sold = {"source": "till-1", "id": story.new_id(), "occurredAt": story.instant()}
    total = story.amount("20.00")
    await story.attempt("purchaseRecord", {**sold, "memberId": member_id, "total": total})


@asynccontextmanager
async def connected(shop: Shop, person: Person) -> AsyncIterator[Phone | None]:
    """Open a socket for whoever may have one."""
    if person.token is None and person.door == "staff":
        yield None
        return
    async with socket(shop, person.door) as one:
        await one.begin(person.token)
        yield one


@pytest.fixture
async def world(serve: Serve) -> AsyncIterator[World]:
    async with worlds(serve, SOURCE) as filled:
        yield filled


@pytest.mark.parametrize(("door", "schema"), [("app", app_schema), ("staff", staff_schema)])
async def test_no_operation_makes_a_door_fail_or_tell_tales(
    world: World, door: str, schema: Schema
) -> None:
    chance, seen, found = Random(SEED), Counter[str](), []
    ids = [*world.of_bo.values(), *world.of_staff.values(), world.anna.id, world.bo.id]
    author = Author(core_schema(schema), chance, ids)

    def judge(number: int, sent: str, heard: list[Json]) -> None:
        for message in heard:
            said = wrong(message) + (told_of(world, message, sent) if door == "app" else [])
            found.extend([(number, said, sent[-1_000:], str(message)[:500])] if said else [])
            seen[message["type"]] += 1

    for start in range(0, CASES // 2, ROUND):
        (person, member_id), known = await caller(world, door, chance), ""
        async with connected(world.story.shop, person) as one:
            for number in range(start, min(start + ROUND, CASES // 2)):
                sent = author.write()
                known += f"{sent.query} {sent.variables}"
                on_socket = one if sent.is_live or chance.random() < SPOKEN else None
                heard = await (
                    over_socket(on_socket, str(number), sent)
                    if on_socket
                    else over_http(person, sent)
                )
                judge(number, known, heard)
                own = [each for each in heard if each.get("id") in (None, str(number))]
                seen["data"] += any("data" in each.get("payload", {}) for each in own)
                if sent.is_live and member_id:
                    await happen(world.story, member_id)
            judge(start, known, await rest(one) if one else [])
    assert found == []
    assert min(seen["data"], CASES // 2 - seen["data"]) > CASES // 20, seen
    assert min(seen["next"], seen["error"], seen["200"]) > CASES // 100, seen
