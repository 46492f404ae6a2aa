"""What is said no to about friends and the codes that bring them."""

import strawberry

from loyalty import referrals
from schema.refusals.kinds import UserError


@strawberry.type(description="The program rewards nobody for bringing friends.")
class ReferralNotOffered(UserError):
    """No referral."""

    of = referrals.ReferralNotOffered


@strawberry.type(description="The code leads to nobody who takes part.")
class ReferralCodeUnknown(UserError):
    """Nobody's code."""

    of = referrals.ReferralCodeUnknown
    at = ("input", "referralCode")
    referral_code: str = strawberry.field(description="The code that was sent.")


@strawberry.type(description="The code leads to another member already.")
class ReferralCodeTaken(UserError):
    """Somebody's code."""

    of = referrals.ReferralCodeTaken
    at = ("input", "referralCode")
    referral_code: str = strawberry.field(description="The code as it would be kept.")


@strawberry.type(description="Friend and inviting member are one person.")
class ReferralToSelf(UserError):
    """One person."""

    of = referrals.ReferralToSelf
    at = ("input", "referralCode")
    told_by: str = strawberry.field(
        description="What tells it: SAME_MEMBER, SAME_EMAIL, SAME_PHONE or SAME_DEVICE."
    )


@strawberry.type(description="The member whose code it is was invited by this one.")
class ReferralInRing(UserError):
    """A ring of two."""

    of = referrals.ReferralInRing
    at = ("input", "referralCode")
    referral_code: str = strawberry.field(description="The code that was sent.")


@strawberry.type(description="The member came with another code.")
class ReferralAcceptedBefore(UserError):
    """Another code."""

    of = referrals.ReferralAcceptedBefore
    at = ("input", "referralCode")
    referral_code: str = strawberry.field(description="The code they came with.")


@strawberry.type(description="The member joined too long ago to use a code.")
class ReferralTooLate(UserError):
    """Too late."""

    of = referrals.ReferralTooLate
    at = ("input", "referralCode")
    days: int = strawberry.field(description="The days after joining in which a code can be used.")


@strawberry.type(description="The member bought something before they used the code.")
class ReferralNotNew(UserError):
    """Not new."""

    of = referrals.ReferralNotNew
    at = ("input", "referralCode")
    purchases: int = strawberry.field(description="How many purchases they had made.")


APP: list[type[UserError]] = [
    ReferralNotOffered,
    ReferralCodeUnknown,
    ReferralToSelf,
    ReferralInRing,
    ReferralAcceptedBefore,
    ReferralTooLate,
    ReferralNotNew,
]
STAFF: list[type[UserError]] = [*APP, ReferralCodeTaken]
