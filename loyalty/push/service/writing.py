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
from loyalty.push.rules import Campaign, Delivery, Device, TokenKind
from loyalty.push.service import texts, wording
from loyalty.push.service.readers import Reader
from loyalty.push.service.texts import Wording
from loyalty.values import value


@value
class Written:
    """A delivery with what is shown, and its message for each device."""

    delivery: Delivery
    outgoing: tuple[Outgoing, ...]


@dataclass(frozen=True, slots=True)
class Moulds:
    """What the messages of a campaign have in common at a moment.

    That is the mould for each kind of token, and each variant as it is read by a locale.
    """

    campaign: Campaign
    now: datetime
    made: dict[TokenKind, Mould] = field(default_factory=dict)
    read: dict[tuple[str, str], Wording] = field(default_factory=dict)

    def of(self, kind: TokenKind) -> Mould:
        """Give the mould for a kind of token."""
        if kind not in self.made:
            self.made[kind] = mould(texts.model(self.campaign), _address_kind(kind), self.now)
        return self.made[kind]

    def wording(self, variant_id: str, reader: Reader) -> Wording:
        """Give a variant as somebody reads it."""
        key = (variant_id, reader.locale)
        if key not in self.read:
            variant = next(one for one in self.campaign.brief.variants if one.id == variant_id)
            default = reader.program.default_language
            self.read[key] = texts.wording(variant, reader.locale, default)
        return self.read[key]


def campaign(
    moulds: Moulds, delivery: Delivery, reader: Reader, devices: Sequence[Device]
) -> Written | None:
    """Write a campaign's message; None where it says nothing. Raises ValueError when too large."""
    wanted = moulds.campaign
    variant_id = delivery.variant or rules.campaigns.variant_for(wanted, delivery.member_id).id
    title, body = words = texts.filled(moulds.wording(variant_id, reader), reader)
    if not (title and body):
        return None
    shown = replace(
        delivery,
        title=title,
        body=body,
        deep_link=wanted.brief.deep_link or texts.HOME,
        type="campaign",
        locale=reader.locale,
        variant=variant_id,
    )
    outgoing = (
        Outgoing(device.id, moulds.of(device.token_kind).cast(words, delivery.id, device.token))
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


def _address_kind(kind: TokenKind) -> AddressKind:
    return AddressKind(kind.value.lower())


def _address(device: Device) -> Address:
    return Address(value=device.token, kind=_address_kind(device.token_kind))
