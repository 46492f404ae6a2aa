"""Dead jobs are listed and brought back by an ADMIN, at the staff door and on the command line."""

from datetime import timedelta

import pytest

from api.installation import Installation
from loyalty import jobs
from loyalty.engine import Engine
from loyalty.jobs import Held, Job, Lease, Result, Status
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
GIVE_UP = RETRY.replace("JobRetry", "JobGiveUp").replace("jobRetry", "jobGiveUp")
OPEN = """
  query ($first: Int, $after: String, $kind: String) {
    jobsOpen(first: $first, after: $after, kind: $kind) {
      edges { node { jobId kind status dueAt attempts holder error } }
      pageInfo { hasNextPage endCursor }
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


async def test_an_admin_gives_up_a_dead_one_once(shop: Shop) -> None:
    await bury(shop.house.engine, "hopeless")
    before = (await dead(shop))["totalCount"]
    for answer in (
        {"jobId": "hopeless", "userErrors": []},
        {"jobId": None, "userErrors": [UNKNOWN | {"jobId": "hopeless"}]},
    ):
        asked = await shop.staff("ADMIN").ask(GIVE_UP, {"input": {"jobId": "hopeless"}})
        assert asked["jobGiveUp"] == answer
    assert (await dead(shop))["totalCount"] == before - 1
    job = await jobs.find(shop.house.mongo, "hopeless")
    assert job is not None
    assert job.status is Status.DONE


async def test_an_admin_pages_through_what_waits_and_runs(shop: Shop) -> None:
    kind, mongo = "plans.lapse", shop.house.mongo
    due = [START + timedelta(minutes=n) for n in range(3)]
    await jobs.enqueue(mongo, [Job(f"lapse-{n}", kind, at) for n, at in enumerate(due)])
    (held,) = await jobs.take(shop.house.engine, [kind], Lease("machine:7:x", 3_600), 1)
    admin = shop.staff("ADMIN")
    first = (await admin.ask(OPEN, {"first": 2, "kind": kind}))["jobsOpen"]
    after = first["pageInfo"]["endCursor"]
    rest = (await admin.ask(OPEN, {"first": 2, "after": after, "kind": kind}))["jobsOpen"]
    nodes = [edge["node"] for page in (first, rest) for edge in page["edges"]]
    assert held.job.id == "lapse-0"
    assert {node["jobId"]: node["status"] for node in nodes} == {
        "lapse-0": "RUNNING",
        "lapse-1": "WAITING",
        "lapse-2": "WAITING",
    }
    assert {node["holder"] for node in nodes} == {"machine:7:x", None}
    assert [node["dueAt"] for node in nodes] == sorted(node["dueAt"] for node in nodes)
    every = (await admin.ask(OPEN, {"first": 100}))["jobsOpen"]["edges"]
    assert len(every) >= len(nodes)
    (error,) = await admin.errors(OPEN, {"kind": "plans.laps"})
    assert "there is no such kind; there are " in error["message"]


async def test_who_is_no_admin_sees_and_brings_back_nothing(shop: Shop) -> None:
    staff = shop.staff("MARKETING", "SUPPORT")
    assert await staff.codes(DEAD) == ["FORBIDDEN"]
    assert await staff.codes(OPEN) == ["FORBIDDEN"]
    for verb in (RETRY, GIVE_UP):
        assert await staff.codes(verb, {"input": {"jobId": "a"}}) == ["FORBIDDEN"]


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
