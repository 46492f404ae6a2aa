"""What a history that is imported brings members: its points, and nothing that was news then."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from api.fcm_standin import FcmStandin
from loyalty import activities, members, offers, program, push
from loyalty.activities import Visit
from loyalty.engine import Engine
from loyalty.members import Enrolment
from loyalty.push.fcm import Sender
from tests.engines import Clock, line, purchase
from tests.nudged import EVERY, TORGET
from tests.phones import Person, enrol, phones, shown, work

Phones = tuple[FcmStandin, Sender]
DAY = timedelta(days=1)

BROUGHT = """offers:
  - id: voucher
    kind: CUSTOM
    name: A voucher
    personal: true
    valid_days: 7
    issue_on: {trigger: PURCHASE}
  - {id: stamp, kind: CUSTOM, name: A stamp, personal: true, issue_on: {trigger: PURCHASE}}
  - {id: again, kind: CUSTOM, name: Again, personal: true, valid_days: 7}
  - {id: back, kind: CUSTOM, name: Come back, personal: true}
"""
CALLED_FOR = """personal_offers:
  - {id: often, by: PRODUCT, count: 2, days: 30, offer: again}
  - {id: missed, kind: WIN_BACK, days: 45, offer: back}
"""
VOUCHERS = TORGET.replace("offers:\n", BROUGHT).replace("nudges:\n", f"{CALLED_FOR}nudges:\n")


@pytest.fixture(autouse=True)
async def _prepared(engine: Engine) -> None:
    await push.prepare(engine)


@pytest.fixture
async def fcm() -> AsyncIterator[Phones]:
    async with phones() as opened:
        yield opened


async def buy(engine: Engine, member_id: str, total: int, days_ago: int) -> None:
    """Report a purchase of some days ago."""
    wanted = purchase(
        member_id,
        f"{member_id}-{days_ago}",
        total,
        occurred_at=engine.clock() - days_ago * DAY,
        money="SEK",
        lines=[line(total, product="c1")],
    )
    await activities.record_purchase(engine, wanted)


async def held(engine: Engine, member_id: str) -> list[str]:
    state = await members.require(engine, member_id)
    return [one.offer for one in offers.helds(state, engine.clock())]


async def test_what_was_no_news_any_more_when_it_was_reported_is_neither_told_nor_noted(
    engine: Engine, fcm: Phones
) -> None:
    """Anna is 10 points short of a coffee and a visit short of a challenge, and it stays so."""
    standin, sender = fcm
    await program.publish(engine, TORGET + EVERY)
    anna = await enrol(engine, Person("Anna", tokens=["phone"]))
    joined = Enrolment(external_id="old", enrolled_at=engine.clock() - 400 * DAY)
    await members.enrol(engine, joined)
    for days_ago in (400, 30):
        await buy(engine, anna, 90_00, days_ago)
    for hour in (27, 28, 29):
        at = engine.clock() - timedelta(hours=hour)
        await activities.record_visit(engine, Visit("door", f"v{hour}", anna, at))
    await work(engine, sender)
    assert standin.deliveries() == []
    kinds = {found["kind"] for found in await engine.mongo.find("deliveries", {})}
    assert kinds == {"WELCOME"}  # Anna's own, who has joined just now


async def test_an_old_purchase_brings_nothing_that_would_be_over_and_tells_of_nothing(
    engine: Engine, fcm: Phones
) -> None:
    standin, sender = fcm
    await program.publish(engine, VOUCHERS + "  - {on: OFFER_RECEIVED}\n")
    anna = await enrol(engine, Person("Anna", tokens=["phone"]))
    for days_ago in (102, 101, 100):
        await buy(engine, anna, 100_00, days_ago)
    await work(engine, sender)
    assert await held(engine, anna) == ["stamp"] * 3
    assert standin.deliveries() == []
    await buy(engine, anna, 100_00, 6)
    assert sorted(await held(engine, anna)) == [*["stamp"] * 4, "voucher"]
    await buy(engine, anna, 100_00, 0)
    await work(engine, sender)
    assert sorted(title for _, title, _ in shown(standin)) == [
        "For you: A stamp",
        "For you: A voucher",
        "For you: Again",
    ]


async def test_who_had_stayed_away_before_it_was_known_that_they_ever_bought_is_not_won_back(
    engine: Engine, clock: Clock
) -> None:
    await program.publish(engine, VOUCHERS + "  - {on: OFFER_RECEIVED}\n")
    anna, bo = [await enrol(engine, Person(name)) for name in ("Anna", "Bo")]
    await buy(engine, anna, 1_00, 60)
    await buy(engine, bo, 1_00, 40)
    for days, expected in ((0, [[], []]), (6, [[], ["back"]])):
        clock.advance(days=days)
        await offers.personal.win_back_due(engine)
        found = [await held(engine, member) for member in (anna, bo)]
        assert [[one for one in of if one == "back"] for of in found] == expected
    await buy(engine, anna, 1_00, 0)
    clock.advance(days=46)
    await offers.personal.win_back_due(engine)
    assert (await held(engine, anna)).count("back") == 1
