"""What a phone shows: the notification of a nudge or campaign, for one member as they are now."""

from collections.abc import Mapping
from typing import cast

from pydantic import ValidationError

from loyalty import messages
from loyalty.errors import BadInput
from loyalty.program import terms
from loyalty.push import payloads, rules
from loyalty.push.payloads import Notification, Text
from loyalty.push.rules import Brief, Campaign, Delivery
from loyalty.push.rules.briefs import Variant
from loyalty.push.service.readers import Reader, longest, personal

HOUR = 3_600
TTL_SECONDS = {"points_earned": 24 * HOUR, "tier_reached": 72 * HOUR, "campaign": 24 * HOUR}
HOME, WALLET, TIER = "stamkund://home", "stamkund://wallet/history", "stamkund://tier"
ANY_ID = "cmp_" + "0" * 32


def campaign(wanted: Campaign, variant: Variant, message_id: str, reader: Reader) -> Notification:
    """Write a campaign's message. Raises pydantic's ValidationError when it does not fit."""
    default = reader.program.default_language
    title = rules.in_language(variant.title, reader.locale, default)
    body = rules.in_language(variant.body, reader.locale, default)
    facts = personal(reader, rules.fields_of(title, body))
    meant = wanted.brief.audience.tier
    tier = next((t for t in reader.tiers().values() if t.id == meant), None)
    if tier is not None:
        facts["tier"] = reader.named(tier.name)
    shown = _filled(title, body, reader.locale, facts)
    return _campaign_message(wanted.brief, wanted.id, message_id, shown)


def sample(wanted: Brief, variant: Variant, language: str) -> Notification:
    """Write a campaign's message as long as it may well become, in one language."""
    title, body = variant.title[language], variant.body[language]
    shown = _filled(title, body, language, longest(rules.fields_of(title, body)))
    return _campaign_message(wanted, ANY_ID, rules.delivery_id(ANY_ID, "mbr_" + "0" * 32), shown)


def check_size(brief: Brief) -> None:
    """Refuse texts that cannot fit in a message. Raises BadInput."""
    for index, variant in enumerate(brief.variants):
        for language in variant.title:
            try:
                sample(brief, variant, language)
            except ValidationError as error:
                at = ("variants", index, "body", language)
                raise BadInput("longer than fits in a push message", at) from error


def _campaign_message(brief: Brief, campaign_id: str, message_id: str, shown: Text) -> Notification:
    data = payloads.Campaign(
        message_id=message_id, deep_link=brief.deep_link or HOME, campaign_id=campaign_id
    )
    return Notification(notification=shown, data=data, ttl_seconds=TTL_SECONDS[data.type])


def points_earned(delivery: Delivery, reader: Reader, entry_id: str) -> Notification:
    """Write that points were earned."""
    told, currency = delivery.data, str(delivery.data["currency"])
    facts = {
        "firstName": reader.profile.first_name or "",
        "points": reader.worth(cast(int, told["points"]), currency),
        "balance": reader.worth(reader.balance(currency), currency),
        "tier": next((reader.named(t.name) for t in reader.tiers().values()), ""),
        "benefits": "",
    }
    kind = "EVENT" if told.get("activity") == "event" else "PURCHASE"
    kinds = (f"POINTS_EARNED_{kind}_TITLE", "POINTS_EARNED_BODY")
    data = payloads.PointsEarned(message_id=delivery.id, deep_link=WALLET, entry_id=entry_id)
    shown = _nudge("POINTS_EARNED", kinds, facts, reader)
    return Notification(notification=shown, data=data, ttl_seconds=TTL_SECONDS[data.type])


def tier_reached(delivery: Delivery, reader: Reader) -> Notification | None:
    """Write that a tier was reached; None when that is long ago, or another one is by now."""
    status = reader.status(str(delivery.data["ladder"]))
    tier = status.tier if status else None
    if status is None or tier is None or tier.id != delivery.data["tier"]:
        return None
    if status.reached_at is None or rules.is_stale(status.reached_at, reader.now):
        return None
    benefits = [reader.named(benefit.name) for benefit in status.benefits]
    facts = {
        "firstName": reader.profile.first_name or "",
        "points": "",
        "balance": reader.balance(),
        "tier": reader.named(tier.name),
        "benefits": benefits,
    }
    body = "TIER_REACHED_BENEFITS_BODY" if benefits else "TIER_REACHED_BODY"
    data = payloads.TierReached(message_id=delivery.id, deep_link=TIER, tier_id=tier.id)
    shown = _nudge("TIER_REACHED", ("TIER_REACHED_TITLE", body), facts, reader)
    return Notification(notification=shown, data=data, ttl_seconds=TTL_SECONDS[data.type])


def _nudge(
    trigger: str, kinds: tuple[str, str], facts: Mapping[str, object], reader: Reader
) -> Text:
    """Take the program's texts for a nudge, and the catalogue's where it has none that work."""
    listed = next((n for n in reader.program.nudges if n.on == trigger and n.enabled), None)
    own = (listed.title, listed.body) if listed else (None, None)
    written = []
    for kind, text in zip(kinds, own, strict=True):
        template = reader.named(text) if text is not None else None
        fields = terms.fields_of(template) if template else None
        if template is not None and fields is not None and fields <= terms.NUDGE_FIELDS[trigger]:
            written.append(rules.fill(template, reader.locale, facts))
        else:
            written.append(messages.render(kind, reader.locale, **facts))
    return Text(title=written[0], body=written[1])


def _filled(title: str, body: str, locale: str, facts: Mapping[str, object]) -> Text:
    return Text(
        title=rules.fill(title, locale, facts) or " ", body=rules.fill(body, locale, facts) or " "
    )
