"""The words of a campaign: its notification for one member as they are now, and its samples."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from loyalty.errors import BadInput
from loyalty.languages import chain
from loyalty.messages import written
from loyalty.push import payloads, rules
from loyalty.push.payloads import Notification, Text
from loyalty.push.rules import Brief, Campaign
from loyalty.push.rules.briefs import Variant
from loyalty.push.service.readers import Reader, longest, personal

HOUR = 3_600
TTL_SECONDS = 24 * HOUR
HOME = "stamkund://home"
ANY_ID = "cmp_" + "0" * 32


def campaign(wanted: Campaign, variant: Variant, message_id: str, reader: Reader) -> Notification:
    """Write a campaign's message. Raises pydantic's ValidationError when it does not fit."""
    title, body = words(variant, reader)
    return _campaign_message(wanted.brief, wanted.id, message_id, Text(title=title, body=body))


@dataclass(frozen=True, slots=True)
class Wording:
    """A variant as all read it who have a locale: its texts, and the fields that they name.

    Names, numbers and dates are written for `locale`: another than the members' where the text is
    missing in their language.
    """

    title: str
    body: str
    locale: str
    fields: frozenset[str]


def wording(variant: Variant, locale: str, default: str) -> Wording:
    """Choose the texts of a variant for a locale; `default` is the program's language."""
    title = rules.in_language(variant.title, locale, default)
    body = rules.in_language(variant.body, locale, default)
    language = rules.chosen(variant.title, locale, default)
    spoken = locale if not language or language in chain(locale) else language
    return Wording(title, body, spoken, rules.fields_of(title, body))


def words(variant: Variant, reader: Reader) -> tuple[str, str]:
    """Write the title and the body of a campaign's message; empty where they say nothing."""
    return filled(_read_by(reader, variant), reader)


def filled(read: Wording, reader: Reader) -> tuple[str, str]:
    """Fill a wording in for one of those who read it; empty where it says nothing to them."""
    facts = personal(reader.speaking(read.locale), read.fields) if read.fields else {}
    return _words(read.title, read.body, read.locale, facts)


def _read_by(reader: Reader, variant: Variant) -> Wording:
    return wording(variant, reader.locale, reader.program.default_language)


def may_say_nothing(brief: Brief) -> bool:
    """Tell whether a text of a brief says nothing to a member who has none of its fields."""
    return any(rules.templates.needs_fields(text) for *_, text in brief.texts())


def says_nothing(variant: Variant, reader: Reader) -> bool:
    """Tell whether a title or body says nothing to a member, whatever comes with the message."""
    read = _read_by(reader, variant)
    return any(
        rules.templates.needs_fields(text)
        and not rules.fields_of(text) & rules.OFFER_FIELDS
        and not rules.fill(text, reader.locale, personal(reader, rules.fields_of(text)))
        for text in (read.title, read.body)
    )


def missing(variant: Variant, language: str, reader: Reader) -> list[str]:
    """Name the fields of a text that a member has not."""
    facts = personal(reader, rules.fields_of(variant.title[language], variant.body[language]))
    return sorted(name for name, fact in facts.items() if not written(fact, reader.locale))


def model(wanted: Campaign) -> Notification:
    """Give what a campaign's messages have in common, with any words and any id."""
    return _campaign_message(wanted.brief, wanted.id, wanted.id, Text(title="-", body="-"))


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
    return Notification(notification=shown, data=data, ttl_seconds=TTL_SECONDS)


def _filled(title: str, body: str, locale: str, facts: Mapping[str, object]) -> Text:
    words = _words(title, body, locale, facts)
    return Text(title=words[0], body=words[1])


def _words(title: str, body: str, locale: str, facts: Mapping[str, object]) -> tuple[str, str]:
    return rules.fill(title, locale, facts), rules.fill(body, locale, facts)
