"""What there is to tell of a nudge's occasion, as it is now; None where it is not true any more.

Pure: a member's state as read just before sending, the program and the time decide.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction

from loyalty import activities, challenges, members, messages, offers, tiers, wallets
from loyalty.messages import Money
from loyalty.offers import Held, HeldState
from loyalty.program import NudgeTrigger, terms
from loyalty.push import payloads, rules
from loyalty.push.rules import Delivery
from loyalty.push.service.readers import Reader, first_name, offer_title, offer_until
from loyalty.states import State
from loyalty.wallets import PostedEntry

HOME, WALLET, ENTRIES = "stamkund://home", "stamkund://wallet", "stamkund://wallet/history"
TIER, CHALLENGES, OFFERS = "stamkund://tier", "stamkund://challenges", "stamkund://offers"
LINKS = (HOME, WALLET, ENTRIES, TIER, CHALLENGES, OFFERS)

USABLE = (HeldState.ISSUED, HeldState.ACTIVATED)


@dataclass(frozen=True, slots=True)
class News:
    """What is told: the facts of its texts, the type and ids of its payload, where a tap leads.

    `form` chooses among the texts of a trigger where it has several, `body_form` that of the body.
    """

    type: type[payloads.Data]
    link: str
    facts: Mapping[str, object] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)
    form: str = ""
    body_form: str = ""


def points_left(state: State, earned: Iterable[PostedEntry]) -> int:
    """Give what is left of points that an activity earned, after refunds of it."""
    left = Fraction(0)
    for entry in (posted.entry for posted in earned):
        why = entry.explanation
        taken = activities.history.taken_back(state, str(why.get("activity")))
        left += max(Fraction(0), entry.points - taken.get(str(why.get("rule")), Fraction(0)))
    return int(left)


def _points_earned(reader: Reader, told: Delivery) -> News | None:
    """Tell of what is left, where the purchase was refunded meanwhile."""
    if int(str(told.data["points"])) <= 0:
        return None
    currency = str(told.data["currency"])
    return News(
        payloads.PointsEarned,
        ENTRIES,
        {
            "points": reader.worth(int(str(told.data["points"])), currency),
            "balance": reader.worth(reader.balance(currency), currency),
        },
        {"entry_id": str(told.data.get("entry", told.id))},
        "EVENT" if told.data.get("activity") == "event" else "PURCHASE",
    )


def _tier_reached(reader: Reader, told: Delivery) -> News | None:
    """Tell while it is news, unless another tier was reached or lost since."""
    status = reader.status(str(told.data["ladder"]))
    tier = status.tier if status else None
    if status is None or tier is None or tier.id != told.data["tier"]:
        return None
    if status.reached_at is None or rules.is_stale(status.reached_at, reader.now):
        return None
    benefits = [reader.named(benefit.name) for benefit in status.benefits]
    facts = {"tier": reader.named(tier.name), "benefits": benefits}
    form = "BENEFITS" if benefits else ""
    return News(payloads.TierReached, TIER, facts, {"tier_id": tier.id}, form)


def _near_tier(reader: Reader, told: Delivery) -> News | None:
    """Tell while the next tier is not reached and still as near."""
    status = reader.status(str(told.data["ladder"]))
    way = status.progress if status else None
    percent = reader.program.near_tier_percent
    if status is None or way is None or percent is None or not tiers.is_near(way, percent):
        return None
    units = tiers.units_of(status.ladder, reader.program)
    name = reader.named(way.tier.name)
    facts = {
        "nextTier": name,
        "missing": tiers.asks(way.criteria, way.match, units, reader.locale),
        "until": way.counted_until or "",
        "way": tiers.way(way, units, name, reader.locale),
    }
    return News(payloads.NearTier, TIER, facts, {"tier_id": way.tier.id})


def _challenge_progress(reader: Reader, told: Delivery) -> News | None:
    """Tell while the same level is still to be reached, and no refund took the member back."""
    name, mark = str(told.data["challenge"]), str(told.data["mark"])
    standing = challenges.standing(reader.state, reader.program, name, reader.now)
    if standing is None or standing.span.key != told.data["period"] or not standing.missing:
        return None
    if standing.next_mark is None or standing.levels_passed != told.data["passed"]:
        return None
    need = standing.next_mark.target
    percent = 100 * (need - standing.missing) // need
    is_last = standing.missing == 1 and not standing.challenge.is_money
    if not is_last if mark == "last" else percent < int(mark):
        return None
    facts = {
        "challenge": reader.named(standing.challenge.name),
        "missing": standing.asks(reader.program, reader.locale),
        "percent": percent,
        "until": standing.span.last or "",
        "way": standing.way(reader.program, reader.locale),
    }
    form = "LAST" if is_last else ""
    return News(payloads.ChallengeProgress, CHALLENGES, facts, {"challenge_id": name}, form)


def _challenge_reached(reader: Reader, told: Delivery) -> News | None:
    """Tell what was reached: that is for ever, while the program has it."""
    challenge = reader.program.challenge(str(told.data["challenge"]))
    steps = challenge.steps if challenge else ()
    level = next((step for step in steps if step.id == told.data["level"]), None)
    if challenge is None or level is None:
        return None
    reward = _named(level.grants, reader)
    name = reader.named(challenge.name)
    facts = {
        "challenge": name,
        "level": reader.named(level.name) if level.name else name,
        "reward": reward,
    }
    return News(
        payloads.ChallengeReached,
        CHALLENGES,
        facts,
        {"challenge_id": challenge.id},
        "LEVEL" if level.name else "",
        "REWARD" if reward else "",
    )


def _near_reward(reader: Reader, told: Delivery) -> News | None:
    """Tell while it is as near or can be had, and the member has not got it meanwhile."""
    offer = reader.program.offer(str(told.data["offer"]))
    nudge = reader.program.nudge(NudgeTrigger.NEAR_REWARD)
    if offer is None or offer.price is None or not isinstance(nudge, terms.NearNudge):
        return None
    missing = offer.price.points - reader.balance(offer.price.currency)
    is_over = offer.ends is not None and offer.ends <= reader.now
    got = [held for held in offers.helds(reader.state, reader.now) if held.offer == offer.id]
    if is_over or any(held.issued_at >= told.created_at for held in got):
        return None
    if 100 * missing > nudge.within_percent * offer.price.points:
        return None
    facts = {
        "offer.title": reader.named(offer.name),
        "missing": reader.worth(max(missing, 0), offer.price.currency),
    }
    form = "" if missing > 0 else "ENOUGH"
    return News(payloads.NearReward, OFFERS, facts, {"offer_id": offer.id}, form)


def _points_expiring(reader: Reader, told: Delivery) -> News | None:
    """Tell of what still expires on that day: nothing of what was spent meanwhile."""
    currency, last_day = str(told.data["currency"]), date.fromisoformat(str(told.data["on"]))
    nudge = reader.program.nudge(NudgeTrigger.POINTS_EXPIRING)
    left = expiring(reader, currency).get(last_day, 0)
    if not isinstance(nudge, terms.ExpiryNudge) or left < nudge.minimum:
        return None
    days = reader.days_until(last_day)
    facts = {
        "points": reader.worth(left, currency),
        "balance": reader.worth(reader.balance(currency), currency),
        "until": last_day,
        "days": days,
    }
    ids = {"currency": currency, "last_day": last_day.isoformat()}
    return News(payloads.PointsExpiring, WALLET, facts, ids, _near_days(days))


def expiring(reader: Reader, currency: str) -> Mapping[date, int]:
    """Give what expires of a currency, by the last local day on which it can be used."""
    account = wallets.wallet_of(reader.state, reader.now).account(currency)
    found: dict[date, int] = {}
    for ends_at, points in account.expiries.items():
        last_day = reader.last_day(ends_at)
        found[last_day] = found.get(last_day, 0) + points
    return found


def _near_days(days: int) -> str:
    return {0: "TODAY", 1: "TOMORROW"}.get(days, "")


def _offer_received(reader: Reader, told: Delivery) -> News | None:
    """Tell while it can be used, and was not used yet."""
    found = _held(reader, str(told.data["held"]))
    if found is None:
        return None
    held, facts = found
    form = "UNTIL" if held.expires_at else ""
    return News(payloads.OfferReceived, OFFERS, facts, {"held_offer_id": held.id}, form)


def _offer_ending(reader: Reader, told: Delivery) -> News | None:
    """Tell while it can be used and was not, and ends when it was to end."""
    found = _held(reader, str(told.data["held"]))
    nudge = reader.program.nudge(NudgeTrigger.OFFER_ENDING)
    ends_at = found[0].expires_at if found else None
    if found is None or ends_at is None or not isinstance(nudge, terms.EndingNudge):
        return None
    if ends_at - reader.now > timedelta(hours=nudge.hours):
        return None
    held, facts = found
    form = _near_days(reader.days_until(reader.last_day(ends_at)))
    return News(payloads.OfferEnding, OFFERS, facts, {"held_offer_id": held.id}, form)


def _held(reader: Reader, held_id: str) -> tuple[Held, Mapping[str, object]] | None:
    """Find something a member has and can use, with what is said of it."""
    helds = offers.helds(reader.state, reader.now, states=USABLE)
    held = next((held for held in helds if held.id == held_id), None)
    if held is None or reader.program.offer(held.offer) is None:
        return None
    facts = {
        "offer.title": offer_title(reader, held),
        "offer.until": offer_until(reader, held),
    }
    return held, facts


def _welcome(reader: Reader, _: Delivery) -> News | None:
    """Tell who has just joined, and not who joined elsewhere long ago and was brought over."""
    if rules.is_stale(reader.profile.enrolled_at, reader.now):
        return None
    return News(payloads.Welcome, HOME, {"program": reader.named(reader.program.name)})


def _birthday(reader: Reader, _: Delivery) -> News | None:
    """Tell on the day itself, by the member's own clock, as the hour it is told at is."""
    born_on = reader.profile.birth_date
    if born_on is None or not terms.is_birthday(born_on, reader.own_today):
        return None
    facts = {"program": reader.named(reader.program.name)}
    return News(payloads.Birthday, HOME, facts, form="NAMED" if first_name(reader) else "")


