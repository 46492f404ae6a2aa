"""The inbox: what was sent is read by whom it was sent to, once opened, and kept for a time."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from loyalty import members, offers, program, push, reactions, segments
from loyalty.engine import Engine
from loyalty.errors import BadInput
from loyalty.members import contact
from loyalty.push import Brief, DeliveryStatus, store
from loyalty.push.payloads import Category
from loyalty.push.rules import Delivery, Reason
from loyalty.push.rules.briefs import Variant
from loyalty.push.rules.inbox import Deed, Told
from loyalty.push.store.deliveries import to_document
from loyalty.walks import Walk
from tests import phones
from tests.engines import PLAIN, Clock, enrol

OFFER = """
offers:
  - {id: mug, kind: CUSTOM, name: A mug}
"""
EVERYTHING: Walk[Any] = Walk(100)


@pytest.fixture(autouse=True)
async def _shop(engine: Engine) -> None:
    await push.prepare(engine)
    await program.publish(engine, PLAIN + OFFER)


async def put(engine: Engine, member_id: str, name: str, **more: Any) -> str:
    """Put a delivery there, sent now unless `more` says otherwise; give its id."""
    now = engine.clock()
    first = Delivery(
        id=f"{name}:{member_id}",
        campaign_id=name,
        member_id=member_id,
        category=Category.CAMPAIGN,
        status=DeliveryStatus.SENT,
        reason=None,
        title=f"Title of {name}",
        body="Body",
        created_at=now,
        attempts=1,
        type="campaign",
    )
    document = {**to_document(first), "sent_at": now, **more}
    stored = {field: value for field, value in document.items() if value is not None}
    await engine.mongo.insert_new("deliveries", [stored])
    return first.id


async def suppressed(engine: Engine, member_id: str, name: str, reason: Reason) -> str:
    """Put a delivery there that was not sent."""
    why = {"status": "SUPPRESSED", "reason": reason.value, "sent_at": None, "title": None}
    return await put(engine, member_id, name, **why)


async def titles(engine: Engine, member_id: str, walk: Walk[Any] = EVERYTHING) -> list[str]:
    found = await push.inbox.sent_to(engine, member_id, walk)
    return [str(message.title).removeprefix("Title of ") for message in found]


async def tell(
    engine: Engine, member_id: str, deed: Deed, told: dict[str, datetime | None]
) -> list[Delivery]:
    state = await members.require(engine, member_id)
    named = [Told(message, at) for message, at in told.items()]
    return await push.inbox.note(engine, state, deed, named)


async def test_a_member_reads_what_was_sent_to_them_newest_first_page_by_page(
    engine: Engine, clock: Clock
) -> None:
    anna, bo = await enrol(engine, "anna"), await enrol(engine, "bo")
    for name in ("a", "b", "c"):
        await put(engine, anna, name)
        await suppressed(engine, anna, f"not {name}", Reason.NO_CONSENT)
        await put(engine, bo, f"bo {name}")
        clock.advance(minutes=1)
    assert await titles(engine, anna) == ["c", "b", "a"]
    [first] = await push.inbox.sent_to(engine, anna, Walk(1))
    assert await titles(engine, anna, Walk(1, (first.sent_at, first.id))) == ["b"]
    assert await titles(engine, anna, Walk(1, back=True)) == ["a"]
    assert await push.inbox.unread(engine, anna) == 3
    everything = await push.inbox.all_of(engine, anna, EVERYTHING)
    assert [(d.id.split(":")[0], d.status.value, d.reason) for d in everything] == [
        ("not c", "SUPPRESSED", "NO_CONSENT"), ("c", "SENT", None),
        ("not b", "SUPPRESSED", "NO_CONSENT"), ("b", "SENT", None),
        ("not a", "SUPPRESSED", "NO_CONSENT"), ("a", "SENT", None),
    ]  # fmt: skip
    assert await push.inbox.count_all(engine, anna) == 6


async def test_what_was_told_first_of_a_message_stands(engine: Engine, clock: Clock) -> None:
    anna = await enrol(engine)
    sent_at = clock.present
    message = await put(engine, anna, "a")
    clock.advance(hours=5)
    opened_at = clock.present - timedelta(hours=2)
    [opened] = await tell(engine, anna, Deed.OPENED, {message: opened_at})
    assert (opened.opened_at, opened.clicked_at) == (opened_at, None)
    [again] = await tell(engine, anna, Deed.OPENED, {message: None})
    assert again == opened
    [clicked] = await tell(engine, anna, Deed.CLICKED, {message: sent_at - timedelta(days=9)})
    assert (clicked.opened_at, clicked.clicked_at) == (opened_at, sent_at)
    assert await push.inbox.unread(engine, anna) == 0
    heard = contact.engagement_of(await members.require(engine, anna))
    assert heard == contact.Engagement(opened_at, opened_at, sent_at)


async def test_who_follows_a_message_has_opened_it(engine: Engine, clock: Clock) -> None:
    anna = await enrol(engine)
    message = await put(engine, anna, "a")
    clock.advance(minutes=1)
    [clicked] = await tell(engine, anna, Deed.CLICKED, {message: None})
    assert (clicked.opened_at, clicked.clicked_at) == (clock.present, clock.present)


async def test_a_batch_notes_what_is_theirs_and_leaves_the_rest(engine: Engine) -> None:
    anna, bo = await enrol(engine, "anna"), await enrol(engine, "bo")
    mine, another = await put(engine, anna, "a"), await put(engine, anna, "b")
    foreign = await put(engine, bo, "c")
    unsent = await suppressed(engine, anna, "d", Reason.HOLDOUT)
    told = dict.fromkeys((mine, foreign, "none", unsent, another))
    noted = await tell(engine, anna, Deed.OPENED, told)
    assert {message.id for message in noted} == {mine, another}
    assert await push.inbox.unread(engine, bo) == 1
    assert await push.inbox.find(engine, anna, foreign) is None
    assert await push.inbox.find(engine, anna, unsent) is None
    before = await members.require(engine, bo)
    assert await tell(engine, bo, Deed.OPENED, {mine: None}) == []
    assert (await members.require(engine, bo)).seq == before.seq
    with pytest.raises(BadInput):
        await tell(engine, anna, Deed.OPENED, {})


async def test_a_message_can_be_opened_before_its_sender_hears_that_it_was_sent(
    engine: Engine, clock: Clock
) -> None:
    anna = await enrol(engine)
    sending = await put(engine, anna, "a", status="SENDING", sent_at=None, title=None, body=None)
    failed = await put(engine, anna, "b", status="FAILED", sent_at=None, reason="INVALID_ARGUMENT")
    clock.advance(seconds=2)
    assert await tell(engine, anna, Deed.OPENED, {sending: None, failed: None}) == []
    rows = {d.id: d.opened_at for d in await push.inbox.all_of(engine, anna, EVERYTHING)}
    assert rows == {sending: clock.present, failed: None}


async def test_messages_are_kept_for_the_days_of_the_program(engine: Engine, clock: Clock) -> None:
    anna = await enrol(engine)
    old = await put(engine, anna, "old")
    await suppressed(engine, anna, "not old", Reason.STALE)
    clock.advance(days=90)
    new = await put(engine, anna, "new")
    assert await titles(engine, anna) == ["new", "old"]
    clock.advance(seconds=1)
    assert await titles(engine, anna) == ["new"]
    assert await push.inbox.unread(engine, anna) == 1
    assert await tell(engine, anna, Deed.OPENED, {old: None}) == []
    assert [await push.inbox.forget_older(engine, 1) for _ in range(2)] == [1, 0]
    left = await push.inbox.all_of(engine, anna, EVERYTHING)
    assert [(d.id, d.title) for d in left if d.sent_at] == [(new, "Title of new"), (old, None)]
    clock.advance(days=400 - 90)
    assert [await push.inbox.forget_older(engine, 1) for _ in range(3)] == [2, 1, 0]
    assert [d.id for d in await push.inbox.all_of(engine, anna, EVERYTHING)] == [new]


async def test_what_was_written_to_a_member_who_left_is_deleted(engine: Engine) -> None:
    anna, bo = await enrol(engine, "anna"), await enrol(engine, "bo")
    await put(engine, anna, "a")
    await put(engine, bo, "b")
    ruling = members.statuses.Ruling(anna, "leave", "Moves away.", "member")
    await members.statuses.close(engine, ruling)
    while await reactions.react(engine):
        pass
    [kept] = await push.inbox.all_of(engine, anna, EVERYTHING)
    assert (kept.title, kept.body, kept.status) == (None, None, DeliveryStatus.SENT)
    assert (await titles(engine, anna), await titles(engine, bo)) == ([], ["b"])
    assert await push.inbox.unread(engine, anna) == 0


async def test_an_offer_that_is_used_counts_for_the_message_it_came_with(
    engine: Engine, clock: Clock
) -> None:
    anna = await enrol(engine)
    other, message = await put(engine, anna, "without"), await put(engine, anna, "with")
    enclosed = offers.personal.Enclosed(anna, "mug", message)
    held = await offers.personal.enclose(engine, enclosed)
    given = offers.tills.Gift(anna, "mug", "gift-1", "Sorry", "staff:eva")
    by_hand = (await offers.tills.hand_out(engine, given)).result["held"]
    clock.advance(hours=3)
    assert held is not None
    for used in (held.id, by_hand):
        await offers.tills.redeem(engine, offers.tills.Redemption(anna, used, f"use-{used}"))
    used_at = clock.present
    clock.advance(hours=1)
    while await reactions.react(engine):
        pass
    rows = {d.id: d.redeemed_at for d in await push.inbox.all_of(engine, anna, EVERYTHING)}
    assert (rows[other], rows[message]) == (None, used_at)


async def test_what_came_of_a_campaign_is_on_its_deliveries(engine: Engine, clock: Clock) -> None:
    anna = await phones.enrol(engine, phones.Person("Anna", tokens=["annas"]))
    bo = await phones.enrol(engine, phones.Person("Bo", tokens=["bos"]))
    words = Variant("a", {"en": "For you"}, {"en": "{offer.title}"})
    brief = Brief("Spring", segments.EVERYONE, (words,), offer="mug")
    launched = await phones.launch(engine, brief)
    async with phones.phones() as (_, sender):
        await phones.work(engine, sender)
    [message] = await push.inbox.sent_to(engine, anna, EVERYTHING)
    assert (message.body, message.campaign_id) == ("A mug", launched.id)
    clock.advance(minutes=5)
    await tell(engine, anna, Deed.CLICKED, {message.id: None})
    [to_bo] = await push.inbox.sent_to(engine, bo, EVERYTHING)
    await tell(engine, bo, Deed.OPENED, {to_bo.id: None})
    assert message.offer is not None
    await offers.tills.redeem(engine, offers.tills.Redemption(anna, message.offer, "use-1"))
    while await reactions.react(engine):
        pass
    counts = await store.outcomes.count(engine.mongo, launched.id)
    assert (counts.sent, counts.opened, counts.clicked, counts.redeemed) == (2, 2, 1, 1)
