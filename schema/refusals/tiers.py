"""What is said no to about tiers and their benefits."""

from datetime import date

import strawberry

from loyalty import tiers
from schema.refusals.kinds import UserError

PLACE = ("input", "benefit")


@strawberry.type(description="The active program declares no such benefit.")
class BenefitUnknown(UserError):
    """No such benefit."""

    of = tiers.BenefitUnknown
    at = PLACE
    benefit: strawberry.ID = strawberry.field(description="The id that was sent.")


@strawberry.type(description="The member's tier does not give the benefit.")
class BenefitNotHeld(UserError):
    """Not the member's."""

    of = tiers.BenefitNotHeld
    at = PLACE
    benefit: strawberry.ID = strawberry.field(description="The benefit.")
    name: str = strawberry.field(description="Its name, in the reader's language.")
    tier: strawberry.ID = strawberry.field(description="The lowest tier that gives it.")
    tier_name: str = strawberry.field(description="The tier's name, in the reader's language.")


@strawberry.type(description="The benefit was used as often as the period allows.")
class BenefitUsedUp(UserError):
    """Used up for now."""

    of = tiers.BenefitUsedUp
    at = PLACE
    benefit: strawberry.ID = strawberry.field(description="The benefit.")
    name: str = strawberry.field(description="Its name, in the reader's language.")
    count: int = strawberry.field(description="How often it may be used in a period.")
    again_on: date = strawberry.field(
        description="The first day, in the program's time zone, on which it can be used again."
    )


@strawberry.type(description="The benefit was used as often as it ever may be.")
class BenefitUsedForGood(UserError):
    """Used up for ever."""

    of = tiers.BenefitUsedForGood
    at = PLACE
    benefit: strawberry.ID = strawberry.field(description="The benefit.")
    name: str = strawberry.field(description="Its name, in the reader's language.")
    count: int = strawberry.field(description="How often it could be used.")


APP: list[type[UserError]] = []
STAFF: list[type[UserError]] = [
    BenefitUnknown,
    BenefitNotHeld,
    BenefitUsedUp,
    BenefitUsedForGood,
]