def _win_back(reader: Reader, _: Delivery) -> News | None:
    """Tell while the member was neither seen, nor bought or visited."""
    nudge = reader.program.nudge(NudgeTrigger.WIN_BACK)
    seen_at = last_seen_at(reader)
    if not isinstance(nudge, terms.WinBackNudge) or seen_at is None:
        return None
    if (reader.own_today - reader.program.place.day(seen_at)).days < nudge.after_days:
        return None
    facts = {"program": reader.named(reader.program.name), "balance": _counted(reader)}
    return News(payloads.WinBack, HOME, facts, form="BALANCE" if reader.balance() else "")


def last_seen_at(reader: Reader) -> datetime | None:
    """Tell when a member was last heard of: by the app, at a till, at the door."""
    seen_at = members.contact.engagement_of(reader.state).seen_at
    return max(
        [at for at in (seen_at, activities.history.last_at(reader.state)) if at], default=None
    )


def _referral_rewarded(reader: Reader, told: Delivery) -> News:
    referral = reader.program.referral
    is_ambassador = bool(told.data.get("ambassador"))
    grants = referral.payout(is_ambassador=is_ambassador).gives if referral else ()
    reward = _named(grants, reader)
    facts = {"reward": reward}
    return News(payloads.ReferralRewarded, WALLET, facts, form="REWARD" if reward else "")


