"""A shop whose members have phones: a program with tiers, devices, and a sender to the stand-in."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from api.fcm_standin import FcmStandin
from loyalty import jobs, members, program, push, reactions
from loyalty.engine import Engine
from loyalty.members import Channel, Consent, Enrolment, ProfileInput, Purpose
from loyalty.push import (
    Brief,
    Campaign,
    Device,
    DeviceInput,
    Platform,
    Schedule,
    TokenKind,
    store,
)
from loyalty.push.fcm import (
    FixedToken,
    Heard,
    LeanSender,
    Limits,
    Outgoing,
    Project,
    Receipt,
    Room,
    Sender,
    to_nobody,
)
from loyalty.push.rules.trials import Check, CheckOutcome

PROGRAM = """
format: 1
id: shop
name: Shop
money: USD
default_language: en
currencies:
  - {id: points, name: points}
  - {id: status, kind: QUALIFYING, name: status points}
earning_rules:
  - {id: plain, name: Plain, currency: points, effect: {kind: PER_AMOUNT, points: 1, per: "1.00"}}
  - {id: climb, name: Climb, currency: status, effect: {kind: PER_AMOUNT, points: 1, per: "1.00"}}
  - id: review
    name: Review
    trigger: EVENT
    event: review
    currency: points
    effect: {kind: FIXED, points: 1}
ladders:
  - id: main
    name: Main
    tiers:
      - {id: basic, name: {en: Basic, da: Basis}}
      - id: silver
        name: {en: Silver, da: Sølv}
        threshold: {spend: "100.00"}
        benefits: [{id: ship, kind: FREE_SHIPPING, name: {en: Free shipping, da: Fri fragt}}]
      - {id: gold, name: {en: Gold, da: Guld}, threshold: {spend: "500.00"}}
"""


async def open_shop(engine: Engine, more: str = "") -> None:
    """Prepare push and publish the program, with `more` of it."""
    await push.prepare(engine)
    await program.publish(engine, PROGRAM + more)


@dataclass(frozen=True)
class Person:
    """Who is to be enrolled: by name, language, phones, and a yes or no to marketing or service."""

    name: str
    locale: str = "en-US"
    tokens: Sequence[str] = ()
    marketing: bool = True
    service: bool = True


async def enrol(engine: Engine, person: Person) -> str:
    """Enrol a person with their phones; give the member's id."""
    profile = ProfileInput(first_name=person.name, locale=person.locale)
    enrolled = await members.enrol(engine, Enrolment(external_id=person.name, profile=profile))
    told = ((Purpose.MARKETING, person.marketing), (Purpose.SERVICE, person.service))
    consents = [
        Consent(purpose, Channel.PUSH, granted, engine.clock(), "test") for purpose, granted in told
    ]
    await members.set_consents(engine, enrolled.member_id, consents)
    for token in person.tokens:
        await register(engine, enrolled.member_id, token)
    return enrolled.member_id


async def register(engine: Engine, member_id: str, token: str) -> Device:
    """Register a phone."""
    wanted = DeviceInput(token, TokenKind.FID, Platform.IOS, "1.0")
    return await push.devices.register(engine, member_id, wanted)


@asynccontextmanager
async def phones() -> AsyncIterator[tuple[FcmStandin, Sender]]:
    """Run the stand-in, and give a sender to it."""
    async with FcmStandin(keep_count=100_000) as standin:
        sender = LeanSender(Project("demo", FixedToken()), endpoint=standin.url)
        yield standin, sender
        await sender.aclose()


async def work(engine: Engine, sender: Sender) -> int:
    """Let a worker run until there is nothing to do; give how much it did."""
    total = 0
    while done := (
        await reactions.react(engine)
        + await push.run_once(engine, sender)
        + await do_jobs(engine, sender)
    ):
        total += done
    return total


async def do_jobs(engine: Engine, sender: Sender) -> int:
    """Do the jobs of push that are due, until none is; give how many there were."""
    handlers, total = push.work.handlers(sender), 0
    while taken := await jobs.take(engine, handlers, jobs.Lease(engine.new_id()), 4):
        for held in taken:
            await jobs.run(engine, held, handlers[held.job.kind])
        total += len(taken)
    return total


async def launch(engine: Engine, brief: Brief, key: str = "spring-1") -> Campaign:
    """Write a campaign and launch it, to be sent at once; FCM is not asked about its texts."""
    made, replayed = await push.campaigns.create(engine, brief, key, "staff:eva")
    assert not replayed
    launched = await push.campaigns.launch(engine, made.id, made.version, Schedule(), "staff:eva")
    return await have_passed(engine, launched)


async def have_passed(engine: Engine, launched: Campaign) -> Campaign:
    """Let FCM have taken a text of a campaign, without asking it."""
    await engine.mongo.delete_many("jobs", {"kind": "campaign.validate"})
    passed = [Check("a", "en", CheckOutcome.PASSED)]
    await store.trials.answered(engine.mongo, launched.id, launched.version, passed, engine.clock())
    return await campaign(engine, launched.id)


async def campaign(engine: Engine, campaign_id: str) -> Campaign:
    """Read a campaign that is there."""
    found = await push.campaigns.find(engine, campaign_id)
    assert found is not None
    return found


def shown(standin: FcmStandin) -> list[tuple[str, str, str]]:
    """List what phones showed: token, title, body; in order of the token."""
    return sorted(
        (d.token, d.message["notification"]["title"], d.message["notification"]["body"])
        for d in standin.deliveries()
    )


class Killed(BaseException):
    """The worker is no more."""


@dataclass
class Mortal:
    """A sender whose worker dies: before anything was sent, or when all of it was."""

    sender: Sender
    before: bool = False
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
        if not messages:
            return []
        if not self.before:
            await self.sender.send(messages)
        raise Killed

    async def aclose(self) -> None:
        await self.sender.aclose()
