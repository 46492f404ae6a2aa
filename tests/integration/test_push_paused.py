"""What waits for staff: looked at ever more seldom while it does, and at once as they let it go."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

import pytest

from api.fcm_standin import FcmStandin
from loyalty import activities, jobs, push, reactions, segments
from loyalty.engine import Engine
from loyalty.push import Brief, Delivery, store
from loyalty.push.fcm import Sender
from loyalty.push.rules.briefs import Variant
from loyalty.push.rules.switches import SwitchScope
from loyalty.push.service import planning
from tests.engines import Clock, purchase
from tests.phones import Person, do_jobs, enrol, launch, open_shop, phones, work

Phones = tuple[FcmStandin, Sender]

WANTED = Brief("Spring", segments.EVERYONE, (Variant("a", {"en": "Hi"}, {"en": "!"}),))
NIGHT = '\nmessaging:\n  quiet_hours: {since: "21:00", until: "08:00"}\n'
EVENING, MORNING = datetime(2026, 3, 9, 22), datetime(2026, 3, 10, 8)


@pytest.fixture
async def fcm() -> AsyncIterator[Phones]:
    async with phones() as opened:
        yield opened


async def held_overnight(engine: Engine, sender: Sender, clock: Clock) -> str:
    """Launch a campaign to a member at night; give its id."""
    clock.present = EVENING
    await open_shop(engine, NIGHT)
    await enrol(engine, Person("Anna", tokens=["anna"]))
    launched = await launch(engine, WANTED)
    await work(engine, sender)
    return launched.id


async def the_row(engine: Engine) -> tuple[str, datetime | None]:
    [row] = await engine.mongo.find("deliveries", {})
    return row["status"], row.get("due_at")


async def let_wait(engine: Engine, campaign_id: str, *, is_switched: bool) -> None:
    if is_switched:
        await push.switches.off(engine, SwitchScope.MARKETING, "A wrong price", "staff:eva")
    else:
        await push.campaigns.pause(engine, campaign_id, "staff:eva")


async def let_go(engine: Engine, campaign_id: str, *, is_switched: bool) -> None:
    if is_switched:
        await push.switches.on(engine, "Mended", "staff:eva")
    else:
        await push.campaigns.resume(engine, campaign_id, "staff:eva")


@pytest.mark.parametrize("is_switched", [False, True])
async def test_it_is_looked_at_ever_more_seldom_and_goes_as_soon_as_it_may(
    engine: Engine, fcm: Phones, clock: Clock, is_switched: bool
) -> None:
    launched = await held_overnight(engine, fcm[1], clock)
    clock.present = MORNING.replace(hour=7, minute=57)
    await let_wait(engine, launched, is_switched=is_switched)
    looked = []
    clock.present = MORNING
    for _ in range(6):
        await work(engine, fcm[1])
        status, due_at = await the_row(engine)
        assert status == "HELD"
        assert due_at is not None
        looked.append((due_at - clock()).total_seconds() // 60)
        clock.present = due_at
    assert looked == [3, 6, 12, 24, 48, 60]
    clock.advance(minutes=-30)
    await let_go(engine, launched, is_switched=is_switched)
    clock.advance(seconds=2)
    await work(engine, fcm[1])
    assert await the_row(engine) == ("SENT", None)


async def test_it_goes_though_nobody_looked_after_the_campaign_while_it_was_paused(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    launched = await held_overnight(engine, fcm[1], clock)
    clock.present = MORNING
    await let_wait(engine, launched, is_switched=False)
    await push.run_once(engine, fcm[1])
    assert (await the_row(engine))[0] == "HELD"
    await let_go(engine, launched, is_switched=False)
    clock.advance(seconds=2)
    await work(engine, fcm[1])
    assert await the_row(engine) == ("SENT", None)


async def test_as_much_as_there_is_is_looked_at_at_once(
    engine: Engine, fcm: Phones, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    launched = await held_overnight(engine, fcm[1], clock)
    [row] = await engine.mongo.find("deliveries", {})
    more = [{**row, "_id": f"{campaign}:{n}"} for campaign in (launched, "cmp_z") for n in range(5)]
    await engine.mongo.insert_new("deliveries", more)
    monkeypatch.setattr(store.deliveries, "AT_ONCE", 2)
    await store.deliveries.hasten(engine.mongo, launched, clock())
    due = await engine.mongo.find("deliveries", {"due_at": clock()})
    assert sorted({row["_id"].partition(":")[0] for row in due}) == [launched]
    assert len(due) == 6


@pytest.mark.parametrize("is_switched", [False, True])
async def test_it_goes_at_once_though_a_worker_read_that_it_waits_just_before(
    engine: Engine, fcm: Phones, clock: Clock, monkeypatch: pytest.MonkeyPatch, is_switched: bool
) -> None:
    launched = await held_overnight(engine, fcm[1], clock)
    clock.present = MORNING.replace(hour=5)
    await let_wait(engine, launched, is_switched=is_switched)
    clock.present = MORNING
    read = planning.read

    async def let_go_meanwhile(engine: Engine, batch: Sequence[Delivery]) -> planning.Context:
        found = await read(engine, batch)
        await let_go(engine, launched, is_switched=is_switched)
        await do_jobs(engine, fcm[1])  # of another worker
        return found

    with monkeypatch.context() as patched:
        patched.setattr(planning, "read", let_go_meanwhile)
        await push.run_once(engine, fcm[1])
    assert await the_row(engine) == ("HELD", clock())
    await push.run_once(engine, fcm[1])
    assert await the_row(engine) == ("SENT", None)


async def test_it_goes_at_once_though_it_was_first_planned_in_a_short_pause(
    engine: Engine, fcm: Phones, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await open_shop(engine)
    await enrol(engine, Person("Anna", tokens=["anna"]))
    launched = await launch(engine, WANTED)
    read = planning.read

    async def pause_meanwhile(engine: Engine, batch: Sequence[Delivery]) -> planning.Context:
        await let_wait(engine, launched.id, is_switched=False)
        found = await read(engine, batch)
        await let_go(engine, launched.id, is_switched=False)
        return found

    await push.run_once(engine, fcm[1])
    with monkeypatch.context() as patched:
        patched.setattr(planning, "read", pause_meanwhile)
        await do_jobs(engine, fcm[1])
    assert await the_row(engine) == ("HELD", clock())
    await push.run_once(engine, fcm[1])
    assert await the_row(engine) == ("SENT", None)


async def test_a_chunk_goes_within_seconds_though_it_saw_the_pause_just_before(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    await open_shop(engine)
    await enrol(engine, Person("Anna", tokens=["anna"]))
    launched = await launch(engine, WANTED)
    await push.run_once(engine, fcm[1])
    await let_wait(engine, launched.id, is_switched=True)
    handlers = push.work.handlers(fcm[1])
    chunk = handlers["campaign.chunk"]

    async def late(engine: Engine, held: jobs.Held) -> datetime | None:
        due_at = await chunk(engine, held)
        await let_go(engine, launched.id, is_switched=True)
        clock.advance(seconds=2)
        await do_jobs(engine, fcm[1])  # of another worker
        return due_at

    await jobs.work_off(engine, {**handlers, "campaign.chunk": late})
    clock.advance(seconds=2)
    await work(engine, fcm[1])
    assert await the_row(engine) == ("SENT", None)


@pytest.mark.parametrize("is_switched", [False, True])
async def test_a_chunk_goes_as_soon_as_it_may(
    engine: Engine, fcm: Phones, clock: Clock, is_switched: bool
) -> None:
    await open_shop(engine)
    await enrol(engine, Person("Anna", tokens=["anna"]))
    launched = await launch(engine, WANTED)
    await push.run_once(engine, fcm[1])
    await let_wait(engine, launched.id, is_switched=is_switched)
    await work(engine, fcm[1])
    clock.advance(minutes=2)
    await work(engine, fcm[1])
    await let_go(engine, launched.id, is_switched=is_switched)
    clock.advance(seconds=2)
    await work(engine, fcm[1])
    assert await the_row(engine) == ("SENT", None)


async def test_what_happens_to_a_member_is_told_before_all_that_a_campaign_has_held(
    engine: Engine, fcm: Phones, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    standin, sender = fcm
    monkeypatch.setattr("loyalty.push.service.dispatch.BATCH", 2)
    await held_overnight(engine, sender, clock)
    [row] = await engine.mongo.find("deliveries", {})
    others = [{**row, "_id": f"{row['campaign']}:{n}", "member": f"mbr_{n}"} for n in range(5)]
    await engine.mongo.insert_new("deliveries", others)
    clock.present = MORNING.replace(minute=30)
    await activities.record_purchase(
        engine, purchase(row["member"], "p1", 1_000, occurred_at=clock())
    )
    await reactions.react(engine)
    await push.run_once(engine, sender)
    titles = [delivery.message["notification"]["title"] for delivery in standin.deliveries()]
    assert "10 points from your purchase" in titles
    await work(engine, sender)
    assert await engine.mongo.count("deliveries", {"due_at": {"$exists": True}}) == 0