def _refund_booked(reader: Reader, told: Delivery) -> News:
    taken = told.data.get("points")
    points = taken if isinstance(taken, Mapping) else {}
    spendable = (c for c in reader.program.currencies if c.is_spendable and points.get(c.id))
    currency = next((c.id for c in spendable), None)
    facts = {
        "refund": Money(int(str(told.data.get("refunded", 0))), reader.program.money),
        "points": reader.worth(points[currency], currency) if currency else "",
        "balance": _counted(reader, currency),
    }
    return News(payloads.RefundBooked, WALLET, facts, form="POINTS" if currency else "")


def _counted(reader: Reader, currency: str | None = None) -> object:
    """Give what can be spent by the name of its currency, of the first one where none is named."""
    named = currency or reader.main_currency
    return reader.worth(reader.balance(named), named) if named else ""


def _named(grants: Iterable[terms.Grant], reader: Reader) -> list[str]:
    """Name what was given."""
    named = []
    for grant in grants:
        offer = reader.program.offer(grant.offer) if grant.offer else None
        if offer is not None:
            named.append(reader.named(offer.name))
        elif grant.amount is not None:
            minor = terms.minor_units(grant.amount, reader.program.exponent)
            named.append(messages.written(Money(minor, reader.program.money), reader.locale))
        elif grant.points is not None and grant.currency is not None:
            worth = reader.worth(grant.points, grant.currency)
            named.append(messages.render("REWARD_POINTS", reader.locale, points=worth))
    return named


NEWS: Mapping[NudgeTrigger, Callable[[Reader, Delivery], News | None]] = {
    NudgeTrigger.POINTS_EARNED: _points_earned,
    NudgeTrigger.TIER_REACHED: _tier_reached,
    NudgeTrigger.CHALLENGE_PROGRESS: _challenge_progress,
    NudgeTrigger.CHALLENGE_REACHED: _challenge_reached,
    NudgeTrigger.NEAR_REWARD: _near_reward,
    NudgeTrigger.NEAR_TIER: _near_tier,
    NudgeTrigger.POINTS_EXPIRING: _points_expiring,
    NudgeTrigger.OFFER_ENDING: _offer_ending,
    NudgeTrigger.OFFER_RECEIVED: _offer_received,
    NudgeTrigger.WELCOME: _welcome,
    NudgeTrigger.BIRTHDAY: _birthday,
    NudgeTrigger.WIN_BACK: _win_back,
    NudgeTrigger.REFERRAL_REWARDED: _referral_rewarded,
    NudgeTrigger.REFUND_BOOKED: _refund_booked,
}
"""What is true of each trigger's occasion now."""
