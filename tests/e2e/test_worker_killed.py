"""A worker is killed in the middle of a campaign: nobody is written to twice, nothing is lost."""

import asyncio
import contextlib
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from api import clock
from api.fcm_standin import FcmStandin
from loyalty import migrations, push
from loyalty.engine import Engine, open_engine
from loyalty.mongo import Mongo
from loyalty.push import Audience, AudienceKind, Brief, Campaign, CampaignStatus
from loyalty.push import DeliveryStatus as Status
from loyalty.push.fcm import Limits
from loyalty.push.rules.briefs import Variant
from loyalty.push.service.sending import CHUNK
from loyalty.walks import Walk
from tests.engines import patient
from tests.phones import Person, enrol, launch, open_shop, register
from tests.processes import POLL_SECONDS, ROOT, STOP_SECONDS, environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")

DEADLINE_SECONDS = 60.0
CROWD = 2 * CHUNK + 100
# As many phones as a worker has connections never answer: it stays in the middle of the second
# chunk, some of it sent and some not, until it is killed or gives them up after ten seconds.
BEFORE = CHUNK + 100
SILENT = Limits().connections


@contextmanager
def worker(**settings: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker, and never leave it behind."""
    command = [sys.executable, "-m", "api", "worker"]
    process = subprocess.Popen(
        command, env=environment(**settings), cwd=ROOT, stdin=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture
async def engine(mongo_url: str, database_name: str) -> AsyncIterator[Engine]:
    mongo = Mongo(patient(mongo_url, database_name))
    opened = open_engine(mongo, clock.now, clock.new_id)
    await migrations.prepare(opened)
    yield opened
    await opened.commits.drain()
    await mongo.close()


async def crowd(engine: Engine) -> set[str]:
    """Enrol the members and then, in the order of campaigns, their phones; give the tokens."""
    await open_shop(engine)
    people = [Person(f"m{n}") for n in range(CROWD)]
    members = sorted(await asyncio.gather(*(enrol(engine, person) for person in people)))
    silent = range(BEFORE, BEFORE + SILENT)
    tokens = [f"hang:{n}" if n in silent else f"t{n}" for n in range(CROWD)]
    await asyncio.gather(*(register(engine, *owner) for owner in zip(members, tokens, strict=True)))
    return set(tokens)


def brief(name: str) -> Brief:
    text = Variant("a", {"en": "Hi"}, {"en": "{balance} points"})
    return Brief(name, Audience(AudienceKind.EVERYONE), (text,))


async def sent(engine: Engine) -> list[Campaign]:
    found = await push.campaigns.newest(engine, Walk(10))
    return [campaign for campaign in found if campaign.status is CampaignStatus.SENT]


async def until(condition: Callable[[], Awaitable[bool]], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not await condition():
        assert time.monotonic() < deadline, f"no {what} within {DEADLINE_SECONDS} s"
        await asyncio.sleep(POLL_SECONDS)


async def let_leases_end(engine: Engine) -> None:
    """Do what a minute does: what nobody renews is due."""
    due = {"$set": {"due_at": engine.clock()}}
    await engine.mongo.update_many("campaigns", {"status": "SENDING"}, due)
    assert await engine.mongo.update_many("deliveries", {"status": "SENDING"}, due) == CHUNK


async def check(engine: Engine, campaign: Campaign, got: Counter[str], tokens: set[str]) -> None:
    """Check that each phone got one message, but for those nobody knows of, and the counts."""
    rows = await push.campaigns.deliveries(engine, campaign.id, Walk(CROWD + 1))
    devices = {
        row.member_id: device.token
        for row in rows
        for device in await push.devices.of_member(engine, row.member_id)
    }
    assert set(devices.values()) == tokens
    assert set(got.values()) == {1}
    by_status = {
        status: {devices[row.member_id] for row in rows if row.status is status}
        for status in {row.status for row in rows}
    }
    assert set(by_status) == {Status.SENT, Status.UNKNOWN}
    assert by_status[Status.SENT] <= set(got)
    assert tokens - set(got) <= by_status[Status.UNKNOWN]
    counts = campaign.counts
    assert (counts.audience, counts.open, counts.failed) == (CROWD, 0, 0)
    assert counts.sent == len(by_status[Status.SENT])
    assert counts.unknown == len(by_status[Status.UNKNOWN])


async def test_a_worker_killed_inside_a_campaign_is_followed_without_a_second_message(
    engine: Engine, mongo_url: str, tmp_path: Path
) -> None:
    tokens = await crowd(engine)
    campaigns = [(await launch(engine, brief(key), key)).id for key in ("spring", "summer")]
    async with FcmStandin(keep_count=10 * CROWD) as standin:
        settings = {
            "STAMKUND_MONGO_URL": mongo_url,
            "STAMKUND_MONGO_DATABASE": engine.mongo.options.database,
            "STAMKUND_PUSH_ENDPOINT": standin.url,
            "STAMKUND_DATA_DIR": str(tmp_path),
        }
        with contextlib.ExitStack() as stack:
            first, second = [stack.enter_context(worker(**settings)) for _ in range(2)]
            await standin.wait_for(count=2 * BEFORE, deadline_s=DEADLINE_SECONDS)
            first.send_signal(signal.SIGKILL)
            first.wait()
            again = stack.enter_context(worker(**settings))

            async def survivor_done() -> bool:
                return len(await sent(engine)) == 1

            async def all_done() -> bool:
                return len(await sent(engine)) == 2

            await until(survivor_done, "end of the survivor's campaign")
            await let_leases_end(engine)
            await until(all_done, "end of the dead worker's campaign")
            for process in (second, again):
                process.terminate()
                assert process.wait(STOP_SECONDS) == 0
        told = standin.deliveries()
    finished = await sent(engine)
    for campaign in finished:
        got = Counter(d.token for d in told if d.message["data"]["campaignId"] == campaign.id)
        await check(engine, campaign, got, tokens)
    # The survivor knows of all but the silent; of the dead worker's chunk nothing is known.
    assert {c.id for c in finished} == set(campaigns)
    assert sorted(c.counts.unknown for c in finished) == [SILENT, CHUNK]
