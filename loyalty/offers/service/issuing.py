"""Offers that follow from what a member did, such as a voucher for the next purchase."""

from dataclasses import replace
from decimal import Decimal

from loyalty.offers import rules, store
from loyalty.offers.rules import Asking
from loyalty.offers.service.giving import is_over_by_now, issue, take_back_points
from loyalty.offers.service.settling import end
from loyalty.program import Activity, Event, Program, Purchase, Version, Visit, Who, terms
from loyalty.turns import Turn

_TRIGGERS: dict[str, type[Purchase | Event | Visit]] = {
    "PURCHASE": Purchase,
    "EVENT": Event,
    "VISIT": Visit,
}


def after(turn: Turn, version: Version, activity: Activity, who: Who) -> None:
    """Issue the offers that an activity brings, within the limits of each."""
    for offer in version.program.offers:
        if offer.issue_on is not None and _fires(offer.issue_on, activity, version.program, who):
            asked = Asking(who, turn.of(store.HOLDING), {}, turn.now)
            limits = rules.limits_reached(offer, version.program, asked)
            if not any(limits) and not is_over_by_now(turn, version, offer.id):
                _issue(turn, version, offer, activity)


def _fires(issue_on: terms.IssueOn, activity: Activity, program: Program, who: Who) -> bool:
    if not isinstance(activity, _TRIGGERS[issue_on.trigger]):
        return False
    if isinstance(activity, Event) and activity.kind != issue_on.event:
        return False
    return terms.holds(issue_on.when, activity, program.place, who)


def _issue(turn: Turn, version: Version, offer: terms.Offer, activity: Activity) -> None:
    why = {"kind": "ACTIVITY", "source": activity.source, "id": activity.id}
    held = issue(turn, version, offer.id, why)
    if held is None:
        return
    today = version.program.place.day(turn.now)
    holding = turn.of(store.HOLDING).replaced(replace(held, claimed_on=today))
    turn.put(store.HOLDING, holding.counted(offer.id, today, 1))


def undo(turn: Turn, version: Version, left: Purchase) -> None:
    """Take back what a purchase brought, where what is left would not bring it: what is unused, and
    the points of what gave points.

    `version` is the one of the purchase.
    """
    cause = {"kind": "ACTIVITY", "source": left.source, "id": left.id}
    for held in turn.of(store.HOLDING).helds:
        offer = version.program.offer(held.offer) if held.why == cause else None
        if offer is None or offer.issue_on is None or _would_bring(offer.issue_on, version, left):
            continue
        if held.is_live:
            end(turn, rules.withdrawn(held, turn.now), was=held.state)
        elif held.may_be_taken_back(turn.now):
            take_back_points(turn, version, held)


def _would_bring(issue_on: terms.IssueOn, version: Version, left: Purchase) -> bool:
    amount = sum(line.amount for line in terms.selected(issue_on.when, left))
    least = Decimal(issue_on.when.minimum_amount or 0)
    return amount >= max(1, terms.minor_units(least, version.program.exponent))
