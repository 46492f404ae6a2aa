"""The rules of offers: what a member has, may have, and may use together."""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from loyalty.offers.rules.availability import (
    Asking, Choice, barred, closed, is_over, limits_reached, next_best, obstacles,
)
from loyalty.offers.rules.helds import (
    LIVE, USABLE, Held, HeldEnd, HeldState, Holding, Issue, new_held, own_code,
    reserved_until, unique_code, valid_until,
)
from loyalty.offers.rules.history import (
    History, Subject, bought, counted, due_again, owing, subjects, uncounted, won_back,
)
from loyalty.offers.rules.refusals import (
    OfferExpired, OfferHadAlready, OfferLimitReached, OfferNotActivated, OfferNotForYou,
    OfferNotHeld, OfferNotUsable, OfferNotYet, OfferOver, OfferPersonal, OffersExclude,
    OfferSoldOut, OfferUnknown, PlanNeeded, TierNeeded, VoucherUnknown, VoucherUsed,
)
from loyalty.offers.rules.stacking import conflicts
from loyalty.offers.rules.steps import (
    CANCELLABLE, activated, cancelled, check_usable, is_given_up, is_unshown, missed, redeemed,
    withdrawn,
)

__all__ = [
    "CANCELLABLE", "LIVE", "USABLE", "Asking", "Choice", "Held", "HeldEnd", "HeldState", "History",
    "Holding", "Issue", "OfferExpired", "OfferHadAlready", "OfferLimitReached", "OfferNotActivated",
    "OfferNotForYou", "OfferNotHeld", "OfferNotUsable", "OfferNotYet", "OfferOver", "OfferPersonal",
    "OfferSoldOut", "OfferUnknown", "OffersExclude", "PlanNeeded", "Subject", "TierNeeded",
    "VoucherUnknown", "VoucherUsed", "activated", "barred", "bought", "cancelled", "check_usable",
    "closed", "conflicts", "counted", "due_again", "is_given_up", "is_over", "is_unshown",
    "limits_reached", "missed", "new_held", "next_best", "obstacles", "owing", "own_code",
    "redeemed", "reserved_until", "subjects", "uncounted", "unique_code", "valid_until",
    "withdrawn", "won_back",
]
