"""The worker's loop, run as the process runs it."""

import asyncio
from pathlib import Path

import pytest
from starlette.requests import Request

from api import health, worker
from api.installation import Installation
from api.metrics import Metrics
from api.settings import Settings
from loyalty import activities, push
from loyalty.engine import Engine
from loyalty.push import DeliveryStatus
from tests.engines import purchase, steppable
from tests.phones import Person, enrol, open_shop


async def test_a_worker_without_a_firebase_project_lets_no_facts_pile_up(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And it can be asked whether its loops turn."""
    await open_shop(engine)
    anna = await enrol(engine, Person("Anna", tokens=["phone"]))
    await activities.record_purchase(engine, purchase(anna, "p1", 4_270))
    house = Installation(Settings(data_dir=tmp_path), engine, Metrics())
    probes = health.Health(house, health.Pulse(house.metrics))
    async with worker.sending(house.settings) as sender:
        assert sender is None
        stopping = asyncio.Event()

        async def stop() -> None:
            stopping.set()

        steppable(engine).after["insert_new", "deliveries"] = stop
        async with asyncio.timeout(10):
            await worker.run(house, sender, stopping, probes.pulse)
    assert await engine.mongo.count("member_states", {"outbox.0": {"$exists": True}}) == 0
    assert await engine.mongo.count("facts", {"done_at": {"$exists": False}}) == 0
    delivery = await push.campaigns.find_delivery(engine, f"{anna}:3:0")
    assert delivery is not None
    assert (delivery.status, delivery.reason) == (DeliveryStatus.SUPPRESSED, "NOT_CONFIGURED")
    asked = Request({"type": "http"})
    assert (await probes.livez(asked)).status_code == 200
    monkeypatch.setattr(health, "STUCK_SECONDS", -1.0)
    stuck = await probes.livez(asked)
    assert (stuck.status_code, stuck.body) == (503, b"does not go on: jobs, news\n")
