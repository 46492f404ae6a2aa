"""What staff try before a campaign goes out; a worker asks FCM, and sends the tests."""

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import groupby

from pydantic import ValidationError

from loyalty import jobs, members, program
from loyalty.commands import check_key
from loyalty.engine import Engine
from loyalty.errors import BadInput, KeyReused, MemberUnknown, Refused
from loyalty.jobs import Handler, Held, Job
from loyalty.members import contact
from loyalty.push import rules, store
from loyalty.push.fcm import Outcome, Outgoing, Receipt, Sender
from loyalty.push.payloads import Address, AddressKind, Notification, to_message
from loyalty.push.rules import Campaign, DeliveryStatus, Device, Reason
from loyalty.push.rules.briefs import Variant
from loyalty.push.rules.campaigns import RUNNING
from loyalty.push.rules.judging import Recipient
from loyalty.push.rules.trials import (
    Check,
    CheckOutcome,
    Gap,
    Receivers,
    Trial,
    Tried,
    Validation,
    check_receivers,
    checked,
    tried,
)
from loyalty.push.service import campaigns, previews, texts
from loyalty.push.service.campaigns import VALIDATE_KIND
from loyalty.push.service.readers import Reader

__all__ = [
    "TRIAL_KIND",
    "VALIDATE_KIND",
    "Check",
    "CheckOutcome",
    "Gap",
    "Receivers",
    "Trial",
    "Tried",
    "Validation",
    "may_begin",
    "send",
    "senders",
    "validate",
    "validators",
]

TRIAL_KIND = "campaign.trial"
ASKED_THROUGH = 5  # devices at most, as some may be gone


async def validate(engine: Engine, campaign_id: str, actor: str) -> Campaign:
    """Check a campaign against the program, and let a worker ask FCM about every text of it.

    Raises BadInput; Refused as `campaigns.check`, and with CampaignUnknown.
    """
    campaign = await campaigns.require(engine, campaign_id)
    await campaigns.check(engine, campaign.brief)
    await campaigns.have_checked(engine, campaign, actor)
    return await campaigns.require(engine, campaign_id)


def validators(sender: Sender) -> Handler:
    """Give what asks FCM about the texts of a campaign, and halts it where one is refused."""
    return partial(_validate, sender=sender)


async def _validate(engine: Engine, held: Held, sender: Sender) -> None:
    campaign_id, version = held.job.data["campaign"], held.job.data["version"]
    campaign = await campaigns.find(engine, campaign_id)
    if campaign is not None and campaign.version == version:
        await _ask(engine, sender, campaign)


async def may_begin(engine: Engine, sender: Sender, campaign: Campaign) -> bool:
    """Tell whether a campaign may begin to be sent: FCM refuses none of its texts.

    Where it has not taken them before, it is asked now, for as long as the sender waits for an
    answer; one that cannot be asked holds up nothing. What is refused is halted.
    """
    if campaign.status not in RUNNING or not rules.campaigns.is_to_be_checked(campaign):
        return True
    return await _ask(engine, sender, campaign)


async def _ask(engine: Engine, sender: Sender, campaign: Campaign) -> bool:
    """Ask FCM about the texts of a campaign; where it refuses one, halt it if it runs: False."""
    checks = await _checks(engine, sender, campaign)
    now = engine.clock()
    await store.trials.answered(engine.mongo, campaign.id, campaign.version, checks, now)
    if not any(check.outcome is CheckOutcome.REFUSED for check in checks):
        return True
    await store.campaigns.halt(engine.mongo, campaign.id, rules.campaigns.TEXT_REFUSED, now)
    return False


async def _checks(engine: Engine, sender: Sender, campaign: Campaign) -> list[Check]:
    """Ask about each text through a device that takes messages; nothing is shown on it."""
    gaps = await _gaps(engine, campaign)
    asked = [(v, locale) for v in campaign.brief.variants for locale in v.title]
    found = [Receipt("", Outcome.UNKNOWN, "NO_DEVICE") for _ in asked]
    for device in await store.devices.some(engine.mongo, ASKED_THROUGH):
        messages = [texts.sample(campaign.brief, variant, locale) for variant, locale in asked]
        found = await sender.send([_outgoing(engine, m, device, True) for m in messages])
        if not any(rules.is_dead(receipt) for receipt in found):
            break
    return [
        Check(variant.id, locale, *checked(receipt), gaps.get((variant.id, locale), ()))
        for (variant, locale), receipt in zip(asked, found, strict=True)
    ]


async def _gaps(engine: Engine, campaign: Campaign) -> Mapping[tuple[str, str], tuple[Gap, ...]]:
    """Say what some of the audience have not; nothing where the program knows it no more."""
    try:
        return await previews.gaps(engine, campaign)
    except Refused:
        return {}


