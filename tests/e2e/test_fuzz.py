"""Whatever is sent to a door, right or wrong: it never fails, and the app's tells of nobody else.

`STAMKUND_TEST_FUZZ_CASES` says how many operations are sent; `make fuzz` sends 2,000.
"""

import os
import re
from collections import Counter
from random import Random

import httpx2
import pytest
from strawberry import Schema

from schema import app_schema, core_schema, staff_schema
from tests.e2e.conftest import Person, Serve
from tests.e2e.everything import SOURCE, World, with_everything, worlds
from tests.e2e.fuzzing import Author

CASES = int(os.environ.get("STAMKUND_TEST_FUZZ_CASES", "200"))
SEED = 20_260_302
ROUND = 50
"""After so many it is another member's turn: some close their membership."""

INSIDE = re.compile(r"Traceback|File \\?\"/|\.py\b|loyalty\.|pymongo|MongoServer|0x[0-9a-f]{8}")


def wrong(response: httpx2.Response) -> list[str]:
    """Name what no answer may have."""
    if response.status_code >= 500:
        return [f"status {response.status_code}"]
    answer = response.json()
    codes = [error["extensions"]["code"] for error in answer.get("errors", ())]
    found = [code for code in codes if code in ("INTERNAL_SERVER_ERROR", "UNAVAILABLE")]
    return found + INSIDE.findall(response.text)


def told_of(world: World, response: httpx2.Response, sent: str) -> list[str]:
    """Name what an answer at the app door tells of bo that its reader never sent."""
    secrets = {**world.of_bo, "bo": world.bo.id.removeprefix("mbr_")}
    return [f"{k} of bo" for k, v in secrets.items() if v in response.text and v not in sent]


async def caller(world: World, door: str, chance: Random) -> Person:
    """Give somebody with one of everything, or staff; now and then nobody, or of another role."""
    shop, role = world.story.shop, chance.choices(["ADMIN", "SUPPORT", ""], [8, 1, 1])[0]
    if not role:
        return shop.anyone(door)
    return shop.staff(role) if door == "staff" else (await with_everything(world.story)).app


@pytest.mark.parametrize(("door", "schema"), [("app", app_schema), ("staff", staff_schema)])
async def test_no_operation_makes_a_door_fail_or_tell_tales(
    serve: Serve, door: str, schema: Schema
) -> None:
    world = await worlds(serve, SOURCE)
    chance, seen, found = Random(SEED), Counter[str](), []
    ids = [*world.of_bo.values(), *world.of_staff.values(), world.anna.id, world.bo.id]
    author = Author(core_schema(schema), chance, ids)
    for number in range(CASES // 2):
        if number % ROUND == 0:
            person, known = await caller(world, door, chance), ""
        sent = author.write()
        known += f"{sent.query} {sent.variables}"
        response = await person.post(sent.query, sent.variables)
        seen["data" if '"data":{' in response.text else "none"] += 1
        said = wrong(response) + (told_of(world, response, known) if door == "app" else [])
        found += [(number, said, sent, response.text[:500])] if said else []
    assert found == []
    assert min(seen["data"], seen["none"]) > CASES // 20, seen
