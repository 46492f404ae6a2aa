"""Each fact that is told of, from what happened to the phone: once, and to who agreed."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from api.fcm_standin import FcmStandin
from loyalty import activities, members, program, push, referrals
from loyalty.activities import Refund, Visit
from loyalty.engine import Engine
from loyalty.push.fcm import Sender
from tests.engines import Clock, purchase
from tests.nudged import TORGET
from tests.phones import Person, enrol, phones, shown, work

Phones = tuple[FcmStandin, Sender]


@pytest.fixture(autouse=True)
async def _prepared(engine: Engine) -> None:
    await push.prepare(engine)


@pytest.fixture
async def fcm() -> AsyncIterator[Phones]:
    async with phones() as opened:
        yield opened


async def publish(engine: Engine, *nudges: str) -> None:
    listed = "".join(f"  - {{on: {nudge}}}\n" for nudge in nudges)
    await program.publish(engine, TORGET + listed)


async def buy(engine: Engine, member_id: str, total: int, id: str = "p1") -> None:
    wanted = purchase(member_id, id, total, occurred_at=engine.clock(), money="SEK")
    await activities.record_purchase(engine, wanted)


async def visit(engine: Engine, member_id: str, id: str) -> None:
    await activities.record_visit(engine, Visit("door", id, member_id, engine.clock()))


def said(standin: FcmStandin) -> list[str]:
    return [title for _, title, _ in shown(standin)]


async def test_a_new_member_is_welcomed_when_their_app_has_told_of_the_phone(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    await publish(engine, "WELCOME, after_minutes: 5")
    await enrol(engine, Person("Anna", tokens=["phone"]))
    await work(engine, sender)
    assert said(standin) == []
    clock.advance(minutes=5)
    await work(engine, sender)
    assert said(standin) == ["Welcome to Torget"]


async def test_a_challenge_is_told_of_on_the_way_and_at_its_end(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    """It takes four visits a month: half of them is two, and one step before is three."""
    standin, sender = fcm
    cap = "cap: {count: 9, days: 1}"
    await publish(engine, f"CHALLENGE_PROGRESS, {cap}", "CHALLENGE_REACHED", "OFFER_RECEIVED")
    anna = await enrol(engine, Person("Anna", tokens=["phone"]))
    told = []
    for n in range(5):
        clock.advance(hours=25)
        await visit(engine, anna, f"v{n}")
        await work(engine, sender)
        told.append(len(said(standin)))
    assert told == [0, 1, 2, 4, 4]
    assert said(standin) == [
        "Almost there: Spring",
        "For you: Coffee",
        "Well on your way: Spring",
        "You completed Spring",
    ]


async def test_what_a_challenge_gives_is_not_told_as_points_of_the_purchase_too(
    engine: Engine, fcm: Phones
) -> None:
    standin, sender = fcm
    once = TORGET.replace("triggers: [{trigger: VISIT}]\n    target: 4", "target: 1")
    await program.publish(engine, once + "  - {on: POINTS_EARNED}\n  - {on: CHALLENGE_REACHED}\n")
    await buy(engine, await enrol(engine, Person("Anna", tokens=["phone"])), 10_000)
    await work(engine, sender)
    assert shown(standin) == [
        ("phone", "100 points from your purchase", "You now have 150 points."),
        ("phone", "You completed Spring", "Well done! Your reward: 50 points and Coffee."),
    ]


async def test_a_reward_is_told_of_when_points_bring_it_near_and_when_they_are_enough(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    await publish(engine, "NEAR_REWARD, within_percent: 20")
    anna = await enrol(engine, Person("Anna", tokens=["phone"]))
    bo = await enrol(engine, Person("Bo", tokens=["other"]))
    carl = await enrol(engine, Person("Carl", tokens=["no"], marketing=False))
    for n, (member, total) in enumerate([(anna, 7_900), (carl, 8_000), (bo, 10_000)]):
        await buy(engine, member, total, f"a{n}")
    await work(engine, sender)
    assert shown(standin) == [("other", "You have enough for Coffee", "Get it in the app.")]
    for n in range(3):
        await buy(engine, anna, 100, f"b{n}")
        await work(engine, sender)
    assert shown(standin)[-1] == ("phone", "Soon yours: Coffee", "You are 20 points short.")
    assert len(said(standin)) == 2


async def test_what_brought_a_reward_near_is_added_up_whatever_else_a_purchase_earns(
    engine: Engine, fcm: Phones
) -> None:
    standin, sender = fcm
    climb = "{id: climb, name: C, currency: status, effect: {kind: FIXED, points: 1}}"
    shop = TORGET.replace("currencies: [", "currencies: [{id: status, name: S, kind: QUALIFYING}, ")
    shop = shop.replace("ladders:\n", f"  - {climb}\nladders:\n", 1)
    await program.publish(engine, shop + "  - {on: NEAR_REWARD}\n")
    anna = await enrol(engine, Person("Anna", tokens=["phone"]))
    bo = await enrol(engine, Person("Bo", tokens=["other"]))
    await buy(engine, anna, 10_500, "a")
    await buy(engine, bo, 9_500, "b")
    await buy(engine, bo, 500, "c")
    await buy(engine, bo, 100, "d")
    await work(engine, sender)
    assert said(standin) == ["You have enough for Coffee"] * 2


async def test_a_tier_that_comes_near_is_told_once_and_not_when_it_was_reached_meanwhile(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    await publish(engine, "NEAR_TIER")
    anna = await enrol(engine, Person("Anna", tokens=["phone"]))
    bo = await enrol(engine, Person("Bo", tokens=["other"]))
    await buy(engine, anna, 79_999, "a1")
    await work(engine, sender)
    assert said(standin) == []
    await buy(engine, anna, 100, "a2")
    await buy(engine, bo, 90_000, "b1")
    await buy(engine, bo, 10_000, "b2")
    await work(engine, sender)
    await buy(engine, anna, 100, "a3")
    await work(engine, sender)
    [(token, title, body)] = shown(standin)
    assert (token, title) == ("phone", "You are close to Gold")
    assert body.replace("\u00a0", " ") == "Spend SEK 199.01 more by December 31 to reach Gold."


async def test_a_refund_is_told_with_what_it_took(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    await publish(engine, "REFUND_BOOKED")
    anna = await enrol(engine, Person("Anna", tokens=["phone"]))
    await buy(engine, anna, 50_000)
    clock.present += timedelta(days=1)
    refund = Refund("till", "r1", clock.present, "till", "p1", amount=12_900)
    await activities.record_refund(engine, refund)
    await work(engine, sender)
    [(_, title, body)] = shown(standin)
    assert title.replace("\u00a0", " ") == "Your refund of SEK 129.00 is booked"
    assert body == "Taken back: 129 points. You now have 371 points."


async def test_points_of_a_purchase_that_was_refunded_meanwhile_are_not_told(
    engine: Engine, fcm: Phones
) -> None:
    standin, sender = fcm
    await publish(engine, "POINTS_EARNED")
    people = [await enrol(engine, Person(name, tokens=[name])) for name in ("Anna", "Bo")]
    for n, (member, back) in enumerate(zip(people, (None, 2_000), strict=True)):
        await buy(engine, member, 5_000, f"p{n}")
        refund = Refund("till", f"r{n}", engine.clock(), "till", f"p{n}", amount=back)
        await activities.record_refund(engine, refund)
    await work(engine, sender)
    assert shown(standin) == [("Bo", "30 points from your purchase", "You now have 30 points.")]


async def test_who_brought_a_friend_is_told_of_the_reward(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    await publish(engine, "REFERRAL_REWARDED")
    anna = await enrol(engine, Person("Anna", tokens=["phone"]))
    code = await referrals.code_of(engine, await members.require(engine, anna))
    bo = await enrol(engine, Person("Bo", tokens=["other"]))
    guards = referrals.Guards(activities.purchases_of, push.devices.were_shared)
    await referrals.accept(engine, bo, code, guards)
    await buy(engine, bo, 5_000)
    clock.advance(days=15)
    while await referrals.confirm_due(engine, 10) + await work(engine, sender):
        pass
    assert shown(standin) == [
        ("phone", "Thank you for bringing a friend", "Your reward: 100 points.")
    ]
