"""Offers that come with messages: had by whom the message reached, or may have, and nobody else."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from api.fcm_standin import FcmStandin
from loyalty import members, offers, program, push, segments
from loyalty.engine import Engine
from loyalty.members import Channel, Consent, Purpose
from loyalty.offers import Held, HeldState
from loyalty.push import Brief, Campaign, CampaignStatus, store
from loyalty.push.fcm import Sender
from loyalty.push.rules.briefs import Variant
from loyalty.push.service import enclosures
from tests.engines import Clock, steppable
from tests.phones import Killed, Person, campaign, enrol, launch, open_shop, phones, work

Phones = tuple[FcmStandin, Sender]

TEXT = Variant("a", {"en": "{offer.title} for you"}, {"en": "!"})
WANTED = Brief("Spring", segments.EVERYONE, (TEXT,), offer="tea")
OFFERS = """
nudges: [{on: OFFER_RECEIVED}]
offers:
  - {id: tea, kind: FREE_SHIPPING, name: Tea, stock: 3, limits: [{count: 1}]}
  - {id: code, kind: FREE_SHIPPING, name: Code, code: {kind: LIST}}
"""
DEAD, FLAKY = "unregistered:1", "flaky503-1:1"


@pytest.fixture
async def fcm() -> AsyncIterator[Phones]:
    async with phones() as opened:
        yield opened


async def sent(
    engine: Engine, sender: Sender, *tokens: str, offer: str = "tea", budget: int | None = None
) -> Campaign:
    """Send a campaign with an offer to members who have a phone each."""
    await open_shop(engine, OFFERS)
    for token in tokens:
        await enrol(engine, Person(token, tokens=[token]))
    await engine.mongo.update_many("member_states", {}, {"$set": {"outbox": []}})
    launched = await launch(engine, replace(WANTED, offer=offer, budget=budget))
    await work(engine, sender)
    return launched


async def look_after(engine: Engine, sender: Sender, clock: Clock) -> None:
    """Let workers do what is due a while later, twice."""
    for _ in range(2):
        clock.advance(seconds=61)
        await work(engine, sender)
        await enclosures.take_back(engine, 200)
        await work(engine, sender)


async def helds(engine: Engine, clock: Clock) -> dict[str, Held]:
    """Give what each member has, by the name of their phone."""
    states = await engine.mongo.find("member_states", {})
    found = [await members.require(engine, state["_id"]) for state in states]
    names = {state.member_id: members.profile_of(state).first_name or "" for state in found}
    return {names[s.member_id]: one for s in found for one in offers.helds(s, clock())}


async def left(engine: Engine) -> int | None:
    engine.cache.clear()
    return (await offers.supplies(engine, await program.active(engine)))["tea"].left


async def no_more_marketing(engine: Engine, *member_ids: str) -> None:
    """Let some members say no; where none is named, all."""
    states = await engine.mongo.find("member_states", {}, {"_id": 1})
    no = Consent(Purpose.MARKETING, Channel.PUSH, False, engine.clock(), "test")
    for member_id in member_ids or [state["_id"] for state in states]:
        await members.set_consents(engine, member_id, [no])


async def die() -> None:
    raise Killed


async def test_who_no_message_reached_has_no_offer_and_others_can_have_it(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    standin, sender = fcm
    await sent(engine, sender, "anna", DEAD)
    await look_after(engine, sender, clock)
    found = await helds(engine, clock)
    assert {name: held.state for name, held in found.items()} == {
        "anna": HeldState.ISSUED,
        DEAD: HeldState.WITHDRAWN,
    }
    assert await left(engine) == 2
    assert [d.message["notification"]["title"] for d in standin.deliveries()] == ["Tea for you"]
    again = offers.Claim(await member(engine, DEAD), "tea", "claim-1")
    assert (await offers.claim(engine, again)).result["state"] == HeldState.ISSUED


async def member(engine: Engine, name: str) -> str:
    [state] = await engine.mongo.find("member_states", {"profile.first_name": name})
    return str(state["_id"])


async def test_it_is_taken_back_where_a_campaign_is_stopped_before_it_came(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    launched = await sent(engine, fcm[1], FLAKY)
    assert (await helds(engine, clock))[FLAKY].state is HeldState.ISSUED
    await push.campaigns.stop(engine, launched.id, "staff:eva")
    await look_after(engine, fcm[1], clock)
    assert (await helds(engine, clock))[FLAKY].state is HeldState.WITHDRAWN
    assert await left(engine) == 3


async def test_what_was_used_meanwhile_stays_used_and_counts_for_no_message(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    launched = await sent(engine, fcm[1], DEAD)
    held = (await helds(engine, clock))[DEAD]
    use = offers.tills.Redemption(await member(engine, DEAD), held.id, "use-1")
    await offers.tills.redeem(engine, use)
    await look_after(engine, fcm[1], clock)
    assert (await helds(engine, clock))[DEAD].state is HeldState.REDEEMED
    counts = (await campaign(engine, launched.id)).counts
    assert (counts.failed, counts.sent, counts.redeemed) == (1, 0, 0)
    assert await left(engine) == 2


async def test_it_stays_where_nobody_knows_whether_the_message_came(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    await sent(engine, fcm[1], "reset-after:1")
    [row] = await engine.mongo.find("deliveries", {})
    assert row["status"] == "UNKNOWN"
    await look_after(engine, fcm[1], clock)
    assert [held.state for held in (await helds(engine, clock)).values()] == [HeldState.ISSUED]


async def test_a_code_of_a_list_stays_as_it_may_have_been_seen(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    await open_shop(engine, OFFERS)
    await offers.codes.add(engine, "code", ["A-1"])
    await sent(engine, fcm[1], DEAD, offer="code")
    await look_after(engine, fcm[1], clock)
    held = (await helds(engine, clock))[DEAD]
    assert (held.state, held.code) == (HeldState.ISSUED, "A-1")


@pytest.mark.parametrize("is_stopped", [False, True])
async def test_it_is_taken_back_though_its_worker_died_before_it_was_written_down(
    engine: Engine, fcm: Phones, clock: Clock, is_stopped: bool
) -> None:
    steppable(engine).before["insert_new", "deliveries"] = die
    with pytest.raises(Killed):
        await sent(engine, fcm[1], "anna")
    assert (await helds(engine, clock))["anna"].state is HeldState.ISSUED
    [launched] = await engine.mongo.find("campaigns", {})
    if is_stopped:
        await push.campaigns.stop(engine, launched["_id"], "staff:eva")
    await no_more_marketing(engine)
    await look_after(engine, fcm[1], clock)
    assert (await helds(engine, clock))["anna"].state is HeldState.WITHDRAWN
    assert await left(engine) == 3
    [*written] = await engine.mongo.find("deliveries", {})
    assert [row["reason"] for row in written] == ([] if is_stopped else ["NO_CONSENT"])


async def test_taken_back_again_by_another_worker_it_changes_nothing(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    await sent(engine, fcm[1], DEAD)
    [row] = await engine.mongo.find("deliveries", {})
    for _ in range(2):
        await offers.personal.take_back(engine, row["member"], row["_id"])
    await look_after(engine, fcm[1], clock)
    state = await members.require(engine, row["member"])
    assert await left(engine) == 3
    assert state.document["offers"]["taken"] == {"tea": {}}


async def test_who_gets_a_place_in_the_budget_after_all_gets_the_offer_too(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    """There are as many offers as the budget pays for, and one of them came with what failed."""
    standin, sender = fcm
    await sent(engine, sender, DEAD, "anna", "bo", "cleo", budget=3)
    for _ in range(3):
        clock.advance(seconds=2)
        await work(engine, sender)
    assert sorted(d.token for d in standin.deliveries()) == ["anna", "bo", "cleo"]
    states = {name: one.state for name, one in (await helds(engine, clock)).items()}
    assert states.pop(DEAD) is HeldState.WITHDRAWN
    assert states == dict.fromkeys(("anna", "bo", "cleo"), HeldState.ISSUED)


async def test_who_came_when_it_was_sold_out_gets_one_that_came_with_what_reached_nobody(
    engine: Engine, fcm: Phones, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    standin, sender = fcm
    monkeypatch.setattr("loyalty.push.service.sending.BATCH", 1)  # one after the other
    launched = await sent(engine, sender, DEAD, "anna", "bo", "cleo", "dora")
    for _ in range(4):
        clock.advance(seconds=2)
        await work(engine, sender)
    assert sorted(d.token for d in standin.deliveries()) == ["anna", "bo", "cleo"]
    found = await campaign(engine, launched.id)
    assert (found.status, found.counts.suppressed) == (CampaignStatus.SENT, {"OFFER_SOLD_OUT": 1})
    assert await left(engine) == 0


async def test_who_had_it_as_often_as_they_may_is_left_out_for_good(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    _, sender = fcm
    await sent(engine, sender, "anna")
    again = await launch(engine, WANTED, "again")
    for _ in range(3):
        await work(engine, sender)
        clock.advance(seconds=2)
    found = await campaign(engine, again.id)
    assert (found.status, found.counts.suppressed) == (CampaignStatus.SENT, {"OFFER_REFUSED": 1})


@pytest.mark.parametrize("refusing", [0, 3], ids=["willing", "some say no meanwhile"])
async def test_who_is_looked_at_again_as_there_are_more_of_it_is_paid_for_then(
    engine: Engine, fcm: Phones, clock: Clock, monkeypatch: pytest.MonkeyPatch, refusing: int
) -> None:
    """Two codes, a budget of four: who met no code was paid for, and that was put back."""
    standin, sender = fcm
    monkeypatch.setattr("loyalty.push.service.sending.BATCH", 1)  # one after the other
    await open_shop(engine, OFFERS)
    await offers.codes.add(engine, "code", ["A-1", "A-2"])
    names = [f"phone-{n}" for n in range(9)]
    launched = await sent(engine, sender, FLAKY, *names, offer="code", budget=4)
    assert len(standin.deliveries()) == 1  # and the one that failed waits
    await offers.codes.add(engine, "code", [f"B-{n}" for n in range(20)])
    left_out = await engine.mongo.find("deliveries", {"reason": "OFFER_SOLD_OUT"})
    if refusing:
        await no_more_marketing(engine, *(row["member"] for row in left_out[:refusing]))
    for _ in range(6):
        clock.advance(seconds=5)
        await work(engine, sender)
    found = await campaign(engine, launched.id)
    assert (found.status, found.counts.sent, len(standin.deliveries())) == (
        CampaignStatus.SENT,
        4,
        4,
    )
    assert await store.budgets.read(engine.mongo, launched.id) == (4, [])
