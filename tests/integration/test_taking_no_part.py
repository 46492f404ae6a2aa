"""What hangs on a status follows it: phones, boards, seats, gifts, friends, offers, submissions."""

from collections.abc import Coroutine, Iterator
from datetime import timedelta
from typing import Any

import pytest

from loyalty import (
    activities,
    challenges,
    chores,
    members,
    offers,
    plans,
    program,
    push,
    reactions,
    referrals,
    tiers,
    wallets,
)
from loyalty.activities import Event, Visit
from loyalty.challenges import Deciding
from loyalty.engine import Engine
from loyalty.errors import MemberNotActive, Refused
from loyalty.members import statuses
from loyalty.offers import Claim, Step
from loyalty.plans import EventKind, PlanEvent
from loyalty.push import DeviceInput, Platform, TokenKind
from loyalty.referrals import InvitationState
from loyalty.wallets import Adjustment, Spending, prepaid, transfers
from tests.engines import START, Clock, enrol, purchase, steppable
from tests.integration.conftest import OpenEngine
from tests.integration.games import GAMES, photo, refused
from tests.integration.test_offers_in_line import LIMITED, states, units
from tests.integration.test_referrals import CIRCLE, GUARDS, bring, code_of, points_of, standing_of

PHONE = DeviceInput("token-1", TokenKind.FID, Platform.IOS, "1.0")


def ruling(member_id: str, key: str = "ruling") -> statuses.Ruling:
    return statuses.Ruling(member_id, key, "Asked for it.", "staff:eva")


async def work(engine: Engine) -> None:
    while await reactions.react(engine) + await chores.sweep(engine):
        pass


async def test_phones_are_kept_while_suspended_and_forgotten_when_closed(engine: Engine) -> None:
    await program.publish(engine, GAMES)
    anna, bo = await enrol(engine), await enrol(engine, "bo")
    await push.devices.register(engine, anna, PHONE)
    others = DeviceInput("token-2", TokenKind.FID, Platform.IOS, "1.0")
    await push.devices.register(engine, bo, others)
    await statuses.suspend(engine, ruling(anna))
    await work(engine)
    assert [device.token for device in await push.devices.of_member(engine, anna)] == ["token-1"]
    work_refused = push.devices.register(engine, anna, others)
    assert await refused(engine, anna, work_refused) == MemberNotActive(anna, "SUSPENDED")
    await statuses.close(engine, ruling(anna, "end"))
    await work(engine)
    assert await push.devices.of_member(engine, anna) == []
    assert [device.token for device in await push.devices.of_member(engine, bo)] == ["token-2"]


async def test_a_phone_that_is_noted_while_the_member_leaves_is_forgotten(
    engine: Engine, open_process: OpenEngine
) -> None:
    await program.publish(engine, GAMES)
    anna, other = await enrol(engine), await open_process()

    async def leave() -> None:
        await statuses.close(other, ruling(anna))
        await work(other)

    steppable(engine).before["find_one_and_update", "devices"] = leave
    with pytest.raises(Refused) as caught:
        await push.devices.register(engine, anna, PHONE)
    assert caught.value.refusal == MemberNotActive(anna, "CLOSED")
    assert await push.devices.of_member(engine, anna) == []


async def test_who_was_reinstated_before_a_worker_came_keeps_phones_and_seats(
    engine: Engine,
) -> None:
    await program.publish(engine, LIMITED)
    anna = await enrol(engine)
    await offers.claim(engine, Claim(anna, "mug", "k"))
    await push.devices.register(engine, anna, PHONE)
    await statuses.close(engine, ruling(anna, "end"))
    await statuses.reinstate(engine, ruling(anna, "back"))
    await work(engine)
    assert [device.token for device in await push.devices.of_member(engine, anna)] == ["token-1"]
    assert await states(engine, anna) == ["ISSUED"]


