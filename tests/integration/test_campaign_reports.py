"""A campaign's report from what is stored: messages by variant, purchases net of refunds."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from loyalty import activities, push, segments
from loyalty.activities import Refund
from loyalty.engine import Engine
from loyalty.mongo import Document
from loyalty.push import Brief
from loyalty.push.rules.briefs import Targets, Variant
from loyalty.push.rules.reports import Group
from loyalty.push.rules.uplift import Verdict
from tests.engines import Clock, purchase
from tests.phones import Person, enrol, launch, open_shop, phones, work

TEXTS = tuple(Variant(id, {"en": "Hi"}, {"en": "Come"}) for id in ("a", "b"))
BRIEF = Brief(
    "Spring",
    segments.EVERYONE,
    TEXTS,
    holdout_percent=50,
    targets=Targets(open_percent=40),
    attribution_days=2,
)
READERS, HELD_OUT = 24, 12


@pytest.fixture(autouse=True)
async def _shop(engine: Engine) -> None:
    await open_shop(engine)


def rows(campaign_id: str, members: list[str], engine: Engine) -> list[Document]:
    """Write what a worker would have: half of the readers read each wording, the rest are out."""
    found = []
    for n, member in enumerate(members):
        row: Document = {"_id": f"{campaign_id}:{member}", "member": member, "attempts": 1}
        if n < READERS:
            row |= {"status": "SENT", "variant": "ab"[n % 2], "sent_at": engine.clock()}
            row |= {"opened_at": engine.clock()} if n < 10 else {}
            row |= {"clicked_at": engine.clock()} if n < 4 else {}
        elif n < READERS + HELD_OUT:
            row |= {"status": "SUPPRESSED", "reason": "HOLDOUT", "variant": "a"}
        else:
            row |= {"status": "SUPPRESSED", "reason": "NO_CONSENT", "variant": "a"}
        found.append(row)
    return found


async def buy(engine: Engine, member: str, purchase_id: str) -> None:
    bought = purchase(member, purchase_id, 1_000, occurred_at=engine.clock())
    await activities.record_purchase(engine, bought)


async def test_a_report_says_what_a_campaign_brought(engine: Engine, clock: Clock) -> None:
    names = [f"m{n:02}" for n in range(READERS + HELD_OUT + 3)]
    members = list(await asyncio.gather(*(enrol(engine, Person(name)) for name in names)))
    launched = await launch(engine, BRIEF)
    assert await push.reports.report(engine, launched.id) is None
    await engine.mongo.insert_new("deliveries", rows(launched.id, members, engine))
    await buy(engine, members[0], "before")
    clock.advance(seconds=1)
    async with phones() as (_, sender):
        for _ in range(3):
            await work(engine, sender)
            clock.advance(seconds=2)
    buyers = [*members[:18], *members[READERS : READERS + 5], members[-1]]
    await asyncio.gather(
        *(buy(engine, member, f"b{member}") for member in buyers),
    )
    back = Refund("till", "r1", clock(), "till", f"b{members[0]}")
    await activities.record_refund(engine, back)
    await engine.commits.drain()
    clock.advance(seconds=1)
    report = await push.reports.report(engine, launched.id)
    assert report is not None
    assert report.sample.variants == {"a": Group(12, 8, 8, 8_000), "b": Group(12, 9, 9, 9_000)}
    assert report.sample.held_out == Group(HELD_OUT, 5, 5, 5_000)
    assert report.treated == Group(READERS, 17, 17, 17_000)
    assert (report.counts.sent, report.counts.opened, report.counts.clicked) == (24, 10, 4)
    assert (report.counts.variants["a"].sent, report.counts.variants["a"].opened) == (12, 5)
    assert report.counts.suppressed == {"HOLDOUT": HELD_OUT, "NO_CONSENT": 3}
    assert report.uplift.verdict is Verdict.UNCLEAR
    assert [target.is_met for target in report.targets] == [True]

    # A minute later it is reckoned again; what is bought after the attribution days is not in it.
    clock.advance(seconds=59)
    assert await push.reports.report(engine, launched.id) == report
    clock.advance(days=3)
    await buy(engine, members[20], "late")
    again = await push.reports.report(engine, launched.id)
    assert again is not None
    assert again.treated == report.treated
    assert again.sample.until - again.sample.since < timedelta(days=2, minutes=1)


async def test_whom_a_cap_kept_it_from_is_compared_as_the_draw_has_it(
    engine: Engine, clock: Clock
) -> None:
    await open_shop(engine, "messaging: {caps: [{count: 1, days: 1}]}\n")
    people = (Person(f"m{n:02}", tokens=[f"t{n}"]) for n in range(40))
    members = list(await asyncio.gather(*(enrol(engine, person) for person in people)))
    for member in members[:20]:
        bought = purchase(member, f"p{member}", 12_000, occurred_at=engine.clock())
        await activities.record_purchase(engine, bought)
    silver = segments.parse({"tier": {"is": "silver"}})
    async with phones() as (_, sender):
        await work(engine, sender)
        await launch(engine, replace(BRIEF, audience=silver, holdout_percent=0), "silver")
        await work(engine, sender)
        launched = await launch(engine, BRIEF)
        await work(engine, sender)
    report = await push.reports.report(engine, launched.id)
    assert report is not None
    drawn = sum(push.rules.campaigns.is_held_out(launched, member) for member in members)
    assert report.counts.suppressed["FREQUENCY_CAP"] > 0
    assert (report.sample.held_out.members, report.treated.members) == (drawn, 40 - drawn)
