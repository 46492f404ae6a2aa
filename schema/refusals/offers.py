"""What is said no to about offers; also shown before anybody tries, as why not."""

from datetime import date, datetime

import strawberry

from loyalty.offers import refusals
from schema.enums import HeldState, LimitPeriod
from schema.refusals.kinds import UserError

OFFER = "The offer, by its id in the program."
HELD = "What the member has, by its id."


@strawberry.type(description="The program has no such offer.")
class OfferUnknown(UserError):
    """No such offer."""

    of = refusals.OfferUnknown
    at = ("input", "offer")
    offer: strawberry.ID = strawberry.field(description="The id that was sent.")


@strawberry.type(description="The offer is only given to members, and cannot be claimed.")
class OfferPersonal(UserError):
    """Only given."""

    of = refusals.OfferPersonal
    at = ("input", "offer")
    offer: strawberry.ID = strawberry.field(description=OFFER)


@strawberry.type(description="The offer opens later.")
class OfferNotYet(UserError):
    """Later."""

    of = refusals.OfferNotYet
    at = ("input", "offer")
    offer: strawberry.ID = strawberry.field(description=OFFER)
    opens_at: datetime = strawberry.field(description="When it opens to this member.")
    opens_on: date = strawberry.field(description="That day, in the program's time zone.")


@strawberry.type(description="The offer has ended.")
class OfferOver(UserError):
    """Over."""

    of = refusals.OfferOver
    at = ("input", "offer")
    offer: strawberry.ID = strawberry.field(description=OFFER)
    ended_at: datetime = strawberry.field(description="From when it was over.")
    ended_on: date = strawberry.field(description="Its last day, in the program's time zone.")


@strawberry.type(description="The offer is for members of other tiers.")
class TierNeeded(UserError):
    """Another tier."""

    of = refusals.TierNeeded
    at = ("input", "offer")
    offer: strawberry.ID = strawberry.field(description=OFFER)
    tiers: list[strawberry.ID] = strawberry.field(description="One of these, by their ids.")
    names: list[str] = strawberry.field(description="Their names, in the reader's language.")


@strawberry.type(description="The offer is for members with a plan or pass.")
class PlanNeeded(UserError):
    """A plan."""

    of = refusals.PlanNeeded
    at = ("input", "offer")
    offer: strawberry.ID = strawberry.field(description=OFFER)
    plans: list[strawberry.ID] = strawberry.field(description="One of these, by their ids.")
    names: list[str] = strawberry.field(description="Their names, in the reader's language.")


@strawberry.type(description="The offer is for a group of members that this one is not in.")
class OfferNotForYou(UserError):
    """Another group."""

    of = refusals.OfferNotForYou
    at = ("input", "offer")
    offer: strawberry.ID = strawberry.field(description=OFFER)


@strawberry.type(description="There are none left.")
class OfferSoldOut(UserError):
    """None left."""

    of = refusals.OfferSoldOut
    at = ("input", "offer")
    offer: strawberry.ID = strawberry.field(description=OFFER)
    has_waiting_list: bool = strawberry.field(
        description="Whether one can stand in line for it, by claiming it all the same."
    )


@strawberry.type(description="The member had it as often as they may.")
class OfferLimitReached(UserError):
    """Often enough."""

    of = refusals.OfferLimitReached
    at = ("input", "offer")
    offer: strawberry.ID = strawberry.field(description=OFFER)
    count: int = strawberry.field(description="So often.")
    per: LimitPeriod = strawberry.field(description="In each of these.")
    again_on: date = strawberry.field(
        description="The day from which they may again, in the program's time zone."
    )


@strawberry.type(description="The member had it as often as they ever may.")
class OfferHadAlready(UserError):
    """Never again."""

    of = refusals.OfferHadAlready
    at = ("input", "offer")
    offer: strawberry.ID = strawberry.field(description=OFFER)
    count: int = strawberry.field(description="So often.")


@strawberry.type(description="The member has no such thing.")
class OfferNotHeld(UserError):
    """Not theirs."""

    of = refusals.OfferNotHeld
    at = ("input", "held")
    id: strawberry.ID = strawberry.field(description="The id that was sent.")


@strawberry.type(description="What the member has cannot be used so where it stands.")
class OfferNotUsable(UserError):
    """Not so."""

    of = refusals.OfferNotUsable
    at = ("input", "held")
    id: strawberry.ID = strawberry.field(description=HELD)
    state: HeldState = strawberry.field(description="Where it stands.")


@strawberry.type(description="The time of what the member has is over.")
class OfferExpired(UserError):
    """Too late."""

    of = refusals.OfferExpired
    at = ("input", "held")
    id: strawberry.ID = strawberry.field(description=HELD)
    expired_at: datetime = strawberry.field(description="When it ran out.")
    expired_on: date = strawberry.field(description="Its last day, in the program's time zone.")


@strawberry.type(description="It must be activated in the app before it is used.")
class OfferNotActivated(UserError):
    """Not switched on."""

    of = refusals.OfferNotActivated
    at = ("input", "held")
    id: strawberry.ID = strawberry.field(description=HELD)


@strawberry.type(description="Two offers do not go together in one purchase.")
class OffersExclude(UserError):
    """Not together."""

    of = refusals.OffersExclude
    at = ("input", "receipt")
    offer: strawberry.ID = strawberry.field(description="The one.")
    other: strawberry.ID = strawberry.field(description="The other.")


@strawberry.type(description="Nobody has this code.")
class VoucherUnknown(UserError):
    """No such code."""

    of = refusals.VoucherUnknown
    at = ("input", "code")
    voucher: str = strawberry.field(description="The code that was sent.")


@strawberry.type(description="The code was used before.")
class VoucherUsed(UserError):
    """Used before."""

    of = refusals.VoucherUsed
    at = ("input", "code")
    voucher: str = strawberry.field(description="The code.")
    used_at: datetime = strawberry.field(description="When.")
    used_on: date = strawberry.field(description="That day, in the program's time zone.")


APP: list[type[UserError]] = [
    OfferUnknown,
    OfferPersonal,
    OfferNotYet,
    OfferOver,
    TierNeeded,
    PlanNeeded,
    OfferNotForYou,
    OfferSoldOut,
    OfferLimitReached,
    OfferHadAlready,
    OfferNotHeld,
    OfferNotUsable,
    OfferExpired,
]
STAFF: list[type[UserError]] = [
    *APP,
    OfferNotActivated,
    OffersExclude,
    VoucherUnknown,
    VoucherUsed,
]
