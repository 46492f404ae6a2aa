"""Who reads a message, and what its texts may say of them; what the texts are is not known here."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from loyalty import tiers, wallets
from loyalty.members import Profile
from loyalty.messages import Count, Money
from loyalty.offers import Held
from loyalty.program import Program, terms
from loyalty.push import rules
from loyalty.states import State
from loyalty.tiers import Status
from loyalty.values import value

NAME_LIMIT = 40
TITLE_LIMIT = 80
_RIGHT = ("R", "AL")
WIDEST = "\N{MATHEMATICAL ITALIC CAPITAL N}"
"""A letter of as many bytes as any has."""
ISOLATED = "\N{FIRST STRONG ISOLATE}{}\N{POP DIRECTIONAL ISOLATE}".format


@value
class Reader:
    """The member who will read a message, the program they are in, and the time.

    `held` is the offer that comes with the message, where one does; `language` is that of its text
    where it is missing in theirs.
    """

    state: State
    profile: Profile
    program: Program
    now: datetime
    held: Held | None = None
    language: str | None = None

    @property
    def locale(self) -> str:
        """Give the language the member reads."""
        return self.language or self.profile.locale

    def speaking(self, locale: str) -> "Reader":
        """Let names, numbers and dates be in the language of a text."""
        if locale == self.locale:
            return self
        return Reader(self.state, self.profile, self.program, self.now, self.held, locale)

    def named(self, text: terms.Text) -> str:
        """Give a name of the program in the member's language."""
        return text.in_language(self.locale, self.program.default_language)

    @property
    def today(self) -> date:
        """Give the local day it is, in the program's zone."""
        return self.program.place.day(self.now)

    @property
    def own_today(self) -> date:
        """Give the day it is by the member's own clock."""
        return terms.local_day(self.now, ZoneInfo(self.profile.time_zone))

    def days_until(self, day: date) -> int:
        """Tell how far off a day is by the member's own clock; 0 also where it is over there."""
        return max(0, (day - self.own_today).days)

    @property
    def main_currency(self) -> str | None:
        """Name the first currency of the program that members collect to spend."""
        redeemable = terms.CurrencyKind.REDEEMABLE
        return next((c.id for c in self.program.currencies if c.kind is redeemable), None)

    def balance(self, currency: str | None = None) -> int:
        """Give what can be spent now, in one currency or in the first that can be."""
        account = wallets.wallet_of(self.state).account(currency or self.main_currency or "")
        return account.available(self.now)

    def worth(self, points: int, currency: str) -> int | Money | Count:
        """Give points as they are read: as money, or by the name of their currency."""
        declared, money = self.program.currency(currency), self.program.money_of(currency)
        if money is not None:
            return Money(points, money)
        return points if declared is None else Count(points, declared.name)

    def tiers(self) -> dict[str, terms.Tier]:
        """Give the tiers the member has, by ladder."""
        return tiers.current_tiers(self.state, self.program, self.now)

    def statuses(self) -> list[Status]:
        """Give where the member stands, on each ladder of the program."""
        return tiers.statuses(self.state, self.program, self.now)

    def status(self, ladder: str) -> Status | None:
        """Give where the member stands on a ladder of the program."""
        return next((status for status in self.statuses() if status.ladder.id == ladder), None)

    def last_day(self, ends_at: datetime) -> date:
        """Give the last local day before something ends, in the program's zone."""
        return self.program.place.day(ends_at - timedelta(milliseconds=1))


def first_name(reader: Reader) -> str:
    """Give what a member is called, with nothing around it; one read from the right is set apart.

    Else the text beside it would change places with it.
    """
    name = rules.cut((reader.profile.first_name or "").strip(), NAME_LIMIT)
    is_plain = name.isascii() or not any(unicodedata.bidirectional(c) in _RIGHT for c in name)
    return name if is_plain else ISOLATED(name)


def _tier(reader: Reader) -> object:
    names = (reader.named(tier.name) for tier in reader.tiers().values())
    return rules.cut(next(names, ""), NAME_LIMIT)


def _next_tier(reader: Reader) -> object:
    ways = (status.progress for status in reader.statuses())
    names = (reader.named(way.tier.name) for way in ways if way is not None)
    return rules.cut(next(names, ""), NAME_LIMIT)


def _to_next_tier(reader: Reader) -> object:
    """Give what is missing to the next tier, as points or as money; nothing where it is neither."""
    for status in reader.statuses():
        for criterion in status.progress.criteria if status.progress else ():
            if criterion.metric == "POINTS":
                return criterion.missing
            if criterion.metric == "SPEND":
                return Money(criterion.missing, reader.program.money)
    return ""


def offer_title(reader: Reader, held: Held | None) -> object:
    """Name the offer that a member has."""
    offer = reader.program.offer(held.offer) if held else None
    return rules.cut(reader.named(offer.name), TITLE_LIMIT) if offer else ""


def offer_until(reader: Reader, held: Held | None) -> object:
    """Give the last day on which something that a member has can be used."""
    ends_at = held.expires_at if held else None
    return "" if ends_at is None else reader.last_day(ends_at)


PERSONAL: Mapping[str, Callable[[Reader], object]] = {
    "firstName": first_name,
    "balance": lambda reader: reader.balance(),
    "tier": _tier,
    "nextTier": _next_tier,
    "pointsToNextTier": _to_next_tier,
    "offer.title": lambda reader: offer_title(reader, reader.held),
    "offer.until": lambda reader: offer_until(reader, reader.held),
}
"""Every field that any text may name, whatever the message is about."""


def personal(reader: Reader, names: Iterable[str]) -> dict[str, object]:
    """Give those of some fields that any text may name; nothing else of the member is looked at."""
    return {name: PERSONAL[name](reader) for name in names if name in PERSONAL}


LONGEST: Mapping[str, object] = {
    "offer.title": WIDEST * TITLE_LIMIT,
    "balance": 10**9,
    "pointsToNextTier": 10**9,
    "offer.until": date(2027, 9, 22),
}


def longest(names: Iterable[str]) -> dict[str, object]:
    """Give fields as long as they may become."""
    return {name: LONGEST.get(name, WIDEST * NAME_LIMIT) for name in names}
