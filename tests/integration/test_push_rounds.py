"""The clock's nudges: found by rounds, told once, at the member's hour, and only what is true."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from api.fcm_standin import FcmStandin
from loyalty import activities, jobs, members, offers, program, push, wallets
from loyalty.engine import Engine
from loyalty.jobs import Lease
from loyalty.members import ProfileInput
from loyalty.program import terms
from loyalty.push import Delivery, DeviceInput
from loyalty.push.fcm import Sender
from loyalty.push.service import rounds
from loyalty.walks import Walk
from loyalty.wallets import Spending
from tests.engines import Clock, purchase, steppable
from tests.integration.conftest import OpenEngine
from tests.phones import Person, enrol, phones, shown, work

Phones = tuple[FcmStandin, Sender]

ZONE = ZoneInfo("Europe/Copenhagen")
DAY = timedelta(days=1)
SHOP = """
format: 1
id: shop
name: Shop
money: DKK
time_zone: Europe/Copenhagen
currencies: [{id: points, name: points, expiry: {mode: ROLLING, months: 1}}]
earning_rules:
  - {id: plain, name: Plain, currency: points, effect: {kind: PER_AMOUNT, points: 1, per: "1.00"}}
offers:
  - {id: tea, kind: FREE_SHIPPING, name: Tea, personal: true, valid_days: 3}
  - {id: cake, kind: FREE_SHIPPING, name: Cake, price: {points: 100, currency: points}}
personal_offers:
  - {id: regular, offer: tea, count: 1, days: 30}
