"""A campaign before it goes out: how a member would read it, and whether they would get it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pydantic import ValidationError

from loyalty import members, offers, program, segments
from loyalty.engine import Engine
from loyalty.errors import MemberUnknown, Refused
from loyalty.members import Purpose, contact
from loyalty.program import Version
from loyalty.push import rules, store
from loyalty.push.payloads import Category
from loyalty.push.rules import (
    Brief,
    Campaign,
    CampaignStatus,
    Cap,
    Delivery,
    DeliveryStatus,
    Device,
    Reason,
    Schedule,
)
from loyalty.push.rules.briefs import Variant
from loyalty.push.rules.judging import Recipient
from loyalty.push.rules.trials import Gap
from loyalty.push.service import campaigns, texts
from loyalty.push.service.readers import Reader
from loyalty.states import State

__all__ = [
    "NOT_IN_AUDIENCE",
    "Fate",
    "Gap",
    "Message",
    "Preview",
    "Rehearsal",
    "delivery_of",
    "gaps",
    "preview",
    "reader_of",
    "rehearse",
]

NOT_IN_AUDIENCE = "NOT_IN_AUDIENCE"
UNSAID = Reason.NOTHING_TO_SAY.value
SAMPLE = 3
LOOKED_AT = 50
PATIENCE = timedelta(milliseconds=500)
AT_ONCE = Schedule()


@dataclass(frozen=True, slots=True)
class Message:
    """One wording in one language as the member would read it; `problem` where it cannot be sent.

    `is_theirs` says that this is the one they would get, `missing` which of its fields they have
    not.
    """

    variant: str
    locale: str
    title: str
    body: str
    size_bytes: int | None
    is_theirs: bool
    problem: str | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fate:
    """What would become of the message now: SENT, HELD `until` an instant, or SUPPRESSED, why."""

    status: DeliveryStatus
    reason: str | None = None
    until: datetime | None = None

    def __str__(self) -> str:
        """Say it in a line."""
        more = self.reason or (f"until {self.until:%Y-%m-%d %H:%M} UTC" if self.until else "")
        return f"{self.status} {more}".strip()


@dataclass(frozen=True, slots=True)
class Preview:
    """A campaign as one member would read it, and what would become of it."""

    member_id: str
    fate: Fate
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """To how many a campaign would go, or about how many, and how some of them would read it.

    `opens_at` is when the first message may go; where `needs_second`, a second person has to agree
    before. `gaps` are by wording and language; `unheard` are names in the audience that may be
    misspelt.
    """

    count: int
    opens_at: datetime
    needs_second: bool
    previews: tuple[Preview, ...]
    gaps: Mapping[tuple[str, str], tuple[Gap, ...]]
    unheard: tuple[segments.Unheard, ...]


async def preview(engine: Engine, campaign_id: str, member_id: str) -> Preview:
    """Show a campaign as a member would read it now, in each language; nothing is sent or counted.

    Raises Refused with CampaignUnknown, MemberUnknown or ProgramMissing.
    """
    campaign = await campaigns.require(engine, campaign_id)
    state = await members.find(engine, member_id)
    if state is None:
        raise Refused(MemberUnknown(member_id))
    return await _preview(engine, campaign, state)


async def rehearse(engine: Engine, brief: Brief, schedule: Schedule = AT_ONCE) -> Rehearsal:
    """Count the audience of a brief that is kept nowhere, and show how some of it would read it.

    Raises BadInput, Refused as `campaigns.create` and `campaigns.launch`.
    """
    brief = await campaigns.with_audience(engine, brief)
    await campaigns.check(engine, brief)
    rules.briefs.check_schedule(schedule)
    rules.judging.must_be_ahead(schedule, engine.clock())
    found = await segments.preview(engine, brief.audience, LOOKED_AT, engine.clock())
    version, now = await program.active(engine), engine.clock()
    four_eyes = version.program.messaging.four_eyes_above
    campaign = Campaign(texts.ANY_ID, brief, CampaignStatus.DRAFT, now, "", schedule=schedule)
    previews = [await _preview(engine, campaign, state) for state in found.sample[:SAMPLE]]
    readers = [reader_of(campaign, state, version, now) for state in found.sample]
    return Rehearsal(
        count=found.estimate,
        opens_at=schedule.opens_at(now),
        needs_second=rules.campaigns.launching(found.most, four_eyes) is rules.Act.SUBMIT,
        previews=tuple(previews),
        gaps=gaps_of(brief, readers),
        unheard=found.unheard,
    )


async def gaps(engine: Engine, campaign: Campaign) -> Mapping[tuple[str, str], tuple[Gap, ...]]:
    """Say which fields of its texts some of an audience have not, by wording and language.

    Looked at are a few of it. Raises Refused with SegmentNamesUnknown or ProgramMissing.
    """
    version, now = await program.active(engine), engine.clock()
    audience = campaign.brief.audience
    found = await segments.preview(engine, audience, LOOKED_AT, now, patience=PATIENCE)
    readers = [reader_of(campaign, state, version, now) for state in found.sample]
    return gaps_of(campaign.brief, readers)


def gaps_of(brief: Brief, readers: Sequence[Reader]) -> Mapping[tuple[str, str], tuple[Gap, ...]]:
    """Count which fields of each text some readers have not."""
    return {
        (variant.id, language): found
        for variant in brief.variants
        for language in variant.title
        if (found := _gaps(variant, language, readers))
    }


def _gaps(variant: Variant, language: str, readers: Sequence[Reader]) -> tuple[Gap, ...]:
    without = Counter(
        name for reader in readers for name in texts.missing(variant, language, reader)
    )
    return tuple(Gap(name, count, len(readers)) for name, count in sorted(without.items()))


async def _preview(engine: Engine, campaign: Campaign, state: State) -> Preview:
    version, now = await program.active(engine), engine.clock()
    fresh = rules.seen_since(now, version.program.messaging.device_days)
    owned = await store.devices.of_members(engine.mongo, [state.member_id], fresh)
    reader = reader_of(campaign, state, version, now)
    fate = await _fate(engine, campaign, reader, owned.get(state.member_id, []))
    return Preview(state.member_id, fate, tuple(_messages(campaign, reader)))


def reader_of(campaign: Campaign, state: State, version: Version, now: datetime) -> Reader:
    """Give the member as who reads it; an offer that comes with it is as if they had it by now."""
    profile = members.profile_of(state)
    reader = Reader(state, profile, version.program, now)
    offer = version.program.offer(campaign.brief.offer) if campaign.brief.offer else None
    if offer is None:
        return reader
    return replace(reader, held=offers.personal.imagined(offer, version, now))


def _messages(campaign: Campaign, reader: Reader) -> Iterator[Message]:
    member_id = reader.state.member_id
    theirs = rules.campaigns.variant_for(campaign, member_id).id
    default = reader.program.default_language
    for variant in campaign.brief.variants:
        own = rules.chosen(variant.title, reader.locale, default)
        for locale in variant.title:
            reads = replace(reader, profile=replace(reader.profile, locale=locale))
            # Who reads this language by themselves reads it with their own numbers and dates.
            reads = reader if locale == own else reads
            title, body = texts.words(variant, reads)
            is_theirs = variant.id == theirs and locale == own
            missing = tuple(texts.missing(variant, locale, reads))
            size, problem = _size(campaign, variant, reads) if title and body else (None, UNSAID)
            yield Message(variant.id, locale, title, body, size, is_theirs, problem, missing)


def _size(campaign: Campaign, variant: Variant, reader: Reader) -> tuple[int | None, str | None]:
    """Give how large a message is, or why it cannot be sent."""
    message_id = rules.delivery_id(campaign.id, reader.state.member_id)
    try:
        return texts.campaign(campaign, variant, message_id, reader).size_bytes, None
    except ValidationError:
        return None, rules.TOO_LARGE


async def _fate(engine: Engine, campaign: Campaign, reader: Reader, devices: list[Device]) -> Fate:
    """Say what would become of a message now, in the order in which it is decided; note nothing."""
    now, terms, state = reader.now, reader.program, reader.state
    delivery = delivery_of(campaign, state.member_id, now)
    recipient = Recipient(reader.profile, contact.preferences_of(state), len(devices))
    if not await segments.matches(engine, campaign.brief.audience, state, now):
        return Fate(DeliveryStatus.SUPPRESSED, NOT_IN_AUDIENCE)
    switched = await store.switches.find(engine.mongo)
    if switched is not None and switched.keeps(Purpose.MARKETING):
        return Fate(DeliveryStatus.HELD, Reason.SWITCHED_OFF)
    if reason := rules.judging.why_not(delivery, recipient):
        return Fate(DeliveryStatus.SUPPRESSED, reason)
    variant = rules.campaigns.variant_for(campaign, state.member_id)
    if not all(texts.words(variant, reader)):
        return Fate(DeliveryStatus.SUPPRESSED, Reason.NOTHING_TO_SAY)
    if rules.campaigns.is_held_out(campaign, state.member_id):
        return Fate(DeliveryStatus.SUPPRESSED, Reason.HOLDOUT)
    quiet = recipient.quiet(terms.messaging)
    wait = rules.judging.wait(delivery, recipient, quiet, campaign.schedule, now)
    if isinstance(wait, Reason):
        return Fate(DeliveryStatus.SUPPRESSED, wait)
    caps = [campaign.brief.cap] if campaign.brief.cap else list(terms.messaging.caps)
    sent = await store.reached.sent_to(engine.mongo, {state.member_id})
    if rules.is_capped(
        [*sent[state.member_id].values()], [Cap(cap.count, cap.days) for cap in caps], now
    ):
        return Fate(DeliveryStatus.SUPPRESSED, Reason.FREQUENCY_CAP)
    return Fate(DeliveryStatus.HELD, until=wait) if wait else Fate(DeliveryStatus.SENT)


def delivery_of(campaign: Campaign, member_id: str, now: datetime) -> Delivery:
    """Give the message a member would get, as if it was about to be sent."""
    return Delivery(
        id=rules.delivery_id(campaign.id, member_id),
        campaign_id=campaign.id,
        member_id=member_id,
        category=Category.CAMPAIGN,
        status=DeliveryStatus.PENDING,
        reason=None,
        title=None,
        body=None,
        created_at=now,
        purpose=Purpose.MARKETING,
    )
