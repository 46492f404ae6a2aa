"""Before a campaign goes out: how a member would read it, FCM's word on it, tests to phones."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time

import pytest

from api.fcm_standin import FcmStandin
from loyalty import jobs, program, push, segments
from loyalty.engine import Engine
from loyalty.errors import BadInput, KeyReused, MemberUnknown, Refused
from loyalty.push import Brief, Campaign, CampaignStatus, Cap, DeliveryStatus, Schedule
from loyalty.push.fcm import (
    Heard,
    Limits,
    Outcome,
    Outgoing,
    Project,
    Receipt,
    Room,
    Sender,
    to_nobody,
)
from loyalty.push.rules.briefs import ScheduleKind, Variant
from loyalty.push.rules.switches import SwitchScope
from loyalty.push.rules.trials import CheckOutcome, Receivers, Tried
from loyalty.push.service.previews import Fate, Preview
from tests.engines import Clock
from tests.phones import PROGRAM, Person, enrol, launch, open_shop, phones, register, work

OFFER = """
offers:
  - {id: mug, name: {en: A mug, da: Et krus}, kind: EXPERIENCE, valid_days: 3}
"""
TEXT = Variant(
    "a", {"en": "Hi {firstName}", "da": "Hej {firstName}"}, {"en": "{balance}", "da": "{balance}"}
)
PLAIN = Brief("Spring", segments.EVERYONE, (TEXT,))
EVA = "staff:eva"
Phones = tuple[FcmStandin, Sender]
SENT, HELD, OUT = DeliveryStatus.SENT, DeliveryStatus.HELD, DeliveryStatus.SUPPRESSED


@pytest.fixture(autouse=True)
async def _shop(engine: Engine) -> None:
    await open_shop(engine, OFFER)


@pytest.fixture
async def fcm() -> AsyncIterator[Phones]:
    async with phones() as opened:
        yield opened


@dataclass
class Answering:
    """A sender to an FCM that says the same to every text, and notes which it was really sent."""

    sender: Sender
    outcome: Outcome = Outcome.REJECTED
    sent: list[str] = field(default_factory=list)

    @property
    def project(self) -> Project:
        return self.sender.project

    @property
    def limits(self) -> Limits:
        return self.sender.limits

    @property
    def room(self) -> Room:
        return self.sender.room

    async def send(self, messages: Sequence[Outgoing], heard: Heard = to_nobody) -> list[Receipt]:
        self.sent += [m.device_id for m in messages if not m.validate_only]
        return [Receipt(m.device_id, self.outcome, "SAID_SO") for m in messages]

    async def aclose(self) -> None:
        await self.sender.aclose()


async def draft(engine: Engine, brief: Brief = PLAIN, key: str = "k") -> Campaign:
    return (await push.campaigns.create(engine, brief, key, EVA))[0]


async def previewed(engine: Engine, member: str, brief: Brief = PLAIN, key: str = "k") -> Preview:
    return await push.previews.preview(engine, (await draft(engine, brief, key)).id, member)


async def worked(engine: Engine, sender: Sender, campaign_id: str) -> Campaign:
    await jobs.work_off(engine, push.work.handlers(sender))
    return await push.campaigns.require(engine, campaign_id)


async def test_a_member_reads_a_campaign_in_every_language_before_it_goes(engine: Engine) -> None:
    anna = await enrol(engine, Person("Anna", "da-DK", ["anna"]))
    offered = Variant("b", {"en": "{offer.title}"}, {"en": "Until {offer.until}"}, 9_00)
    found = await previewed(engine, anna, replace(PLAIN, variants=(TEXT, offered), offer="mug"))
    assert found.fate == Fate(SENT)
    assert [(m.variant, m.locale, m.title, m.body) for m in found.messages] == [
        ("a", "en", "Hi Anna", "0"),
        ("a", "da", "Hej Anna", "0"),
        ("b", "en", "A mug", "Until March 5, 2026"),  # names and dates are of the text's language
    ]
    assert [m.is_theirs for m in found.messages].count(True) == 1
    assert all(m.size_bytes is not None and 200 < m.size_bytes < 600 for m in found.messages)
    assert await engine.mongo.count("deliveries", {}) == 0
    assert await engine.mongo.count("push_reached", {}) == 0


async def test_a_preview_says_what_would_become_of_it(engine: Engine, clock: Clock) -> None:
    anna = await enrol(engine, Person("Anna", tokens=["anna"]))
    bo = await enrol(engine, Person("Bo", tokens=["bo"], marketing=False))
    cleo = await enrol(engine, Person("Cleo"))
    assert (await previewed(engine, bo)).fate == Fate(OUT, "NO_CONSENT")
    assert (await previewed(engine, cleo)).fate == Fate(OUT, "NO_DEVICE")
    gold = replace(PLAIN, audience=segments.parse({"tier": {"is": "gold"}}))
    assert (await previewed(engine, anna, gold, "gold")).fate == Fate(OUT, "NOT_IN_AUDIENCE")
    most = replace(PLAIN, holdout_percent=90)
    fates = [(await previewed(engine, anna, most, f"h{n}")).fate for n in range(9)]
    assert Fate(OUT, "HOLDOUT") in fates
    await push.switches.off(engine, SwitchScope.MARKETING, "Wrong price", EVA)
    assert (await previewed(engine, anna)).fate == Fate(HELD, "SWITCHED_OFF")
    await push.switches.on(engine, "Price is right", EVA)
    clock.advance(days=181)
    assert (await previewed(engine, anna)).fate == Fate(OUT, "NO_DEVICE")


async def test_a_preview_minds_caps_and_quiet_hours(engine: Engine, fcm: Phones) -> None:
    anna = await enrol(engine, Person("Anna", tokens=["anna"]))
    await launch(engine, PLAIN, "first")
    await work(engine, fcm[1])
    once = replace(PLAIN, cap=Cap(1, 7))
    assert (await previewed(engine, anna, once, "once")).fate == Fate(OUT, "FREQUENCY_CAP")
    assert (await previewed(engine, anna)).fate == Fate(SENT)
    quiet = 'messaging: {quiet_hours: {since: "11:00", until: "13:00"}}\n'
    await program.publish(engine, PROGRAM + OFFER + quiet)
    held = (await previewed(engine, anna)).fate
    assert (held.status, held.until) == (HELD, engine.clock().replace(hour=13))


async def test_a_brief_is_rehearsed_without_being_kept(engine: Engine) -> None:
    for name in ("Anna", "Bo"):
        await enrol(engine, Person(name, tokens=[name]))
    rehearsal = await push.previews.rehearse(engine, PLAIN)
    assert (rehearsal.count, len(rehearsal.previews)) == (2, 2)
    assert {p.messages[0].title for p in rehearsal.previews} == {"Hi Anna", "Hi Bo"}
    assert await engine.mongo.count("campaigns", {}) == 0
    with pytest.raises(Refused):
        await push.previews.rehearse(engine, replace(PLAIN, offer="none"))


async def test_fcm_looks_at_every_text_and_nothing_is_shown(engine: Engine, fcm: Phones) -> None:
    standin, sender = fcm
    await enrol(engine, Person("Anna", tokens=["unregistered:1"]))
    made = await draft(engine)
    asked = await push.trials.validate(engine, made.id, EVA)
    assert asked.validation is not None
    assert (asked.validation.outcome, asked.validation.checks) == (CheckOutcome.WAITING, ())
    nobody = (await worked(engine, sender, made.id)).validation
    assert nobody is not None
    assert nobody.outcome is CheckOutcome.UNKNOWN
    await enrol(engine, Person("Bo", tokens=["bo"]))
    await push.trials.validate(engine, made.id, EVA)
    found = (await worked(engine, sender, made.id)).validation
    assert found is not None
    assert (found.outcome, found.version) == (CheckOutcome.PASSED, 1)
    assert [(c.variant, c.locale) for c in found.checks] == [("a", "en"), ("a", "da")]
    assert standin.deliveries() == []


async def test_a_launch_has_the_texts_looked_at_and_halts_where_one_is_refused(
    engine: Engine, fcm: Phones
) -> None:
    standin, sender = fcm
    await enrol(engine, Person("Anna", tokens=["anna"]))
    made = await draft(engine)
    later = Schedule(ScheduleKind.LOCAL, None, date(2026, 3, 9), time(18))
    await push.campaigns.launch(engine, made.id, 1, later, EVA)
    halted = await worked(engine, Answering(sender), made.id)
    assert (halted.status, halted.reason) == (CampaignStatus.PAUSED, "TEXT_REFUSED")
    assert halted.validation is not None
    assert halted.validation.outcome is CheckOutcome.REFUSED
    assert standin.deliveries() == []


async def test_nothing_is_sent_before_fcm_has_looked_at_the_texts(
    engine: Engine, fcm: Phones, clock: Clock
) -> None:
    refusing = Answering(fcm[1])
    await enrol(engine, Person("Anna", tokens=["anna"]))
    made = await draft(engine)
    await push.campaigns.launch(engine, made.id, 1, Schedule(), EVA)
    # Another worker has it in hand, and is slow.
    assert await engine.mongo.delete_many("jobs", {"kind": push.trials.VALIDATE_KIND}) == 1
    await work(engine, refusing)
    halted = await push.campaigns.require(engine, made.id)
    assert (halted.status, halted.reason) == (CampaignStatus.PAUSED, "TEXT_REFUSED")
    assert (refusing.sent, await engine.mongo.count("deliveries", {})) == ([], 0)
    await push.campaigns.resume(engine, made.id, EVA)  # who resumes it has it tried all the same
    for _ in range(3):
        clock.advance(minutes=1)
        await work(engine, refusing)
    assert (await push.campaigns.require(engine, made.id)).counts.failed == len(refusing.sent) == 1


async def test_what_cannot_be_looked_at_is_sent_all_the_same(engine: Engine, fcm: Phones) -> None:
    away = Answering(fcm[1], Outcome.TRANSIENT)
    await enrol(engine, Person("Anna", tokens=["anna"]))
    made = await draft(engine)
    await push.campaigns.launch(engine, made.id, 1, Schedule(), EVA)
    await work(engine, away)
    begun = await push.campaigns.require(engine, made.id)
    assert begun.validation is not None
    assert begun.validation.outcome is CheckOutcome.UNKNOWN
    assert (begun.status, len(away.sent)) == (CampaignStatus.SENDING, 1)


async def test_what_was_refused_as_a_draft_or_while_it_waited_is_halted_as_it_is_let_go(
    engine: Engine, fcm: Phones
) -> None:
    refusing = Answering(fcm[1])
    await program.publish(engine, PROGRAM + OFFER + "messaging: {four_eyes_above: 1}\n")
    for name in ("Anna", "Bo"):
        await enrol(engine, Person(name, tokens=[name]))
    later = Schedule(ScheduleKind.LOCAL, None, date(2026, 3, 9), time(18))
    made = await draft(engine)
    await push.trials.validate(engine, made.id, EVA)
    assert (await worked(engine, refusing, made.id)).status is CampaignStatus.DRAFT
    await push.campaigns.launch(engine, made.id, 1, later, EVA)
    assert (await worked(engine, refusing, made.id)).status is CampaignStatus.AWAITING_APPROVAL
    await push.campaigns.approve(engine, made.id, 1, "staff:bo")
    halted = await worked(engine, refusing, made.id)
    assert (halted.status, halted.reason) == (CampaignStatus.PAUSED, "TEXT_REFUSED")


async def test_a_test_goes_to_whom_it_names_once_and_counts_nowhere(
    engine: Engine, fcm: Phones
) -> None:
    standin, sender = fcm
    anna = await enrol(engine, Person("Anna", "da-DK", ["a1", "a2"]))
    bo = await enrol(engine, Person("Bo", tokens=["b1"], marketing=False))
    cleo = await enrol(engine, Person("Cleo", tokens=["c1"]))
    one_of_cleos = await register(engine, cleo, "c2")
    made = await draft(engine, replace(PLAIN, variants=(TEXT, replace(TEXT, id="b"))))
    to = Receivers((anna, bo), (one_of_cleos.id,))
    _, replayed = await push.trials.send(engine, made.id, to, "t1", EVA)
    assert not replayed
    (trial,) = (await worked(engine, sender, made.id)).trials
    assert trial.done_at == engine.clock()
    assert set(trial.results) == {
        Tried(member, variant, *became)
        for member, became in ((anna, (SENT,)), (bo, (OUT, "NO_CONSENT")), (cleo, (SENT,)))
        for variant in "ab"
    }
    got = sorted((d.token, d.message["notification"]["title"]) for d in standin.deliveries())
    assert got == [
        *[("a1", "Hej Anna")] * 2, *[("a2", "Hej Anna")] * 2, *[("c2", "Hi Cleo")] * 2,
    ]  # fmt: skip
    _, replayed = await push.trials.send(engine, made.id, to, "t1", EVA)
    await worked(engine, sender, made.id)
    assert (replayed, len(standin.deliveries())) == (True, 6)
    assert await engine.mongo.count("deliveries", {}) == 0
    assert await engine.mongo.count("push_reached", {}) == 0
    with pytest.raises(Refused) as reused:
        await push.trials.send(engine, made.id, Receivers((anna,)), "t1", EVA)
    assert reused.value.refusal == KeyReused("t1")


async def test_a_test_to_nobody_known_is_refused(engine: Engine) -> None:
    made = await draft(engine)
    with pytest.raises(Refused) as unknown:
        await push.trials.send(engine, made.id, Receivers(("mbr_none",)), "t1", EVA)
    assert unknown.value.refusal == MemberUnknown("mbr_none")
    for receivers in (Receivers(), Receivers((), ("dev_none",)), Receivers(("m",) * 21)):
        with pytest.raises(BadInput):
            await push.trials.send(engine, made.id, receivers, "t1", EVA)
    assert (await push.campaigns.require(engine, made.id)).trials == ()
