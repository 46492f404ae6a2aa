"""Campaigns: everybody who may be written to gets one message, whatever dies on the way."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from api.fcm_standin import FcmStandin
from loyalty import activities, push, segments
from loyalty.engine import Engine
from loyalty.errors import BadInput, KeyReused, Refused
from loyalty.push import (
    Brief,
    Campaign,
    CampaignStatus,
    DeliveryStatus,
    refusals,
)
from loyalty.push.fcm import Sender
from loyalty.push.rules.briefs import Variant
from loyalty.walks import Walk
from tests.engines import START, Clock, purchase, steppable, suspend
from tests.integration.conftest import OpenEngine
from tests.phones import (
    Killed,
    Mortal,
    Person,
    campaign,
    enrol,
    launch,
    open_shop,
    phones,
    shown,
    work,
)

Phones = tuple[FcmStandin, Sender]

EVERYONE = segments.EVERYONE
TEXT = Variant(
    "a",
    {"en": "Hi {firstName}", "da": "Hej {firstName}"},
    {"en": "{balance} points, {tier}", "da": "{balance} point, {tier}"},
)
WANTED = Brief("Spring", EVERYONE, (TEXT,), deep_link="myapp://spring")
CROWD = 70
PAGE, CHUNK, BATCH = 40, 30, 15


@pytest.fixture(autouse=True)
async def _shop(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loyalty.push.service.snapshots.PAGE", PAGE)
    monkeypatch.setattr("loyalty.push.service.snapshots.CHUNK", CHUNK)
    monkeypatch.setattr("loyalty.push.service.sending.BATCH", BATCH)
    await open_shop(engine)


@pytest.fixture
async def fcm() -> AsyncIterator[Phones]:
    async with phones() as opened:
        yield opened


async def crowd(engine: Engine, size: int = CROWD) -> list[str]:
    """Enrol people who may all be written to; give their tokens."""
    tokens = [f"t{n:03}" for n in range(size)]
    await asyncio.gather(*(enrol(engine, Person(f"m{t}", tokens=[t])) for t in tokens))
    await engine.mongo.update_many("member_states", {}, {"$set": {"outbox": []}})
    return tokens


async def finish(engine: Engine, sender: Sender, clock: Clock, campaign_id: str) -> Campaign:
    """Work, with time passing, until the campaign is over and counted."""
    for _ in range(20):
        await work(engine, sender)
        clock.advance(seconds=61)
    assert await work(engine, sender) <= 1  # its watch counts what is opened
    return await campaign(engine, campaign_id)


async def test_everybody_who_may_be_written_to_is_in_their_language(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    anna = await enrol(engine, Person("Anna", "en-GB", ["anna-1", "anna-2"]))
    await enrol(engine, Person("Bo", "da-DK", ["bo"]))
    await enrol(engine, Person("Cleo", "fi", ["cleo"]))
    await enrol(engine, Person("Dan", tokens=["dan"], marketing=False))
    await enrol(engine, Person("Eli"))
    gone = await enrol(engine, Person("Flo", tokens=["flo"]))
    await suspend(engine, gone)
    await activities.record_purchase(engine, purchase(anna, "p1", 123_400))
    launched = await launch(engine, WANTED)
    assert (launched.status, launched.created_by) == (CampaignStatus.SCHEDULED, "staff:eva")
    done = await finish(engine, sender, clock, launched.id)
    marketing = [d for d in standin.deliveries() if d.message["data"]["type"] == "campaign"]
    assert sorted((d.token, d.message["notification"]["title"]) for d in marketing) == [
        ("anna-1", "Hi Anna"), ("anna-2", "Hi Anna"), ("bo", "Hej Bo"), ("cleo", "Hi Cleo"),
    ]  # fmt: skip
    bodies = {d.token: d.message["notification"]["body"] for d in marketing}
    assert bodies == {
        "anna-1": "1,234 points, Gold",
        "anna-2": "1,234 points, Gold",
        "bo": "0 point, Basis",
        "cleo": "0 points, Basic",
    }
    [to_bo] = [d.message["data"] for d in marketing if d.token == "bo"]
    assert (to_bo["deepLink"], to_bo["campaignId"]) == ("myapp://spring", launched.id)
    assert (done.status, done.started_at) == (CampaignStatus.SENT, START)
    assert (done.counts.audience, done.counts.sent) == (5, 3)
    assert done.counts.suppressed == {"NO_CONSENT": 1, "NO_DEVICE": 1}


async def test_only_members_of_the_tier_are_written_to(engine: Engine, fcm: Phones) -> None:
    standin, sender = fcm
    for name, total in (("Anna", 10_000), ("Bo", 100), ("Cleo", 60_000)):
        member = await enrol(engine, Person(name, tokens=[name]))
        await activities.record_purchase(engine, purchase(member, name, total))
    await enrol(engine, Person("Dan", tokens=["Dan"]))
    to: dict[str, set[str]] = {}
    for tier in ("basic", "silver", "gold"):
        audience = segments.parse({"tier": {"is": tier}})
        launched = await launch(engine, replace(WANTED, audience=audience), tier)
        await work(engine, sender)
        to[tier] = {
            d.token
            for d in standin.deliveries()
            if d.message["data"].get("campaignId") == launched.id
        }
    assert to == {"basic": {"Bo", "Dan"}, "silver": {"Anna"}, "gold": {"Cleo"}}


async def test_a_campaign_is_made_once_for_its_key(engine: Engine) -> None:
    first = await launch(engine, WANTED)
    assert await push.campaigns.create(engine, WANTED, "spring-1", "staff:eva") == (first, True)
    other = replace(WANTED, name="Other")
    with pytest.raises(Refused) as caught:
        await push.campaigns.create(engine, other, "spring-1", "staff:eva")
    assert caught.value.refusal == KeyReused("spring-1")
    assert await push.campaigns.newest(engine, Walk(10)) == [first]


async def test_what_cannot_be_sent_is_refused_before_anything_is_written(engine: Engine) -> None:
    nowhere = segments.parse({"tier": {"is": "platinum"}})
    with pytest.raises(Refused) as no_tier:
        await launch(engine, replace(WANTED, audience=nowhere))
    assert no_tier.value.refusal == segments.refusals.SegmentNamesUnknown(
        "tier", "platinum", "tier"
    )
    other = replace(TEXT, title={**TEXT.title, "en": "{lastName}"})
    with pytest.raises(Refused) as no_field:
        await launch(engine, replace(WANTED, variants=(other,)))
    assert isinstance(no_field.value.refusal, refusals.TemplateInvalid)
    long = replace(TEXT, body={**TEXT.body, "en": "🎁" * 1_000})
    with pytest.raises(BadInput, match="fits"):
        await launch(engine, replace(WANTED, variants=(long,)))
    assert await engine.mongo.count("campaigns", {}) == 0


async def test_campaigns_and_their_deliveries_are_listed_page_by_page(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    _, sender = fcm
    made = []
    for key in ("a", "b", "c"):
        made.append(await launch(engine, WANTED, key))
        clock.advance(seconds=1)
    newest = await push.campaigns.newest(engine, Walk(2))
    older = await push.campaigns.newest(engine, Walk(2, (newest[-1].created_at, newest[-1].id)))
    assert [c.id for c in newest + older] == [c.id for c in reversed(made)]

    members = sorted([await enrol(engine, Person(f"m{n}", tokens=[f"t{n}"])) for n in range(5)])
    launched = await launch(engine, WANTED)
    await work(engine, sender)
    first = await push.campaigns.deliveries(engine, launched.id, Walk(3))
    rest = await push.campaigns.deliveries(engine, launched.id, Walk(3, first[-1].member_id))
    assert [d.member_id for d in first + rest] == members
    last = await push.campaigns.deliveries(engine, launched.id, Walk(2, back=True))
    middle = await push.campaigns.deliveries(
        engine, launched.id, Walk(9, last[-1].member_id, back=True)
    )
    assert [d.member_id for d in last + middle] == members[::-1]
    assert {d.status for d in first} == {DeliveryStatus.SENT}
    assert (first[0].title, first[0].body) == ("Hi m0", "0 points, Basic")
    assert await push.campaigns.find_delivery(engine, first[0].id) == first[0]


async def test_who_joins_on_a_later_day_is_not_in_the_audience(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    await enrol(engine, Person("Anna", tokens=["anna"]))
    await launch(engine, WANTED)
    clock.advance(days=1)
    await enrol(engine, Person("Bo", tokens=["bo"]))
    await work(engine, sender)
    assert [d.token for d in standin.deliveries()] == ["anna"]


async def test_five_workers_at_once_send_one_message_each(
    engine: Engine, open_process: OpenEngine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    tokens = await crowd(engine)
    launched = await launch(engine, WANTED)
    workers = [engine, *[await open_process() for _ in range(4)]]
    await asyncio.gather(*(work(worker, sender) for worker in workers))
    done = await finish(engine, sender, clock, launched.id)
    assert [token for token, _, _ in shown(standin)] == tokens
    assert (done.counts.sent, done.counts.open) == (CROWD, 0)


async def _die() -> None:
    raise Killed


@pytest.mark.parametrize(
    "step",
    [
        ("insert_new", "jobs"),
        ("find_one", "campaigns"),
        ("find", "member_states"),
        ("find", "devices"),
        ("update_batch", "push_reached"),
        ("find_one_and_update", "push_paces"),
        ("insert_new", "deliveries"),
        ("update_batch", "deliveries"),
        ("update_one", "campaigns"),
        ("update_one", "jobs"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_worker_may_die_at_any_moment(
    engine: Engine, fcm: Phones, clock: Clock, step: tuple[str, str], moment: str
) -> None:
    standin, sender = fcm
    tokens = await crowd(engine, 60)
    launched = await launch(engine, WANTED)
    getattr(steppable(engine), moment)[step] = _die
    with pytest.raises(Killed):
        await work(engine, sender)
    done = await finish(engine, sender, clock, launched.id)
    got = Counter(token for token, _, _ in shown(standin))
    assert max(got.values()) == 1
    assert done.status is CampaignStatus.SENT
    assert (done.counts.audience, done.counts.open) == (60, 0)
    assert done.counts.sent + done.counts.unknown == 60
    # What was claimed and not settled is unknown, and nothing else is missing.
    assert done.counts.unknown <= BATCH
    assert len(got) >= done.counts.sent
    assert set(got) <= set(tokens)


@pytest.mark.parametrize("before", [True, False], ids=["before sending", "after sending"])
async def test_what_a_dead_worker_was_sending_is_unknown_and_never_repeated(
    engine: Engine, fcm: Phones, clock: Clock, before: bool
) -> None:
    standin, sender = fcm
    await crowd(engine, 30)
    launched = await launch(engine, WANTED)
    with pytest.raises(Killed):
        await work(engine, Mortal(sender, before))
    done = await finish(engine, sender, clock, launched.id)
    got = Counter(token for token, _, _ in shown(standin))
    assert (done.counts.sent, done.counts.unknown) == (15, 15)
    assert (len(got), max(got.values())) == (15 if before else 30, 1)


async def test_a_worker_that_slept_through_its_lease_repeats_nothing(
    engine: Engine, open_process: OpenEngine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    tokens = await crowd(engine, 30)
    launched = await launch(engine, WANTED)
    other = await open_process()

    async def sleep_while_another_works() -> None:
        clock.advance(seconds=61)
        await finish(other, sender, clock, launched.id)

    steppable(engine).after["insert_new", "deliveries"] = sleep_while_another_works
    await work(engine, sender)
    done = await finish(engine, sender, clock, launched.id)
    assert [token for token, _, _ in shown(standin)] == tokens
    # The sleeper's were given up as unknown; it knew that it had sent none, and handed them back.
    assert (done.counts.sent, done.counts.unknown) == (30, 0)


async def test_a_worker_that_slept_while_it_sent_notes_the_truth_when_it_wakes(
    engine: Engine, open_process: OpenEngine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    tokens = await crowd(engine, 30)
    launched = await launch(engine, WANTED)
    other = await open_process()
    unknown: list[int] = []

    async def sleep_while_another_works() -> None:
        clock.advance(seconds=61)
        unknown.append((await finish(other, sender, clock, launched.id)).counts.unknown)

    steppable(engine).before["update_batch", "deliveries"] = sleep_while_another_works
    await work(engine, sender)
    done = await campaign(engine, launched.id)
    assert [token for token, _, _ in shown(standin)] == tokens
    assert (unknown, done.counts.sent, done.counts.unknown) == ([15], 30, 0)


async def test_every_answer_ends_in_its_count(engine: Engine, fcm: Phones, clock: Clock) -> None:
    standin, sender = fcm
    tokens = ["ok", "unregistered:1", "flaky503-2:1", "flaky429-1:1", "reset-after:1", "e500:1"]
    ids = {token: await enrol(engine, Person(token, tokens=[token])) for token in tokens}
    launched = await launch(engine, WANTED)
    for _ in range(10):
        await work(engine, sender)
        clock.advance(hours=1)
    await work(engine, sender)
    done = await campaign(engine, launched.id)
    assert (done.counts.sent, done.counts.failed, done.counts.unknown) == (3, 2, 1)
    assert done.status is CampaignStatus.SENT
    got = Counter(token for token, _, _ in shown(standin))
    assert got == Counter(["ok", "flaky503-2:1", "flaky429-1:1", "reset-after:1"])
    reasons = {
        d.member_id: d.reason
        for d in await push.campaigns.deliveries(engine, launched.id, Walk(10))
    }
    assert reasons[ids["unregistered:1"]] == "UNREGISTERED"
    assert reasons[ids["e500:1"]] == "INTERNAL"
    assert await push.devices.of_member(engine, ids["unregistered:1"]) == []


async def test_throttling_pauses_the_campaign(engine: Engine, fcm: Phones, clock: Clock) -> None:
    standin, sender = fcm
    await enrol(engine, Person("Anna", tokens=["flaky429-1:1"]))
    await crowd(engine, CHUNK - 1)
    await launch(engine, WANTED)
    await work(engine, sender)
    assert len(standin.deliveries()) == BATCH - 1
    clock.advance(seconds=59)
    await work(engine, sender)
    assert len(standin.deliveries()) == BATCH - 1
    clock.advance(seconds=20)  # a minute, and a little more so that not all come back at once
    await work(engine, sender)
    assert len(standin.deliveries()) == CHUNK


@pytest.mark.parametrize("token", ["e403:1", "apnsauth:1"])
async def test_an_answer_that_concerns_us_all_stops_the_campaign(
    engine: Engine, fcm: Phones, clock: Clock, token: str
) -> None:
    standin, sender = fcm
    await enrol(engine, Person("Anna", tokens=[token]))
    await crowd(engine, CHUNK - 1)
    launched = await launch(engine, WANTED)
    done = await finish(engine, sender, clock, launched.id)
    assert done.status is CampaignStatus.STOPPED
    assert done.reason in ("PERMISSION_DENIED", "THIRD_PARTY_AUTH_ERROR")
    assert (done.counts.audience, done.counts.sent, done.counts.failed) == (15, 14, 1)
    assert len(standin.deliveries()) == 14


async def test_staff_stop_a_campaign_and_nothing_more_is_sent(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    await enrol(engine, Person("Anna", tokens=["flaky503-1:1"]))
    await crowd(engine, CHUNK - 1)
    launched = await launch(engine, WANTED)

    async def stop() -> None:
        stopped = await push.campaigns.stop(engine, launched.id, "staff:eva")
        assert (stopped.status, stopped.reason) == (CampaignStatus.STOPPED, "STOPPED_BY_STAFF")

    steppable(engine).after["update_batch", "deliveries"] = stop
    done = await finish(engine, sender, clock, launched.id)
    assert len(standin.deliveries()) == 14
    assert (done.counts.sent, done.counts.suppressed) == (14, {"STOPPED": 1})
    with pytest.raises(Refused) as unknown:
        await push.campaigns.stop(engine, "cmp_none", "staff:eva")
    assert unknown.value.refusal == refusals.CampaignUnknown("cmp_none")


async def test_a_campaign_that_is_over_cannot_be_stopped(engine: Engine, fcm: Phones) -> None:
    _, sender = fcm
    launched = await launch(engine, WANTED)
    await work(engine, sender)
    with pytest.raises(Refused) as over:
        await push.campaigns.stop(engine, launched.id, "staff:eva")
    assert over.value.refusal == refusals.CampaignNotRunning(launched.id, "SENT")
    assert (await campaign(engine, launched.id)).status is CampaignStatus.SENT