nudges:
"""
NIGHT = terms.Hours.model_validate({"since": "22:00", "until": "07:00"})
EXPIRING = SHOP + "  - {on: POINTS_EXPIRING}\n"


@pytest.fixture(autouse=True)
async def _prepared(engine: Engine) -> None:
    await push.prepare(engine)
    await jobs.prepare(engine.mongo)


@pytest.fixture
async def fcm() -> AsyncIterator[Phones]:
    async with phones() as opened:
        yield opened


def local(day: date, at: time) -> datetime:
    """Give an instant (naive UTC) by the clocks of the shop."""
    return datetime.combine(day, at, ZONE).astimezone(UTC).replace(tzinfo=None)


async def go_rounds(engine: Engine) -> None:
    """Make the rounds of the day and go them, as a worker would."""
    await rounds.begin(engine)
    for held in await jobs.take(engine, [rounds.KIND], Lease(engine.new_id()), 20):
        outcome = await jobs.run(engine, held, rounds.go)
        assert outcome.error is None


async def buy(engine: Engine, member_id: str, total: int, id: str = "p1") -> None:
    now = engine.clock()
    wanted = purchase(member_id, id, total, occurred_at=now, money="DKK")
    await activities.record_purchase(engine, wanted)


async def deliveries(engine: Engine) -> list[Delivery]:
    found = await engine.mongo.find("deliveries", {}, sort=[("_id", 1)])
    read = [await push.campaigns.find_delivery(engine, document["_id"]) for document in found]
    return [delivery for delivery in read if delivery is not None]


async def reasons(engine: Engine) -> list[str | None]:
    return [delivery.reason for delivery in await deliveries(engine)]


async def test_points_are_reminded_of_at_30_7_and_1_days_at_the_local_hour_once_by_two_workers(
    engine: Engine, open_process: OpenEngine, fcm: Phones, clock: Clock
) -> None:
    """They are of 2 March, last to be used on 2 April; clocks are put on on 29 March."""
    standin, sender = fcm
    await program.publish(engine, EXPIRING)
    anna = await enrol(engine, Person("Anna", tokens=["phone"]))
    await buy(engine, anna, 50_000)
    other = await open_process()
    for day in (date(2026, 3, 2) + n * DAY for n in (0, 1, 2, 23, 24, 25, 27, 29, 30, 31)):
        clock.present = local(day, time(0, 5))
        await asyncio.gather(go_rounds(engine), go_rounds(other))
        for hour in (time(9, 59), time(10), time(18)):
            clock.present = local(day, hour)
            await asyncio.gather(work(engine, sender), work(other, sender))
    assert [(d.id.partition(":points:")[2], d.sent_at) for d in await deliveries(engine)] == [
        ("2026-04-02:1", local(date(2026, 4, 1), time(10))),
        ("2026-04-02:30", local(date(2026, 3, 3), time(10))),
        ("2026-04-02:7", local(date(2026, 3, 26), time(10))),
    ]
    assert local(date(2026, 4, 1), time(10)).hour == 8
    assert local(date(2026, 3, 26), time(10)).hour == 9
    assert [title for _, title, _ in shown(standin)] == [
        "Expiring in 30 days: 500 points",
        "Expiring in 7 days: 500 points",
        "Expiring tomorrow: 500 points",
    ]


async def test_points_that_were_spent_meanwhile_are_not_said_to_expire(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    await program.publish(engine, EXPIRING)
    anna = await enrol(engine, Person("Anna", tokens=["phone"]))
    await buy(engine, anna, 50_000)
    clock.present = local(date(2026, 4, 1), time(0, 5))
    await go_rounds(engine)
    [waiting] = await deliveries(engine)
    assert waiting.status is push.DeliveryStatus.PENDING
    clock.present = local(date(2026, 4, 1), time(9))
    await wallets.spend(engine, Spending(anna, "points", 500, "spend-1", "all of it"))
    clock.present = local(date(2026, 4, 1), time(10))
    await work(engine, sender)
    assert shown(standin) == []
    assert await reasons(engine) == ["STALE"]


async def test_an_offer_is_said_to_end_to_those_who_still_have_it(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    await program.publish(engine, SHOP + "  - {on: OFFER_ENDING, hours: 48}\n")
    people = [await enrol(engine, Person(name, tokens=[name])) for name in ("Anna", "Bo")]
    for n, member in enumerate(people):
        await buy(engine, member, 1_000, f"p{n}")
    clock.present = local(date(2026, 3, 4), time(0, 5))  # Tea ends as 5 March does
    await go_rounds(engine)
    assert len(await deliveries(engine)) == 2
    clock.present = local(date(2026, 3, 4), time(9))
    held = offers.helds(await members.require(engine, people[1]), clock.present)[0]
    await offers.tills.redeem(engine, offers.tills.Redemption(people[1], held.id, "use-1"))
    clock.present = local(date(2026, 3, 4), time(10))
    await work(engine, sender)
    assert shown(standin) == [("Anna", "Ends tomorrow: Tea", "You can use it until March 5.")]
    assert sorted(map(str, await reasons(engine))) == ["None", "STALE"]


async def test_a_birthday_is_told_at_the_members_own_hour_on_the_day(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    await program.publish(engine, SHOP + '  - {on: BIRTHDAY, at: "08:30"}\n')
    anna = await enrol(engine, Person("Anna", tokens=["phone"]))
    born = ProfileInput(birth_date=date(1996, 2, 29), time_zone="America/New_York")
    await members.update_profile(engine, anna, born)
    clock.present = local(date(2027, 2, 28), time(0, 5))
    await members.contact.note_engagement(
        engine, await members.require(engine, anna), members.contact.Engagement(clock.present)
    )
    await go_rounds(engine)
    clock.present = local(date(2027, 2, 28), time(14, 29))
    await work(engine, sender)
    assert shown(standin) == []
    clock.present = local(date(2027, 2, 28), time(14, 30))
    await push.devices.register(engine, anna, DeviceInput("phone", *_FID))
    await work(engine, sender)
    assert shown(standin) == [("phone", "Happy birthday, Anna!", "All the best from Shop.")]


@pytest.mark.parametrize(
    ("zone", "hour"), [("America/Los_Angeles", 18), ("Pacific/Auckland", 9), ("Europe/Oslo", 18)]
)
async def test_a_birthday_is_told_on_the_members_own_day_wherever_they_are(
    engine: Engine, fcm: Phones, clock: Clock, zone: str, hour: int
) -> None:
    standin, sender = fcm
    await program.publish(engine, SHOP + f'  - {{on: BIRTHDAY, at: "{hour:02}:00"}}\n')
    anna = await enrol(engine, Person("Anna", tokens=["phone"]))
    born = ProfileInput(birth_date=date(1990, 3, 5), time_zone=zone)
    await members.update_profile(engine, anna, born)
    clock.present = local(date(2026, 3, 4), time(0, 5))
    await go_rounds(engine)
    told_at = datetime(2026, 3, 5, hour, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    clock.present = told_at.replace(tzinfo=None) - timedelta(minutes=1)
    await work(engine, sender)
    assert shown(standin) == []
    clock.advance(minutes=1)
    await work(engine, sender)
    assert shown(standin) == [("phone", "Happy birthday, Anna!", "All the best from Shop.")]


@pytest.mark.parametrize(
    ("zone", "at", "titles"),
    [
        ("America/Los_Angeles", datetime(2026, 3, 6, 7), ["Happy birthday, Anna!"]),  # 5th, 23:00
        ("America/Los_Angeles", datetime(2026, 3, 6, 8, 30), []),
        ("Pacific/Auckland", datetime(2026, 3, 5, 10, 30), ["Happy birthday, Anna!"]),  # 23:30
        ("Pacific/Auckland", datetime(2026, 3, 5, 11, 30), []),  # the 6th, 00:30
    ],
)
async def test_a_birthday_that_is_made_up_for_is_told_while_it_is_one_where_the_member_lives(
    engine: Engine, fcm: Phones, clock: Clock, zone: str, at: datetime, titles: list[str]
) -> None:
    standin, sender = fcm
    await program.publish(engine, SHOP + "  - {on: BIRTHDAY}\n")
    anna = await enrol(engine, Person("Anna", tokens=["phone"]))
    born = ProfileInput(birth_date=date(1990, 3, 5), time_zone=zone)
    await members.update_profile(engine, anna, born)
    clock.present = at  # nobody worked before
    await go_rounds(engine)
    await work(engine, sender)
    assert [title for _, title, _ in shown(standin)] == titles
    assert len(await deliveries(engine)) == len(titles)


_FID = (push.TokenKind.FID, push.Platform.IOS)


async def test_who_was_not_seen_for_long_is_written_to_once_and_who_bought_is_not(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    await program.publish(engine, SHOP + "  - {on: WIN_BACK, after_days: 30}\n")
    for name in ("Anna", "Bo"):
        await enrol(engine, Person(name, tokens=[name]))
    bo = str(await members.find_id(engine, "external:Bo"))
    clock.advance(days=10)
    await buy(engine, bo, 1_000)
    clock.advance(days=5)
    await buy(engine, bo, 1_000, "p2")
    for day in (date(2026, 4, 1) + n * DAY for n in range(15)):
        clock.present = local(day, time(0, 5))
        await go_rounds(engine)
        clock.present = local(day, time(10))
        await work(engine, sender)
    assert shown(standin) == [
        ("Anna", "We have missed you", "Come and see what is new at Shop."),
    ]
    clock.present = local(date(2026, 4, 16), time(0, 5))
    await go_rounds(engine)
    clock.present = local(date(2026, 4, 16), time(10))
    await work(engine, sender)
    assert [token for token, _, _ in shown(standin)] == ["Anna", "Bo"]


async def test_a_round_whose_worker_died_is_gone_to_its_end_by_another(
    engine: Engine, open_process: OpenEngine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "PAGE", 2)
    await program.publish(engine, EXPIRING)
    for n in range(5):
        await buy(engine, await enrol(engine, Person(f"m{n}", tokens=[f"t{n}"])), 1_000, f"p{n}")
    clock.present = local(date(2026, 4, 1), time(0, 5))
    await rounds.begin(engine)

    async def die() -> None:
        raise RuntimeError("killed")

    for held in await jobs.take(engine, [rounds.KIND], Lease(engine.new_id()), 20):
        steppable(engine).after["insert_new", "deliveries"] = die
        await jobs.run(engine, held, rounds.go)
    assert len(await deliveries(engine)) == 2
    clock.advance(minutes=5)
    await go_rounds(await open_process())
    assert len({delivery.member_id for delivery in await deliveries(engine)}) == 5


async def test_rounds_are_made_once_a_day_of_what_is_switched_on_and_where_there_are_phones(
    engine: Engine, clock: Clock
) -> None:
    listed = "  - {on: BIRTHDAY}\n  - {on: WIN_BACK, enabled: false}\n  - {on: WELCOME}\n"
    await program.publish(engine, SHOP + listed)
    assert await rounds.begin(engine) == 0
    await enrol(engine, Person("Anna", tokens=["phone"]))
    assert [await rounds.begin(engine) for _ in range(2)] == [3, 0]  # with yesterday's, the next
    clock.advance(days=1)
    assert await rounds.begin(engine) == 2


async def seen_ahead(engine: Engine, size: int = 100) -> list[tuple[str, datetime, str | None]]:
    """Look at what would be sent, in pages: whose it is, when, and its title or why not."""
    found: list[push.nudges.Foreseen] = []
    while page := await push.nudges.simulate(
        engine, Walk(size, (found[-1].due_at, found[-1].delivery.id) if found else None)
    ):
        found += page
    states = await members.newest(engine, Walk(100))
    names = {state.member_id: str(members.profile_of(state).first_name) for state in states}
    return [
        (names[one.delivery.member_id], one.at, one.reason or one.delivery.title) for one in found
    ]


async def test_what_will_be_sent_is_seen_a_day_ahead_as_it_is_sent_then(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    """Anna has quiet hours of her own, Bo those of the program; Carl spends it all before."""
    standin, sender = fcm
    quiet = 'messaging: {quiet_hours: {since: "09:00", until: "11:30"}}\n'
    both = "  - {on: POINTS_EXPIRING, days: [1], cap: {count: 1, days: 3}}\n"
    await program.publish(engine, SHOP + both + quiet)
    people = {}
    for n, name in enumerate(("Anna", "Bo", "Carl")):
        people[name] = await enrol(engine, Person(name, tokens=[name]))
        await buy(engine, people[name], 50_000, f"p{n}")
    await members.contact.set_preferences(engine, people["Anna"], (), NIGHT)
    clock.present = local(date(2026, 3, 31), time(10, 30))
    await go_rounds(engine)
    at_ten, later = local(date(2026, 4, 1), time(10)), local(date(2026, 4, 1), time(11, 30))
    title = "Expiring tomorrow: 500 points"
    ahead = [("Anna", at_ten, title), ("Bo", later, title), ("Carl", later, title)]
    assert sorted(await seen_ahead(engine)) == ahead
    assert sorted(await seen_ahead(engine, size=1)) == ahead
    assert shown(standin) == []
    await wallets.spend(engine, Spending(people["Carl"], "points", 500, "spend-1", "all"))
    assert sorted(await seen_ahead(engine))[2] == ("Carl", later, "STALE")
    for hour in (time(10), time(11, 30)):
        clock.present = local(date(2026, 4, 1), hour)
        await work(engine, sender)
    assert [(token, said) for token, said, _ in shown(standin)] == [("Anna", title), ("Bo", title)]
    listed = {one.trigger.value: one for one in await push.nudges.listed(engine)}
    assert list(listed) == ["POINTS_EXPIRING"]
    told = listed["POINTS_EXPIRING"]
    assert (told.enabled, told.sent, told.suppressed, told.waiting) == (True, 2, {"STALE": 1}, 0)


async def test_what_is_foreseen_counts_for_the_caps_of_what_comes_later_on_whatever_page(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    caps = 'messaging: {caps: [{count: 1, days: 1}], quiet_hours: {since: "09:00", until: "11:30"}}'
    both = "  - {on: BIRTHDAY}\n  - {on: WIN_BACK, after_days: 7, at: '11:00'}\n"
    await program.publish(engine, SHOP + both + caps)
    for name in ("Anna", "Bo"):
        member_id = await enrol(engine, Person(name, tokens=[name]))
        born = ProfileInput(birth_date=date(1990, 3, 9), time_zone="Europe/Copenhagen")
        await members.update_profile(engine, member_id, born)
    clock.present = local(date(2026, 3, 8), time(12))
    await go_rounds(engine)
    at = local(date(2026, 3, 9), time(11, 30))
    ahead = [
        ("Anna", at, "Happy birthday, Anna!"),
        ("Bo", at, "Happy birthday, Bo!"),
        ("Anna", at, "FREQUENCY_CAP"),
        ("Bo", at, "FREQUENCY_CAP"),
    ]
    assert await seen_ahead(engine) == await seen_ahead(engine, size=1) == ahead
    last = await push.nudges.simulate(engine, Walk(1, None, back=True))
    assert [one.reason for one in last] == ["FREQUENCY_CAP"]
    clock.present = at
    await work(engine, sender)
    assert [title for _, title, _ in shown(standin)] == [title for _, _, title in ahead[:2]]
    assert sorted(map(str, await reasons(engine))) == ["FREQUENCY_CAP"] * 2 + ["None"] * 2


async def test_what_is_not_told_for_it_is_true_no_more_keeps_nothing_else_back(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    both = "  - {on: BIRTHDAY}\n  - {on: WIN_BACK, after_days: 7}\n"
    await program.publish(engine, SHOP + both + "messaging: {caps: [{count: 1, days: 1}]}\n")
    anna = await enrol(engine, Person("Anna", tokens=["Anna"]))
    for born_on in (date(1990, 3, 9), date(1990, 3, 19)):
        await members.update_profile(engine, anna, ProfileInput(birth_date=born_on))
        clock.present = local(date(2026, 3, 8), time(12))
        await go_rounds(engine)
    clock.present = local(date(2026, 3, 9), time(11))
    foreseen = [reason for _, _, reason in await seen_ahead(engine)]
    assert foreseen == ["STALE", "We have missed you"]
    await work(engine, sender)
    assert [title for _, title, _ in shown(standin)] == ["We have missed you"]


async def test_a_nudge_is_held_to_its_own_cap_beside_those_of_the_program(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    await program.publish(engine, SHOP + "  - {on: POINTS_EARNED, cap: {count: 1, days: 1}}\n")
    anna = await enrol(engine, Person("Anna", tokens=["phone"]))
    for n in range(2):
        await buy(engine, anna, 1_000, f"p{n}")
    await work(engine, sender)
    assert sorted(map(str, await reasons(engine))) == ["FREQUENCY_CAP", "None"]
    clock.advance(days=1)
    await buy(engine, anna, 1_000, "p3")
    await work(engine, sender)
    assert len(shown(standin)) == 2
