"""An outage between the steps of sending: what was surely not posted goes out, and once."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, time, timedelta
from functools import partial

import pytest

from loyalty import members, push, reactions, segments
from loyalty.engine import Engine
from loyalty.errors import Unavailable
from loyalty.members import Channel, Consent, Purpose
from loyalty.mongo import Document
from loyalty.push import Brief, CampaignStatus, Schedule, store
from loyalty.push.rules.briefs import ScheduleKind, Variant
from tests.engines import Clock, steppable
from tests.phones import Person, campaign, enrol, launch, open_shop, phones, shown, work

WANTED = Brief("Spring", segments.EVERYONE, (Variant("a", {"en": "Hi"}, {"en": "You"}),))
CROWD = 5
SIX = time(18)


async def fail() -> None:
    raise Unavailable("the primary stepped down")


async def consent(engine: Engine, granted: bool) -> None:
    said = Consent(Purpose.MARKETING, Channel.PUSH, granted, engine.clock(), "test")
    for state in await engine.mongo.find("member_states", {}):
        await members.set_consents(engine, state["_id"], [said])


async def begin(engine: Engine, schedule: Schedule, more: str = "") -> str:
    await open_shop(engine, more)
    for n in range(CROWD):
        await enrol(engine, Person(f"m{n}", tokens=[f"phone-{n}"]))
    await reactions.react(engine)  # to their enrolment
    made, _ = await push.campaigns.create(engine, WANTED, "k", "staff:eva")
    await push.campaigns.launch(engine, made.id, made.version, schedule, "staff:eva")
    await engine.mongo.delete_many("jobs", {"kind": "campaign.validate"})
    return made.id


@pytest.mark.parametrize(
    ("moment", "step"),
    [
        ("before", "insert_new"),  # the claim is not written
        ("after", "insert_new"),  # or it is, and nobody is told
        ("before", "update_batch"),  # what the answers came to
        ("after", "update_batch"),
    ],
)
async def test_a_step_that_meets_an_outage_loses_no_message(
    engine: Engine, clock: Clock, moment: str, step: str
) -> None:
    campaign_id = await begin(engine, Schedule())
    getattr(steppable(engine), moment)[step, "deliveries"] = fail
    async with phones() as (standin, sender):
        for _ in range(4):
            await work(engine, sender)
            clock.advance(seconds=31)
        assert (step, "deliveries") not in getattr(steppable(engine), moment)
        assert len(shown(standin)) == CROWD
    found = await campaign(engine, campaign_id)
    assert (found.status, found.counts.sent) == (CampaignStatus.SENT, CROWD)


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_claim_of_what_was_held_that_meets_an_outage_loses_no_message(
    engine: Engine, clock: Clock, moment: str
) -> None:
    on = clock().date() + timedelta(days=1)
    campaign_id = await begin(engine, Schedule(ScheduleKind.LOCAL, None, on, SIX))
    async with phones() as (standin, sender):
        clock.present = datetime.combine(on, time(12))
        await work(engine, sender)
        assert (await campaign(engine, campaign_id)).status is CampaignStatus.SENDING
        clock.present = datetime.combine(on, SIX)
        getattr(steppable(engine), moment)["update_batch", "deliveries"] = fail
        with pytest.raises(Unavailable):
            await work(engine, sender)
        for _ in range(4):
            clock.advance(seconds=31)
            await work(engine, sender)
        assert len(shown(standin)) == CROWD
    assert (await campaign(engine, campaign_id)).counts.sent == CROWD


@pytest.mark.parametrize("claim", ["insert_new", "update_batch"])
async def test_a_claim_that_is_written_after_it_was_given_up_loses_no_message(
    engine: Engine, clock: Clock, claim: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    on = clock().date() + timedelta(days=1)
    is_new = claim == "insert_new"
    wanted = Schedule() if is_new else Schedule(ScheduleKind.LOCAL, None, on, SIX)
    campaign_id = await begin(engine, wanted)
    write = getattr(engine.mongo, claim)
    hanging: list[Callable[[], Awaitable[object]]] = []

    async def hang(collection: str, items: list[Document]) -> object:
        if collection == "deliveries" and items and not hanging:
            hanging.append(partial(write, collection, items))
            raise Unavailable("no answer in time")
        return await write(collection, items)

    async with phones() as (standin, sender):
        if not is_new:
            clock.present = datetime.combine(on, time(12))
            await work(engine, sender)
            clock.present = datetime.combine(on, SIX)
        monkeypatch.setattr(engine.mongo, claim, hang)
        with suppress(Unavailable):
            await work(engine, sender)
        await hanging[0]()
        for _ in range(4):
            clock.advance(seconds=31)
            await work(engine, sender)
        assert len(shown(standin)) == CROWD
    assert (await campaign(engine, campaign_id)).counts.sent == CROWD


async def test_what_is_put_off_as_firebase_asks_for_time_meets_an_outage_and_is_not_lost(
    engine: Engine, clock: Clock
) -> None:
    on = clock().date() + timedelta(days=1)
    campaign_id = await begin(engine, Schedule(ScheduleKind.LOCAL, None, on, SIX))
    async with phones() as (standin, sender):
        clock.present = datetime.combine(on, time(12))
        await work(engine, sender)
        clock.present = datetime.combine(on, SIX)

        async def fail_then() -> None:  # the claim goes well, the giving back does not
            until = clock() + timedelta(seconds=20)
            await store.paces.slow_down(engine.mongo, sender.project.project_id, until)
            steppable(engine).before["update_batch", "deliveries"] = fail

        steppable(engine).after["update_batch", "deliveries"] = fail_then
        for _ in range(4):
            await work(engine, sender)
            clock.advance(seconds=31)
        assert not steppable(engine).after
        assert not steppable(engine).before
        assert len(shown(standin)) == CROWD
    assert (await campaign(engine, campaign_id)).counts.sent == CROWD


@pytest.mark.parametrize("is_stopped", [True, False])
async def test_a_cap_that_was_told_of_what_nobody_wrote_down_keeps_nothing_from_anybody(
    engine: Engine, clock: Clock, is_stopped: bool
) -> None:
    first = await begin(engine, Schedule(), "messaging: {caps: [{count: 1, days: 7}]}\n")
    steppable(engine).after["update_batch", "push_reached"] = fail
    async with phones() as (standin, sender):
        await work(engine, sender)
        assert not steppable(engine).after
        if is_stopped:
            await push.campaigns.stop(engine, first, "staff:eva")
        else:
            await consent(engine, False)
        clock.advance(seconds=31)
        await work(engine, sender)
        assert not standin.deliveries()
        assert await engine.mongo.count("deliveries", {}) == (0 if is_stopped else CROWD)
        clock.advance(seconds=31)
        await consent(engine, True)
        await launch(engine, WANTED, "the-next")
        await work(engine, sender)
        assert len(shown(standin)) == CROWD


async def test_while_firebase_asks_for_time_nothing_is_decided_on(
    engine: Engine, clock: Clock
) -> None:
    campaign_id = await begin(engine, Schedule())
    async with phones() as (standin, sender):
        until = clock() + timedelta(seconds=20)
        await store.paces.slow_down(engine.mongo, sender.project.project_id, until)
        await work(engine, sender)
        assert await engine.mongo.count("deliveries", {"campaign": campaign_id}) == 0
        for _ in range(4):
            clock.advance(seconds=31)
            await work(engine, sender)
        assert len(shown(standin)) == CROWD
    assert (await campaign(engine, campaign_id)).counts.sent == CROWD