async def test_a_phone_seen_after_the_end_is_not_forgotten_by_a_late_worker(
    engine: Engine, clock: Clock
) -> None:
    await program.publish(engine, GAMES)
    anna = await enrol(engine)
    await push.devices.register(engine, anna, PHONE)
    await statuses.close(engine, ruling(anna, "end"))
    fact = {"member": anna, "at": START - timedelta(minutes=1)}
    await push.devices.forget_all(engine, fact)
    assert [device.token for device in await push.devices.of_member(engine, anna)] == ["token-1"]
    await push.devices.forget_all(engine, {**fact, "at": START})
    assert await push.devices.of_member(engine, anna) == []


async def test_leaderboards_leave_out_who_takes_no_part_until_they_are_back(
    engine: Engine,
) -> None:
    await program.publish(engine, GAMES)
    anna, bo = await enrol(engine), await enrol(engine, "bo")
    for member, total in ((anna, 900), (bo, 500)):
        await challenges.stand_as(engine, member, "ladder", f"Name {member[-3:]}")
        await activities.record_purchase(engine, purchase(member, member, total, money="EUR"))
    await work(engine)

    async def board() -> list[str]:
        seen = await challenges.leaderboard(engine, bo, "ladder", "2026-03", 10)
        return [place.row.member_id for place in seen.top]

    assert await board() == [anna, bo]
    await statuses.suspend(engine, ruling(anna, "s"))
    await work(engine)
    assert await board() == [bo]
    own = await challenges.leaderboard(engine, anna, "ladder", "2026-03", 10)
    assert own.own is None
    await statuses.reinstate(engine, ruling(anna, "r"))
    await work(engine)
    assert await board() == [anna, bo]
    await statuses.close(engine, ruling(anna, "c"))
    await work(engine)
    assert await board() == [bo]


async def limited(engine: Engine, count: int) -> list[str]:
    """Enrol members who can pay for a seat, and let each want the one there is."""
    await program.publish(engine, LIMITED)
    found = [await enrol(engine, f"m{n}") for n in range(count)]
    for member_id in found:
        await wallets.adjust(engine, Adjustment(member_id, "points", 10, "s", "start", "staff"))
        await offers.claim(engine, Claim(member_id, "seat", "k"))
    return found


async def test_the_seat_of_who_leaves_goes_to_the_next_in_line(engine: Engine) -> None:
    anna, bo = await limited(engine, 2)
    await statuses.close(engine, ruling(anna))
    await work(engine)
    assert (await states(engine, anna), await states(engine, bo)) == (["CANCELLED"], ["ISSUED"])
    [unit] = await units(engine, "seat")
    assert (unit["state"], unit["member"]) == ("TAKEN", bo)
    assert [await points_of(engine, one) for one in (anna, bo)] == [10, 0]


async def test_who_leaves_the_program_leaves_the_line(engine: Engine) -> None:
    anna, bo, cy = await limited(engine, 3)
    await statuses.close(engine, ruling(bo))
    await work(engine)
    assert [line["member"] for line in await engine.mongo.find("offer_lines", {})] == [cy]
    assert [await states(engine, one) for one in (anna, bo, cy)] == [
        ["ISSUED"], ["CANCELLED"], ["WAITING"],
    ]  # fmt: skip


async def test_a_suspended_member_keeps_the_seat_and_is_passed_over_in_line(
    engine: Engine,
) -> None:
    anna, bo, cy = await limited(engine, 3)
    await statuses.suspend(engine, ruling(bo))
    await work(engine)
    assert await states(engine, bo) == ["WAITING"]
    await statuses.suspend(engine, ruling(anna))
    await work(engine)
    assert await states(engine, anna) == ["ISSUED"]
    await statuses.close(engine, ruling(anna, "end"))
    await work(engine)
    assert (await states(engine, bo), await states(engine, cy)) == (["CANCELLED"], ["ISSUED"])


async def test_what_cannot_be_given_back_stays_with_who_left(engine: Engine) -> None:
    fixed = LIMITED.replace("stock: 40", "stock: 40, cancellable: false")
    await program.publish(engine, fixed)
    anna = await enrol(engine)
    await offers.claim(engine, Claim(anna, "mug", "k"))
    await statuses.close(engine, ruling(anna))
    await work(engine)
    assert await states(engine, anna) == ["ISSUED"]


