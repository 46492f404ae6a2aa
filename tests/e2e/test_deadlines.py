"""Every operation has its time, whichever way it comes; what takes longer is told, and counted."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from loyalty import program
from loyalty.mongo import Mongo
from tests.e2e.conftest import PROGRAM, Json, Serve, Shop
from tests.e2e.sockets import phone
from tests.e2e.test_streams import EVENTS, stream

QUICK = "query Quick { me { devices { id } } }"
PATIENT = "query Patient { me { devices { id } } }"
RENAME = 'mutation { memberUpdateProfile(input: {firstName: "A"}) { member { devices { id } } } }'
LIVE = "subscription { walletChanged { member { devices { id } } } }"
LATE = {"code": "UNAVAILABLE", "retryAfterMs": 1_000}

Hang = Callable[[], asyncio.Event]


@pytest.fixture(scope="module")
async def impatient(serve: Serve) -> Shop:
    """Serve with little patience, but for one operation."""
    times = {"request_timeout_ms": 500, "operation_timeouts_ms": {"Patient": 60_000}}
    shop = await serve(**times)
    await program.publish(shop.house.engine, PROGRAM)
    return shop


@pytest.fixture
def hang(monkeypatch: pytest.MonkeyPatch) -> Hang:
    """Let nobody's devices be found until the event is set."""

    def begin() -> asyncio.Event:
        released, find = asyncio.Event(), Mongo.find

        async def hanging(mongo: Mongo, collection: str, *given: Any, **more: Any) -> Any:
            if collection == "devices":
                await released.wait()
            return await find(mongo, collection, *given, **more)

        monkeypatch.setattr(Mongo, "find", hanging)
        return released

    return begin


def counted(shop: Shop, kind: str) -> float:
    """Count what took too long."""
    name = f'stamkund_graph_operations_timed_out_total{{door="app",operation="{kind}"}}'
    lines = shop.house.metrics.render().decode().splitlines()
    return sum(float(line.split()[1]) for line in lines if line.startswith(name))


def extensions(errors: list[Json]) -> Json:
    (error,) = errors
    found: Json = error["extensions"]
    return found


@pytest.mark.parametrize(("kind", "query"), [("query", QUICK), ("mutation", RENAME)])
async def test_a_request_has_so_much_time(
    impatient: Shop, hang: Hang, kind: str, query: str
) -> None:
    member, before = impatient.member(await impatient.enrol()), counted(impatient, kind)
    hang()
    with capture_logs() as lines:
        response = await member.post(query)
    assert (response.status_code, response.headers["retry-after"]) == (503, "1")
    assert extensions(response.json()["errors"]) == LATE
    assert counted(impatient, kind) == before + 1
    (noted,) = (line for line in lines if line["event"] == "operation_timed_out")
    assert (noted["seconds"], len(noted["hash"])) == (0.5, 12)


async def test_an_operation_may_have_another_time(impatient: Shop, hang: Hang) -> None:
    member = impatient.member(await impatient.enrol())
    released = hang()
    patient = asyncio.ensure_future(member.post(PATIENT))
    refused = await member.post(QUICK)
    assert extensions(refused.json()["errors"]) == LATE
    released.set()
    assert (await patient).json()["data"] == {"me": {"devices": []}}


async def test_an_operation_has_the_same_time_on_a_socket(impatient: Shop, hang: Hang) -> None:
    async with phone(impatient, await impatient.enrol()) as one:
        released = hang()
        await one.subscribe("patient", PATIENT)
        await one.subscribe("quick", QUICK)
        message = await one.hear()
        assert (message["type"], message["id"]) == ("error", "quick")
        assert extensions(message["payload"]) == LATE
        released.set()
        assert await one.next("patient") == {"devices": []}


async def test_every_event_has_the_time_of_an_operation(impatient: Shop, hang: Hang) -> None:
    anna, before = await impatient.enrol(), counted(impatient, "subscription")
    async with phone(impatient, anna) as one:
        await one.subscribe("1", LIVE)
        assert await one.next("1") == {"member": {"devices": []}}
        hang()
        await impatient.buy(anna, "3.00", "2026-03-02T12:00:00Z")
        message = await one.hear()
        assert (message["type"], extensions(message["payload"])) == ("error", LATE)
    token = impatient.issuer.member_token(anna)
    async with stream(impatient, token, EVENTS, LIVE) as streaming:
        told = (await streaming.rest()).decode()
    assert '"code":"UNAVAILABLE"' in told
    assert told.endswith("\n\nevent: complete\ndata:\n\n")
    assert counted(impatient, "subscription") == before + 2
