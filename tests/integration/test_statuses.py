"""Members are suspended, reinstated and closed: once, by whom, why, in a commit like others."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from loyalty import activities, audit, closing, members, program, wallets
from loyalty.activities import Refund, Visit
from loyalty.closing import Closing, ClosingNotConfirmed, LossKind
from loyalty.commands import Outcome
from loyalty.engine import Engine
from loyalty.errors import BadInput, KeyReused, MemberNotActive, MemberUnknown, Refusal, Refused
from loyalty.members import MemberStatus, statuses
from loyalty.messages import Money
from loyalty.states import STATES
from loyalty.wallets import Adjustment, Spending
from tests.engines import (
    PLAIN,
    START,
    Clock,
    enrol,
    ledger_of,
    purchase,
    records_of,
    steppable,
    stored,
)
from tests.integration.conftest import OpenEngine

Verb = Callable[[Engine, statuses.Ruling], Awaitable[Outcome]]
VERBS: dict[MemberStatus, Verb] = {
    MemberStatus.SUSPENDED: statuses.suspend,
    MemberStatus.ACTIVE: statuses.reinstate,
    MemberStatus.CLOSED: statuses.close,
}
TOLD = {
    MemberStatus.SUSPENDED: "MemberSuspended",
    MemberStatus.ACTIVE: "MemberReinstated",
    MemberStatus.CLOSED: "MemberClosed",
}


def ruling(member_id: str, key: str = "k", reason: str = "Asked for it.") -> statuses.Ruling:
    return statuses.Ruling(member_id, key, reason, "staff:eva")


@pytest.fixture
async def anna(engine: Engine) -> str:
    await program.publish(engine, PLAIN)
    return await enrol(engine)


async def status_of(engine: Engine, member_id: str) -> MemberStatus:
    return members.profile_of(await members.require(engine, member_id)).status


async def refused(engine: Engine, member_id: str, work: Awaitable[Any]) -> Refusal:
    """Expect a refusal that leaves the member as they were."""
    before = await stored(engine.mongo, member_id)
    with pytest.raises(Refused) as caught:
        await work
    assert await stored(engine.mongo, member_id) == before
    return caught.value.refusal


async def put_to(engine: Engine, member_id: str, status: MemberStatus) -> None:
    """Bring a member to a status, by a key of its own."""
    if await status_of(engine, member_id) is not status:
        await VERBS[status](engine, ruling(member_id, f"to {status}"))


@pytest.mark.parametrize("wanted", list(VERBS))
@pytest.mark.parametrize("status", list(VERBS))
async def test_a_status_leads_to_those_of_the_table_and_to_no_other(
    engine: Engine, anna: str, status: MemberStatus, wanted: MemberStatus
) -> None:
    await put_to(engine, anna, status)
    if wanted in statuses.LEADS_TO[status]:
        await VERBS[wanted](engine, ruling(anna))
        assert await status_of(engine, anna) is wanted
    else:
        refusal = await refused(engine, anna, VERBS[wanted](engine, ruling(anna)))
        assert refusal == statuses.MemberCannotBecome(anna, status.value, wanted.value)


async def test_who_said_so_when_and_why_is_in_the_books_and_on_the_profile(
    engine: Engine, anna: str, clock: Clock
) -> None:
    await statuses.suspend(engine, ruling(anna, "s", "Two cards."))
    clock.advance(days=1)
    await statuses.reinstate(engine, ruling(anna, "r", "One is a twin's."))
    document = await stored(engine.mongo, anna)
    assert document is not None
    assert document["profile"]["status"] == "ACTIVE"
    profile = members.profile_of(await members.require(engine, anna))
    assert profile.changes == (
        statuses.StatusChange(MemberStatus.SUSPENDED, START, "staff:eva", "Two cards."),
        statuses.StatusChange(MemberStatus.ACTIVE, clock.present, "staff:eva", "One is a twin's."),
    )
    results = [record["result"] for record in await records_of(engine.mongo, anna)]
    assert results == [
        {
            "status": "SUSPENDED",
            "was": "ACTIVE",
            "actor": "staff:eva",
            "reason": "Two cards.",
        },
        {
            "status": "ACTIVE",
            "was": "SUSPENDED",
            "actor": "staff:eva",
            "reason": "One is a twin's.",
        },
    ]
    kinds = [fact["kind"] for fact in document["outbox"]]
    assert kinds == ["MemberEnrolled", "MemberSuspended", "MemberReinstated"]
    await engine.commits.drain()
    assert (await audit.verify(engine)).violations == []


@pytest.mark.parametrize("status", [MemberStatus.SUSPENDED, MemberStatus.CLOSED])
async def test_the_same_key_is_the_first_answer_again_and_no_other(
    engine: Engine, anna: str, status: MemberStatus
) -> None:
    first = await VERBS[status](engine, ruling(anna))
    await statuses.reinstate(engine, ruling(anna, "back"))
    again = await VERBS[status](engine, ruling(anna))
    assert (first.replayed, again.replayed, again.record) == (False, True, first.record)
    assert await status_of(engine, anna) is MemberStatus.ACTIVE
    for other in (
        VERBS[status](engine, ruling(anna, reason="Another.")),
        statuses.reinstate(engine, ruling(anna)),
    ):
        assert await refused(engine, anna, other) == KeyReused("k")


async def test_the_profile_keeps_twenty_changes_and_the_ledger_all(
    engine: Engine, anna: str
) -> None:
    for n in range(12):
        await statuses.suspend(engine, ruling(anna, f"s{n}", f"No {n}."))
        await statuses.reinstate(engine, ruling(anna, f"r{n}", f"Yes {n}."))
    changes = members.profile_of(await members.require(engine, anna)).changes
    assert [change.reason for change in changes] == [
        f"{word} {n}." for n in range(2, 12) for word in ("No", "Yes")
    ]
    assert len(await records_of(engine.mongo, anna)) == 24
    assert (await ledger_of(engine.mongo, anna))[0]["result"]["reason"] == "No 0."


@pytest.mark.parametrize("verb", list(VERBS.values()))
async def test_nobody_is_put_anywhere_without_a_key_a_reason_or_being_there(
    engine: Engine, anna: str, verb: Verb
) -> None:
    before = await stored(engine.mongo, anna)
    for wanted in (ruling(anna, ""), ruling(anna, "~own"), ruling(anna, "k", " ")):
        with pytest.raises(BadInput):
            await verb(engine, wanted)
    with pytest.raises(Refused) as caught:
        await verb(engine, ruling("mbr_nobody"))
    assert caught.value.refusal == MemberUnknown("mbr_nobody")
    assert await stored(engine.mongo, anna) == before


async def test_an_erased_member_becomes_nothing_else(engine: Engine, anna: str) -> None:
    erased = {"$set": {"profile.status": "ERASED"}, "$inc": {"seq": 1}}
    await engine.mongo.update_one(STATES, {"_id": anna}, erased)
    for wanted, verb in VERBS.items():
        refusal = await refused(engine, anna, verb(engine, ruling(anna)))
        assert refusal == statuses.MemberCannotBecome(anna, "ERASED", wanted.value)


async def test_a_profile_that_changes_keeps_its_status_and_how_it_came(
    engine: Engine, anna: str
) -> None:
    await statuses.suspend(engine, ruling(anna))
    await members.update_profile(engine, anna, members.ProfileInput(first_name="Anna"))
    await members.labels.put(engine, anna, ["vip"])
    profile = members.profile_of(await members.require(engine, anna))
    assert (profile.status, profile.first_name) == (MemberStatus.SUSPENDED, "Anna")
    assert [change.actor for change in profile.changes] == ["staff:eva"]


@pytest.mark.parametrize("status", [MemberStatus.SUSPENDED, MemberStatus.CLOSED])
async def test_who_takes_no_part_is_refunded_corrected_and_expires_all_the_same(
    engine: Engine, anna: str, clock: Clock, status: MemberStatus
) -> None:
    await program.publish(engine, PLAIN.replace("mode: NEVER", "mode: ROLLING, months: 2"))
    await activities.record_purchase(engine, purchase(anna, "p", 50_00))
    await VERBS[status](engine, ruling(anna))
    bought = purchase(anna, "q", 5_00)
    refusal = await refused(engine, anna, activities.record_purchase(engine, bought))
    assert refusal == MemberNotActive(anna, status.value)
    spending = Spending(anna, "points", 1, "spend", "coffee")
    assert isinstance(await refused(engine, anna, wallets.spend(engine, spending)), MemberNotActive)
    refund = Refund("till", "back", START, "till", "p", amount=20_00)
    await activities.record_refund(engine, refund)
    await wallets.adjust(engine, Adjustment(anna, "points", -5, "fix", "Sorry", "staff:eva"))
    assert await balance(engine, anna) == 25
    clock.advance(days=80)
    assert await wallets.expire_due(engine) == 1
    assert await balance(engine, anna) == 0
    await engine.commits.drain()
    assert (await audit.verify(engine)).violations == []


async def balance(engine: Engine, member_id: str) -> int:
    state = await members.require(engine, member_id)
    return wallets.wallet_of(state).account("points").balance


async def test_purchases_and_the_end_at_one_moment_come_one_after_the_other(
    engine: Engine, open_process: OpenEngine, anna: str
) -> None:
    other = await open_process()
    buying = [
        activities.record_purchase((engine, other)[n % 2], purchase(anna, f"p{n}", 1_00))
        for n in range(40)
    ]
    calls = [*buying[:20], statuses.close(other, ruling(anna)), *buying[20:]]
    results = await asyncio.gather(*calls, return_exceptions=True)
    records = await records_of(engine.mongo, anna)
    ended = next(n for n, record in enumerate(records) if "status" in record["result"])
    assert ended == len(records) - 1
    done = [one for one in results if isinstance(one, Outcome)]
    assert len(done) == len(records)
    why_not = {one.refusal for one in results if isinstance(one, Refused)}
    assert why_not <= {MemberNotActive(anna, "CLOSED")}
    assert await balance(engine, anna) == ended
    assert len(await engine.mongo.find("activities", {})) == ended
    await engine.commits.drain()
    assert (await audit.verify(engine)).violations == []


async def test_a_purchase_that_lost_its_race_with_the_end_earns_nothing(
    engine: Engine, open_process: OpenEngine, anna: str
) -> None:
    other = await open_process()

    async def end() -> None:
        await statuses.close(other, ruling(anna))

    steppable(engine).before["update_batch", STATES] = end
    with pytest.raises(Refused) as caught:
        await activities.record_purchase(engine, purchase(anna, "p", 5_00))
    assert caught.value.refusal == MemberNotActive(anna, "CLOSED")
    assert await balance(engine, anna) == 0
    assert await engine.mongo.find("activities", {}) == []


async def test_an_end_that_lost_its_race_with_a_purchase_comes_after_it(
    engine: Engine, open_process: OpenEngine, anna: str
) -> None:
    other = await open_process()

    async def buy() -> None:
        await activities.record_purchase(other, purchase(anna, "p", 5_00))

    steppable(engine).before["update_batch", STATES] = buy
    await statuses.close(engine, ruling(anna))
    assert (await status_of(engine, anna), await balance(engine, anna)) == (MemberStatus.CLOSED, 5)


async def test_ten_ends_at_once_are_one(
    engine: Engine, open_process: OpenEngine, anna: str
) -> None:
    other = await open_process()
    calls = [statuses.close((engine, other)[n % 2], ruling(anna, f"k{n}")) for n in range(10)]
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert len([one for one in results if isinstance(one, Outcome)]) == 1
    why_not = {one.refusal for one in results if isinstance(one, Refused)}
    assert why_not == {statuses.MemberCannotBecome(anna, "CLOSED", "CLOSED")}
    assert len(await records_of(engine.mongo, anna)) == 1


COLLECTED = (
    PLAIN.partition("currencies:")[0]
    + """