@pytest.mark.parametrize("end", [statuses.suspend, statuses.close])
async def test_a_gift_to_who_takes_no_part_is_refused_and_one_on_its_way_returns(
    engine: Engine, end: object
) -> None:
    gifts = "expiry: {mode: NEVER}, transfers: {}"
    await program.publish(engine, GAMES.replace("expiry: {mode: NEVER}", gifts))
    anna, bo = await enrol(engine), await enrol(engine, "bo")
    await wallets.adjust(engine, Adjustment(anna, "points", 10, "s", "start", "staff"))
    await transfers.send(engine, transfers.Transfer(anna, bo, "points", 4, "t"))
    verb = statuses.suspend if end is statuses.suspend else statuses.close
    await verb(engine, ruling(bo))
    await work(engine)
    assert [await points_of(engine, one) for one in (anna, bo)] == [10, 0]
    again = transfers.send(engine, transfers.Transfer(anna, bo, "points", 4, "u"))
    assert isinstance(await refused(engine, anna, again), wallets.refusals.ReceiverUnknown)
    out = transfers.send(engine, transfers.Transfer(bo, anna, "points", 1, "v"))
    assert isinstance(await refused(engine, bo, out), MemberNotActive)


@pytest.mark.parametrize("who", ["referrer", "friend"])
async def test_nobody_is_rewarded_for_a_friend_where_one_takes_no_part(
    engine: Engine, clock: Clock, who: str
) -> None:
    await program.publish(engine, CIRCLE)
    anna = await enrol(engine)
    [friend] = await bring(engine, await code_of(engine, anna), ["bo"])
    before = await points_of(engine, anna)
    await statuses.suspend(engine, ruling(anna if who == "referrer" else friend))
    clock.advance(days=60)
    await work(engine)
    assert await points_of(engine, anna) == before
    invitation = (await standing_of(engine, friend)).invitation
    assert invitation is not None
    assert (invitation.state, invitation.why) == (
        InvitationState.DENIED,
        "REFERRER_GONE" if who == "referrer" else "FRIEND_GONE",
    )


async def test_a_code_of_who_takes_no_part_brings_nobody(engine: Engine) -> None:
    await program.publish(engine, CIRCLE)
    anna, bo = await enrol(engine), await enrol(engine, "bo")
    code = await code_of(engine, anna)
    await statuses.suspend(engine, ruling(anna))
    accepting = referrals.accept(engine, bo, code, GUARDS)
    assert await refused(engine, bo, accepting) == referrals.ReferralCodeUnknown(code)
    late = referrals.accept(engine, anna, await code_of(engine, bo), GUARDS)
    assert await refused(engine, anna, late) == MemberNotActive(anna, "SUSPENDED")


async def test_who_takes_no_part_may_have_no_offer_and_reads_why(engine: Engine) -> None:
    version = await program.publish(engine, LIMITED)
    anna = await enrol(engine)
    await statuses.suspend(engine, ruling(anna))
    found = await offers.choices(engine, await members.require(engine, anna), version)
    assert {choice.obstacles[0] for choice in found} == {MemberNotActive(anna, "SUSPENDED")}
    assert offers.next_best(found) is None


async def test_who_takes_no_part_is_not_won_back(engine: Engine, clock: Clock) -> None:
    bait = """
  - {id: bait, kind: CUSTOM, name: Bait, personal: true}
personal_offers:
  - {id: back, kind: WIN_BACK, offer: bait, days: 30}
"""
    await program.publish(engine, LIMITED.rstrip() + bait)
    anna, bo = await enrol(engine), await enrol(engine, "bo")
    for member_id in (anna, bo):
        await activities.record_purchase(engine, purchase(member_id, member_id, 5_00))
    await statuses.suspend(engine, ruling(anna))
    clock.advance(days=40)
    await work(engine)
    assert (await states(engine, anna), await states(engine, bo)) == ([], ["ISSUED"])


