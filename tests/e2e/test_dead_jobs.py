"""Dead jobs are listed and brought back by an ADMIN, at the staff door and on the command line."""

import pytest

from api.installation import Installation
from loyalty import jobs
from loyalty.engine import Engine
from loyalty.jobs import Held, Job, Lease, Result
from loyalty.jobs.rules import ATTEMPTS
from tests.e2e.conftest import Json, Serve, Shop
from tests.engines import START
from tests.processes import stamkund

KIND = "wallets.expiry"
DEAD = """
  query ($first: Int, $after: String) {
    jobsDead(first: $first, after: $after) {
      totalCount
      edges { node { jobId kind attempts error diedAt } }
      pageInfo { hasNextPage endCursor }
    }
  }
"""
RETRY = """
  mutation ($input: JobRetryInput!) {
    jobRetry(input: $input) {
      jobId
      userErrors { code message path ... on JobNotDead { jobId } }
    }
  }
"""
UNKNOWN = {
    "code": "JOB_NOT_DEAD",
    "message": "No dead job has this id.",
    "path": ["input", "jobId"],
}


async def bury(engine: Engine, *names: str) -> None:
    """Let jobs fail for the last time, one after the other."""

    async def fail(engine: Engine, held: Held) -> None:
        raise RuntimeError("it broke\nin two lines")

    for name in names:
        await jobs.enqueue(engine.mongo, [Job(name, KIND, START, {"at": 3})])
        tried = {"$set": {"attempts": ATTEMPTS - 1}}
        await engine.mongo.update_one("jobs", {"_id": name}, tried)
        (held,) = await jobs.take(engine, [KIND], Lease(name), 1)
        assert (await jobs.run(engine, held, fail)).result is Result.DEAD


@pytest.fixture(scope="module")
async def shop(serve: Serve) -> Shop:
    shop = await serve()
    await bury(shop.house.engine, "a", "b", "c")
    return shop


async def dead(shop: Shop, **page: object) -> Json:
    found: Json = (await shop.staff("ADMIN").ask(DEAD, page))["jobsDead"]
    return found


async def test_an_admin_pages_through_the_dead_and_brings_one_back_once(shop: Shop) -> None:
    first = await dead(shop, first=2)
    assert first["totalCount"] == 3
    assert [edge["node"]["jobId"] for edge in first["edges"]] == ["c", "b"]
    node = first["edges"][0]["node"]
    assert (node["kind"], node["attempts"]) == (KIND, ATTEMPTS)
    assert node["error"] == "RuntimeError: it broke"
    rest = await dead(shop, first=2, after=first["pageInfo"]["endCursor"])
    assert [edge["node"]["jobId"] for edge in rest["edges"]] == ["a"]
    for answer in (
        {"jobId": "c", "userErrors": []},
        {"jobId": None, "userErrors": [UNKNOWN | {"jobId": "c"}]},
    ):
        asked = await shop.staff("ADMIN").ask(RETRY, {"input": {"jobId": "c"}})
        assert asked["jobRetry"] == answer
    assert (await dead(shop))["totalCount"] == 2


async def test_who_is_no_admin_sees_and_brings_back_nothing(shop: Shop) -> None:
    staff = shop.staff("MARKETING", "SUPPORT")
    assert await staff.codes(DEAD) == ["FORBIDDEN"]
    assert await staff.codes(RETRY, {"input": {"jobId": "a"}}) == ["FORBIDDEN"]


def command(house: Installation, *arguments: str) -> tuple[int, list[str]]:
    """Run a command on the shop's database; give its exit code and all it said."""
    known = house.mongo.options
    done = stamkund(
        "jobs",
        *arguments,
        STAMKUND_MONGO_URL=known.url,
        STAMKUND_MONGO_DATABASE=known.database,
        STAMKUND_DATA_DIR=str(house.settings.data_dir),
    )
    return done.returncode, (done.stdout + done.stderr).splitlines()


async def test_the_command_line_lists_and_brings_back(shop: Shop) -> None:
    house = shop.house
    await bury(house.engine, "x", "y")
    code, said = command(house, "list", "--kind", KIND, "--limit", "2")
    assert code == 0
    assert said[0].split() == ["job", "status", "when", "attempts", "last", "error"]
    assert [line.split()[:2] for line in said[1:]] == [["y", "DEAD"], ["x", "DEAD"]]
    await jobs.give_up(house.engine, "y", "staff:eva")
    left = await jobs.count_dead(house.mongo)
    assert command(house, "retry", "--all") == (0, [f"waits for a worker: {left}"])
    assert await jobs.count_dead(house.mongo) == 0
    code, (sentence,) = command(house, "give-up", "y")
    assert (code, sentence[:26]) == (1, "stamkund: y is not dead: `")
