"""The words of a nudge: the program's, else the catalogue's, in the reader's language."""

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from loyalty import messages, wallets
from loyalty.engine import Engine
from loyalty.program import NudgeTrigger, terms
from loyalty.push import rules
from loyalty.push.payloads import AnyData, Notification, Text
from loyalty.push.rules import Delivery
from loyalty.push.service.news import NEWS, News, points_left
from loyalty.push.service.readers import Reader, personal
from loyalty.states import State
from loyalty.walks import Walk
from loyalty.wallets import PostedEntry

TITLE_LIMIT, BODY_LIMIT = 200, 600
"""So much of a nudge is shown, and fits in a message, whatever the program calls things."""
HOUR = 3_600
TTL_SECONDS = 24 * HOUR
LONGER_TTL_SECONDS: Mapping[NudgeTrigger, int] = {
    NudgeTrigger.TIER_REACHED: 72 * HOUR,
    NudgeTrigger.CHALLENGE_REACHED: 72 * HOUR,
    NudgeTrigger.OFFER_RECEIVED: 72 * HOUR,
}
"""How long phones that are off may take to show it."""


def is_news(delivery: Delivery, reader: Reader) -> bool:
    """Tell whether what a nudge is about is true now, as far as its member's state says."""
    return NEWS[NudgeTrigger(str(delivery.kind))](reader, delivery) is not None


async def nudge(engine: Engine, delivery: Delivery, reader: Reader) -> Notification | None:
    """Write a nudge as things are now; None where what it tells of is not true any more.

    Raises pydantic's ValidationError when it does not fit, Unavailable.
    """
    trigger = NudgeTrigger(str(delivery.kind))
    if trigger is NudgeTrigger.POINTS_EARNED:
        posted = await _entries(engine, delivery, reader.state)
        left = points_left(reader.state, posted)
        known = {"entry": posted[-1].id, "points": left} if posted else {}
        delivery = replace(delivery, data={**delivery.data, **known})
    news = NEWS[trigger](reader, delivery)
    return None if news is None else written(trigger, news, delivery.id, reader)


def written(trigger: NudgeTrigger, news: News, message_id: str, reader: Reader) -> Notification:
    """Write news. Raises pydantic's ValidationError when it does not fit."""
    own = reader.program.nudge(trigger)
    title = _text(trigger, ("TITLE", news.form), own.title if own else None, news, reader)
    body_of = ("BODY", news.body_form or news.form)
    body = _text(trigger, body_of, own.body if own else None, news, reader)
    shown = Text(title=rules.cut(title, TITLE_LIMIT), body=rules.cut(body, BODY_LIMIT))
    told = {"message_id": message_id, "deep_link": news.link, **news.ids}
    data = cast(AnyData, news.type.model_validate(told))
    ttl_seconds = LONGER_TTL_SECONDS.get(trigger, TTL_SECONDS)
    return Notification(notification=shown, data=data, ttl_seconds=ttl_seconds)


def _text(
    trigger: NudgeTrigger,
    place: tuple[str, str],
    own: terms.Text | None,
    news: News,
    reader: Reader,
) -> str:
    """Take the program's text, and the catalogue's where it has none that works."""
    template = reader.named(own) if own is not None else None
    fields = terms.fields_of(template) if template else None
    if template is not None and fields is not None and fields <= terms.NUDGE_FIELDS[trigger]:
        filled = rules.fill(template, reader.locale, {**personal(reader, fields), **news.facts})
        if filled:
            return filled
    kind = kind_of(trigger, *place)
    facts = personal(reader, messages.fields(kind, reader.locale))
    return messages.render(kind, reader.locale, **{**facts, **news.facts})


def kind_of(trigger: NudgeTrigger, part: str, form: str) -> str:
    """Name the catalogue's text: that of the form, where the trigger has one of its own."""
    own = f"{trigger.value}_{form}_{part}"
    return own if form and messages.is_known(own) else f"{trigger.value}_{part}"


async def _entries(engine: Engine, delivery: Delivery, state: State) -> list[PostedEntry]:
    """Find what a fact tells of, the last one first: entries of its currency in its record.

    What came with it for another reason, such as a challenge it completed, is told by itself.
    """
    seq = int(delivery.id.rsplit(":", 2)[1])
    posted = await wallets.entries(engine, state, Walk(20, (seq + 1, 0)))
    currency = delivery.data["currency"]
    return [
        one
        for one in posted
        if one.seq == seq and one.entry.currency == currency and "activity" in one.entry.explanation
    ]
