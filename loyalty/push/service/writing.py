"""A message for one member, written and encoded for each of their devices; whether it goes is not
decided here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from loyalty.engine import Engine
from loyalty.push import rules
from loyalty.push.fcm import Outgoing
from loyalty.push.fcm.moulds import Mould, mould
from loyalty.push.payloads import Address, AddressKind, to_message
from loyalty.push.rules import Campaign, Delivery, Device
from loyalty.push.service import texts, wording
from loyalty.push.service.readers import Reader
from loyalty.values import value


@value
class Written:
    """A delivery with what is shown, and its message for each device."""

    delivery: Delivery
    outgoing: tuple[Outgoing, ...]


@dataclass(frozen=True, slots=True)
class Moulds:
    """What the messages of a campaign have in common at a moment, for each kind of address."""

    campaign: Campaign
    now: datetime
    made: dict[AddressKind, Mould] = field(default_factory=dict)

    def of(self, kind: AddressKind) -> Mould:
        """Give the mould for a kind of address."""
        if kind not in self.made:
            self.made[kind] = mould(texts.model(self.campaign), kind, self.now)
        return self.made[kind]


def campaign(
    moulds: Moulds, delivery: Delivery, reader: Reader, devices: Sequence[Device]
) -> Written | None:
    """Write a campaign's message; None where it says nothing. Raises ValueError when too large."""
    wanted = moulds.campaign
    variant = rules.campaigns.variant_for(wanted, delivery.member_id)
    title, body = words = texts.words(variant, reader)
    if not (title and body):
        return None
    shown = replace(
        delivery,
        title=title,
        body=body,
        deep_link=wanted.brief.deep_link or texts.HOME,
        type="campaign",
        locale=reader.locale,
        variant=variant.id,
    )
    outgoing = (
        Outgoing(device.id, moulds.of(_kind(device)).cast(words, delivery.id, device.token))
        for device in devices
    )
    return Written(shown, tuple(outgoing))


async def nudge(
    engine: Engine, delivery: Delivery, reader: Reader, devices: Sequence[Device]
) -> Written | None:
    """Write a nudge; None where it is no news any more. Raises ValueError when it does not fit."""
    notification = await wording.nudge(engine, delivery, reader)
    if notification is None:
        return None
    text, data = notification.notification, notification.data
    shown = replace(
        delivery,
        title=text.title,
        body=text.body,
        deep_link=data.deep_link,
        type=data.type,
        locale=reader.locale,
        details=data.details,
    )
    outgoing = (
        Outgoing(device.id, to_message(notification, _address(device), reader.now))
        for device in devices
    )
    return Written(shown, tuple(outgoing))


def _kind(device: Device) -> AddressKind:
    return AddressKind(device.token_kind.value.lower())


def _address(device: Device) -> Address:
    return Address(value=device.token, kind=_kind(device))
