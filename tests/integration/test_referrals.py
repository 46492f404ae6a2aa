"""Friends over several processes: each counts once, whoever comes first, and however often."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from loyalty import (
    activities,
    audit,
    chores,
    members,
    outbox,
    program,
    reactions,
    referrals,
    wallets,
)
from loyalty.engine import Engine
from loyalty.errors import Refusal, Refused
from loyalty.members import Enrolment, ProfileInput
from loyalty.referrals import (
    Guards,
    ReferralCodeTaken,
    ReferralCodeUnknown,
    ReferralNotNew,
    ReferralToSelf,
    rules,
)
from loyalty.wallets import Adjustment
from tests.engines import Clock, Steppable, enrol, purchase, steppable, stored
from tests.integration.conftest import OpenEngine

EXAMPLES = Path(__file__).parents[2] / "examples" / "programs"
CIRCLE = (EXAMPLES / "referral.yaml").read_text("utf-8")


async def no_device(_engine: Engine, _one: str, _other: str) -> bool:
    return False


GUARDS = Guards(activities.purchases_of, no_device)


@pytest.fixture
async def circle(engine: Engine) -> Engine:
    await program.publish(engine, CIRCLE)
    return engine


async def code_of(engine: Engine, member_id: str) -> str:
    return await referrals.code_of(engine, await members.require(engine, member_id))


async def points_of(engine: Engine, member_id: str) -> int:
    state = await members.require(engine, member_id)
    return wallets.wallet_of(state).account("points").balance


async def standing_of(engine: Engine, member_id: str) -> referrals.Standing:
    return referrals.standing_of(await members.require(engine, member_id))


async def work(*engines: Engine) -> None:
    """Let workers do all there is, side by side."""

    async def until_idle(engine: Engine) -> None:
        while await reactions.react(engine) + await chores.sweep(engine):
            pass

    await asyncio.gather(*map(until_idle, engines))


async def bring(engine: Engine, code: str, names: Sequence[str]) -> list[str]:
    """Enrol friends who come with a code and buy."""
    friends = [await enrol(engine, name) for name in names]
    for friend in friends:
        await referrals.accept(engine, friend, code, GUARDS)
        bought = purchase(friend, f"of-{friend}", 20_00, money="EUR")
        await activities.record_purchase(engine, bought)
    return friends


async def refused(engine: Engine, member_id: str, code: str) -> Refusal:
    """Try a code that must be refused; see that nothing was written."""
    before = await stored(engine.mongo, member_id)
    with pytest.raises(Refused) as caught:
        await referrals.accept(engine, member_id, code, GUARDS)
    assert await stored(engine.mongo, member_id) == before
    return caught.value.refusal


async def test_processes_that_ask_at_once_get_one_code(
    circle: Engine, open_process: OpenEngine
) -> None:
    anna, other = await enrol(circle), await open_process()
    codes = await asyncio.gather(*(code_of(e, anna) for e in [circle, other] * 5))
    assert len(set(codes)) == 1
    assert await circle.mongo.count("referral_codes", {"member": anna}) == 1


async def test_a_code_that_is_somebody_elses_is_passed_over(circle: Engine) -> None:
    anna, ben = await enrol(circle), await enrol(circle, "ben")
    first, second, *_ = rules.codes_of(anna)
    await circle.mongo.insert_new("referral_codes", [{"_id": first, "member": ben}])
    assert await code_of(circle, anna) == second


async def test_two_who_want_one_code_at_once_end_with_one_owner(
    circle: Engine, open_process: OpenEngine
) -> None:
    anna, ben, other = await enrol(circle), await enrol(circle, "ben"), await open_process()
    results = await asyncio.gather(
        referrals.appoint(circle, anna, "STAR"),
        referrals.appoint(other, ben, "star"),
        return_exceptions=True,
    )
    lost = [result for result in results if isinstance(result, Refused)]
    assert [one.refusal for one in lost] == [ReferralCodeTaken("STAR")]
    codes = [(await standing_of(circle, member)).code for member in (anna, ben)]
    assert sorted(codes, key=str) == sorted([None, "STAR"], key=str)


async def test_an_ambassador_who_takes_no_part_takes_no_code(circle: Engine) -> None:
    with pytest.raises(Refused):
        await referrals.appoint(circle, "mbr_nobody", "STAR")
    assert await circle.mongo.count("referral_codes", {}) == 0


async def test_no_key_that_members_choose_takes_the_place_of_a_friend(circle: Engine) -> None:
    anna = await enrol(circle)
    friend = await enrol(circle, "ben")
    for key in (f"referral-friend:{friend}", f"referral-reward:{friend}", "referral-reward:x"):
        await wallets.adjust(circle, Adjustment(anna, "points", 1, key, "start", "staff"))
    await referrals.accept(circle, friend, await code_of(circle, anna), GUARDS)
    await work(circle)
    assert (await standing_of(circle, anna)).friends == 1
    assert (await audit.verify(circle)).violations == []


async def test_every_friend_counts_once_though_workers_do_the_same(
    circle: Engine, open_process: OpenEngine, clock: Clock
) -> None:
    anna, other = await enrol(circle), await open_process()
    nora = await enrol(circle, "nora")
    await referrals.appoint(circle, nora, "NORA")
    await bring(circle, await code_of(circle, anna), ["a", "b"])
    await bring(circle, "NORA", [f"n{n}" for n in range(20)])
    clock.advance(days=15)
    await work(circle, other)
    for document in await circle.mongo.find(outbox.FACTS, {"kind": "ReferralConfirmed"}):
        await reactions.REACTIONS["ReferralConfirmed"][0](other, document)
    assert await points_of(circle, anna) == 400
    standing = await standing_of(circle, nora)
    assert (standing.friends, standing.confirmed, standing.rewards) == (20, 20, 10)
    credit = wallets.wallet_of(await members.require(circle, nora)).account("credit")
    assert credit.balance == 10 * 25_00
    assert (await audit.verify(circle)).violations == []
    damaged = {"$set": {"referral.rewards": 11}}
    await circle.mongo.update_one("member_states", {"_id": nora}, damaged)
    [found] = (await audit.verify(circle)).violations
    assert (found.member, found.rule) == (nora, "friends_are_counted_once")


async def test_a_worker_that_dies_between_reward_and_note_gives_it_once(
    circle: Engine, open_process: OpenEngine, clock: Clock
) -> None:
    anna = await enrol(circle)
    [ben] = await bring(circle, await code_of(circle, anna), ["ben"])
    clock.advance(days=15)
    await chores.sweep(circle)

    async def die() -> None:
        raise ConnectionResetError

    def after_the_reward(mongo: Steppable) -> None:
        mongo.after["update_batch", "member_states"] = die

    dying = await open_process()
    await outbox.relay(dying.mongo, clock())
    [fact] = await circle.mongo.find(outbox.FACTS, {"kind": "ReferralConfirmed"})
    after_the_reward(steppable(dying))
    with pytest.raises(ConnectionResetError):
        await reactions.REACTIONS["ReferralConfirmed"][0](dying, fact)
    assert await points_of(circle, anna) == 200
    assert (await standing_of(circle, ben)).invitation is not None
    await work(circle)
    assert await points_of(circle, anna) == 200
    invitation = (await standing_of(circle, ben)).invitation
    assert invitation is not None
    assert invitation.state is referrals.InvitationState.REWARDED


async def test_two_who_accept_each_other_at_once_are_both_denied(
    circle: Engine, open_process: OpenEngine, clock: Clock
) -> None:
    anna, ben, other = await enrol(circle), await enrol(circle, "ben"), await open_process()
    codes = {member: await code_of(circle, member) for member in (anna, ben)}
    barrier = asyncio.Barrier(2)

    async def meet(_engine: Engine, _one: str, _other: str) -> bool:
        await barrier.wait()
        return False

    guards = Guards(activities.purchases_of, meet)
    await asyncio.gather(
        referrals.accept(circle, anna, codes[ben], guards),
        referrals.accept(other, ben, codes[anna], guards),
    )
    for member in (anna, ben):
        bought = purchase(member, f"of-{member}", 20_00, money="EUR")
        await activities.record_purchase(circle, bought)
    clock.advance(days=15)
    await work(circle)
    for member in (anna, ben):
        invitation = (await standing_of(circle, member)).invitation
        assert invitation is not None
        assert (invitation.state, invitation.why) == (referrals.InvitationState.DENIED, "RING")
        assert await points_of(circle, member) == 20  # what it had brought was taken back


async def test_refusals_write_nothing(circle: Engine) -> None:
    anna, ben = await enrol(circle), await enrol(circle, "ben")
    code = await code_of(circle, anna)
    assert await refused(circle, anna, code) == ReferralToSelf("SAME_MEMBER")
    assert await refused(circle, ben, "QQQ") == ReferralCodeUnknown("QQQ")
    await activities.record_purchase(circle, purchase(ben, "1", 5_00, money="EUR"))
    assert await refused(circle, ben, code) == ReferralNotNew(1)


async def test_who_becomes_the_same_person_later_is_found_before_the_reward(
    circle: Engine, clock: Clock
) -> None:
    same = ProfileInput(phone="+358401234567")
    anna = (await members.enrol(circle, Enrolment(external_id="anna", profile=same))).member_id
    [ben] = await bring(circle, await code_of(circle, anna), ["ben"])
    await members.update_profile(circle, ben, same)
    clock.advance(days=15)
    await work(circle)
    assert await points_of(circle, anna) == 0
    invitation = (await standing_of(circle, ben)).invitation
    assert invitation is not None
    assert invitation.why == "SAME_PHONE"