async def send(
    engine: Engine, campaign_id: str, receivers: Receivers, key: str, actor: str
) -> tuple[Campaign, bool]:
    """Let a worker send every wording to members and devices, once for the key; it counts nowhere.

    Says whether it was asked for before. Raises BadInput; Refused with CampaignUnknown,
    MemberUnknown, or KeyReused where the key was used for other receivers.
    """
    check_key(key)
    check_receivers(receivers)
    campaign = await campaigns.require(engine, campaign_id)
    if _asked(campaign, key) is None:
        await _check_known(engine, receivers)
    now = engine.clock()
    is_new = await store.trials.add(engine.mongo, campaign_id, Trial(key, now, actor, receivers))
    campaign = await campaigns.require(engine, campaign_id)
    asked = _asked(campaign, key)
    if asked is not None and asked.receivers != receivers:
        raise Refused(KeyReused(key))
    data = {"campaign": campaign_id, "key": key}
    await jobs.enqueue(engine.mongo, [Job(f"{campaign_id}:trial:{key}", TRIAL_KIND, now, data)])
    return campaign, not is_new


def _asked(campaign: Campaign, key: str) -> Trial | None:
    return next((trial for trial in campaign.trials if trial.key == key), None)


async def _check_known(engine: Engine, receivers: Receivers) -> None:
    for member_id in receivers.member_ids:
        if await members.find(engine, member_id) is None:
            raise Refused(MemberUnknown(member_id))
    for index, device_id in enumerate(receivers.device_ids):
        if await store.devices.find(engine.mongo, device_id) is None:
            raise BadInput("there is no such device", ("deviceIds", index))


def senders(sender: Sender) -> Handler:
    """Give what sends tests; one whose worker died in the middle is sent again."""
    return partial(_send, sender=sender)


async def _send(engine: Engine, held: Held, sender: Sender) -> None:
    campaign_id, key = held.job.data["campaign"], held.job.data["key"]
    campaign = await campaigns.find(engine, campaign_id)
    trial = _asked(campaign, key) if campaign else None
    if campaign is None or trial is None or trial.done_at is not None:
        return
    results: list[Tried] = []
    for member_id, devices in await _devices(engine, trial.receivers):
        results += await _send_to(engine, sender, campaign, (member_id, devices))
    await store.trials.sent(engine.mongo, campaign_id, key, results, engine.clock())


async def _devices(engine: Engine, receivers: Receivers) -> list[tuple[str, list[Device]]]:
    """Give the devices that are meant, by the member whose they are now."""
    owned = await store.devices.of_members(engine.mongo, receivers.member_ids)
    named = [await store.devices.find(engine.mongo, id) for id in receivers.device_ids]
    alone = sorted((d for d in named if d is not None), key=lambda device: device.member_id)
    of_members = [(member_id, owned.get(member_id, [])) for member_id in receivers.member_ids]
    return of_members + [(k, list(of)) for k, of in groupby(alone, key=lambda d: d.member_id)]


async def _send_to(
    engine: Engine, sender: Sender, campaign: Campaign, to: tuple[str, Sequence[Device]]
) -> list[Tried]:
    """Send every wording to one receiver who may be written to, however late or often it is."""
    member_id, devices = to
    state = await members.find(engine, member_id)
    if state is None:
        return []
    recipient = Recipient(members.profile_of(state), contact.preferences_of(state), len(devices))
    delivery = previews.delivery_of(campaign, member_id, engine.clock())
    variants = campaign.brief.variants
    if reason := rules.judging.why_not(delivery, recipient):
        return [Tried(member_id, v.id, DeliveryStatus.SUPPRESSED, reason) for v in variants]
    reader = previews.reader_of(campaign, state, await program.active(engine), engine.clock())
    results = []
    for variant in variants:
        message_id = rules.delivery_id(campaign.id, f"test-{variant.id}-{engine.new_id()}")
        shown = _shown(campaign, variant, message_id, reader)
        if isinstance(shown, Notification):
            receipts = await sender.send([_outgoing(engine, shown, d, False) for d in devices])
            results.append(Tried(member_id, variant.id, *tried(receipts)))
        else:
            results.append(Tried(member_id, variant.id, *shown))
    return results


def _shown(
    campaign: Campaign, variant: Variant, message_id: str, reader: Reader
) -> Notification | tuple[DeliveryStatus, str]:
    """Write a message, or say what becomes of it as it cannot be."""
    if not all(texts.words(variant, reader)):
        return DeliveryStatus.SUPPRESSED, Reason.NOTHING_TO_SAY
    try:
        return texts.campaign(campaign, variant, message_id, reader)
    except ValidationError:
        return DeliveryStatus.FAILED, rules.TOO_LARGE


def _outgoing(
    engine: Engine, message: Notification, device: Device, validate_only: bool
) -> Outgoing:
    kind = AddressKind(device.token_kind.value.lower())
    address = Address(value=device.token, kind=kind)
    made = to_message(message, address, engine.clock())
    return Outgoing(device.id, made, validate_only=validate_only)
