"""Campaigns from the command line: looked at, sent once from a file, followed to their end."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from api import clock
from loyalty import migrations
from loyalty.engine import Engine, open_engine
from loyalty.mongo import Mongo
from tests.engines import patient
from tests.phones import Person, enrol, open_shop, phones, work
from tests.processes import stamkund

CAMPAIGN = """
name: Spring
audience: {everyone: true}
title: {en: "Hi {firstName}", da: "Hej {firstName}"}
body: {en: "{balance} points", da: "{balance} point"}
holdout_percent: 0
"""


@pytest.fixture
async def engine(mongo_url: str, database_name: str) -> AsyncIterator[Engine]:
    mongo = Mongo(patient(mongo_url, database_name))
    opened = open_engine(mongo, clock.now, clock.new_id)
    await migrations.prepare(opened)
    await open_shop(opened)
    yield opened
    await opened.commits.drain()
    await mongo.close()


async def run(engine: Engine, *arguments: str | Path) -> CompletedProcess[str]:
    options = engine.mongo.options
    settings = {"STAMKUND_MONGO_URL": options.url, "STAMKUND_MONGO_DATABASE": options.database}
    return await asyncio.to_thread(partial(stamkund, "campaign", *arguments, **settings))


async def test_a_campaign_goes_from_a_file_to_its_table(engine: Engine, tmp_path: Path) -> None:
    anna = await enrol(engine, Person("Anna", "da-DK", ["anna"]))
    await enrol(engine, Person("Bo", tokens=["bo"]))
    file = tmp_path / "spring.yaml"
    file.write_text(CAMPAIGN, encoding="utf-8")
    rehearsed = await run(engine, "send", file)
    assert rehearsed.returncode == 0, rehearsed.stderr
    assert "audience: 2 members" in rehearsed.stdout
    assert "goes: at once" in rehearsed.stdout
    assert "Hej Anna" in rehearsed.stdout
    assert "nothing was sent" in rehearsed.stdout
    async with phones() as (standin, sender):
        sending = asyncio.create_task(run(engine, "send", file, "--yes"))
        while not sending.done():
            await work(engine, sender)
            await asyncio.wait([sending], timeout=0.2)
        sent = await sending
        assert sent.returncode == 0, sent.stderr
        again = await run(engine, "send", file, "--yes")
        await work(engine, sender)
        told = sorted(delivery.token for delivery in standin.deliveries())
    assert told == ["anna", "bo"]
    for done in (sent, again):
        assert "SENT" in done.stderr
        assert "members: 2 of 2" in done.stderr
        assert "uplift: NO_HOLDOUT, nobody to compare with" in done.stdout
        assert "Hej {firstName}" in done.stdout
    campaign_id = sent.stdout.partition(":")[0]
    previewed = await run(engine, "preview", campaign_id, "--member", anna)
    assert "* a da" in previewed.stdout
    unknown = await run(engine, "preview", campaign_id, "--member", "mbr_none")
    assert (unknown.returncode, unknown.stderr) == (1, "stamkund: There is no such member.\n")


async def test_a_file_that_is_no_campaign_is_told_and_nothing_kept(
    engine: Engine, tmp_path: Path
) -> None:
    file = tmp_path / "spring.yaml"
    file.write_text(CAMPAIGN.replace("{balance} points", "{surname}"), encoding="utf-8")
    refused = await run(engine, "send", file, "--yes")
    assert (refused.returncode, "there is no field “surname”" in refused.stderr) == (1, True)
    over = "schedule: {at: 2020-03-01T08:00:00Z}\n"
    file.write_text(CAMPAIGN + over, encoding="utf-8")
    for late in (await run(engine, "send", file), await run(engine, "send", file, "--yes")):
        assert (late.returncode, late.stdout) == (1, "")
        assert late.stderr == "stamkund: schedule: over by now, wherever a member lives\n"
    assert await engine.mongo.count("campaigns", {}) == 0