currencies:
  - {id: points, name: points}
  - {id: credit, kind: STORE_CREDIT, name: store credit}
  - {id: status, kind: QUALIFYING, name: status}
earning_rules:
  - {id: one, name: One, currency: points, effect: {kind: PER_AMOUNT, points: 1, per: "1.00"}}
  - {id: two, name: Two, currency: credit, effect: {kind: PER_AMOUNT, points: 5, per: "1.00"}}
  - {id: three, name: Three, currency: status, effect: {kind: PER_AMOUNT, points: 1, per: "1.00"}}
ladders:
  - {id: main, name: Main, tiers: [{id: gold, name: {en: Gold, fi: Kulta}}]}
offers:
  - {id: cake, kind: CUSTOM, name: A cake, issue_on: {trigger: PURCHASE}}
cards:
  - id: coffee
    name: Ten coffees
    size: 10
    trigger: VISIT
    grants: [{points: 10, currency: points}]
"""
)


async def test_a_member_is_told_what_they_would_lose_and_loses_nothing_by_it(
    engine: Engine,
) -> None:
    await program.publish(engine, COLLECTED)
    anna = await enrol(engine)
    await activities.record_purchase(engine, purchase(anna, "p", 50_00))
    await activities.record_visit(engine, Visit("door", "v", anna, START))
    wish = Closing(anna, "k", confirm=False)
    refusal = await refused(engine, anna, closing.close(engine, wish))
    assert isinstance(refusal, ClosingNotConfirmed)
    told = [
        (one.kind, one.name.in_language("fi"), one.points, one.amount) for one in refusal.losses
    ]
    assert told == [
        (LossKind.BALANCE, "points", 50, None),
        (LossKind.BALANCE, "store credit", None, Money(250, "USD")),
        (LossKind.TIER, "Kulta", None, None),
        (LossKind.CARD, "Ten coffees", 1, None),
        (LossKind.OFFER, "A cake", None, None),
    ]


async def test_a_member_leaves_once_and_it_says_so(engine: Engine, anna: str) -> None:
    wish = Closing(anna, "k", confirm=True)
    first, again = await closing.close(engine, wish), await closing.close(engine, wish)
    assert (first.replayed, again.replayed) == (False, True)
    [change] = members.profile_of(await members.require(engine, anna)).changes
    assert (change.actor, change.reason) == ("member", "Closed by the member.")
    unsure = closing.close(engine, Closing(anna, "other", confirm=False))
    refusal = await refused(engine, anna, unsure)
    assert refusal == statuses.MemberCannotBecome(anna, "CLOSED", "CLOSED")


async def test_who_joins_again_is_the_same_member_and_stays_closed(
    engine: Engine, anna: str
) -> None:
    await statuses.close(engine, ruling(anna))
    assert await enrol(engine) == anna
    assert await status_of(engine, anna) is MemberStatus.CLOSED