EVERYTHING = GAMES.replace(
    "challenges:",
    """  - id: prepaid
    kind: PREPAID
    name: prepaid
    top_ups: [{id: ten, name: Ten, pay: "10.00", get: "12.00"}]
earning_rules:
  - {id: one, name: One, currency: points, effect: {kind: PER_AMOUNT, points: 1, per: "1.00"}}
ladders:
  - id: main
    name: Main
    tiers:
      - {id: gold, name: Gold, benefits: [{id: ship, kind: FREE_SHIPPING, name: Free shipping}]}
offers:
  - {id: cake, kind: CUSTOM, name: A cake}
  - {id: bun, kind: CUSTOM, name: A bun, code: {kind: GENERIC, text: BUN}}
plans:
  - {id: club, name: Club, price: "5.00", period: MONTH}
referral:
  link: "https://shop.example/{code}"
  friend: [{points: 1, currency: points}]
  referrer: {gives: [{points: 1, currency: points}]}
challenges:""",
)


def setting(member_id: str, key: str) -> wallets.holds.Setting:
    return wallets.holds.Setting(member_id, "points", 1, 60, key, "coffee")


def attempts(
    engine: Engine, anna: str, submission: str, held: str
) -> Iterator[Coroutine[Any, Any, Any]]:
    """Do everything that a status decides on, by every verb there is."""
    yield activities.record_purchase(engine, purchase(anna, "q", 5_00, money="EUR"))
    yield activities.record_visit(engine, Visit("door", "v", anna, START))
    yield activities.record_event(engine, Event("app", "e", anna, START, "photo"))
    yield plans.record(engine, PlanEvent(EventKind.START, "web", "i", anna, "club", START))
    yield prepaid.top_up(engine, prepaid.Purchase(anna, "prepaid", "ten", "t"))
    yield wallets.spend(engine, Spending(anna, "points", 1, "x", "coffee"))
    yield wallets.holds.place(engine, setting(anna, "h2"))
    yield offers.claim(engine, Claim(anna, "cake", "c2"))
    yield offers.activate(engine, Step(anna, held, "a"))
    yield offers.cancel(engine, Step(anna, held, "b"))
    yield offers.tills.redeem(engine, offers.tills.Redemption(anna, held, "r"))
    yield offers.tills.burn(engine, offers.tills.Burning("BUN", "bun", anna))
    yield offers.tills.hand_out(engine, offers.tills.Gift(anna, "cake", "g", "Sorry", "staff:eva"))
    yield tiers.use_benefit(engine, tiers.BenefitUse(anna, "ship", "u"))
    yield challenges.join(engine, anna, "visits")
    yield challenges.leave(engine, anna, "visits")
    yield challenges.stand_as(engine, anna, "ladder", "Anna")
    yield challenges.submit(engine, photo(anna, "s2"))
    yield challenges.decide_on(engine, Deciding(submission, True, "d", "staff:eva"))
    yield referrals.appoint(engine, anna, "ANNA")
    yield push.devices.register(engine, anna, PHONE)


@pytest.mark.parametrize("end", ["SUSPENDED", "CLOSED"])
async def test_everything_a_status_does_not_let_happen_is_refused_and_writes_nothing(
    engine: Engine, end: str
) -> None:
    await program.publish(engine, EVERYTHING)
    anna = await enrol(engine)
    sent = await challenges.submit(engine, photo(anna, "s"))
    await activities.record_purchase(engine, purchase(anna, "p", 50_00, money="EUR"))
    verb = statuses.suspend if end == "SUSPENDED" else statuses.close
    held = await offers.claim(engine, Claim(anna, "cake", "c"))
    hold = await wallets.holds.place(engine, setting(anna, "h"))
    await verb(engine, ruling(anna))
    with_hold = wallets.holds.spend_held(engine, hold.result["hold"], "spend")
    assert await refused(engine, anna, with_hold) == MemberNotActive(anna, end)
    for attempt in attempts(engine, anna, sent.result["submission"], held.result["held"]):
        assert await refused(engine, anna, attempt) == MemberNotActive(anna, end)
    assert len(await engine.mongo.find("activities", {})) == 1
    assert await engine.mongo.find("plan_events", {}) == []
    await wallets.holds.let_go(engine, hold.result["hold"], "let go")
    assert await points_of(engine, anna) == 90
