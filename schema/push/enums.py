"""What messages are about and why they are not sent, as the graph describes it."""

from loyalty.push import inbox
from schema.described import describe

__all__ = ["MessageCategory", "SuppressionReason"]

MessageCategory = inbox.Category
SuppressionReason = inbox.Reason

describe(
    SuppressionReason, "Why a message was not sent to a member.",
    called="SuppressionReason",
    NO_DEVICE="No phone of the member is registered, or none was seen for long.",
    NO_CONSENT="The member did not agree to messages of this purpose by push, or said no.",
    OPTED_OUT="The member does not want messages of this category.",
    MEMBER_NOT_ACTIVE="The member is suspended, or has left.",
    STALE="It was true no more, or too long ago, when it could have been sent.",
    DISABLED="The program has no such message any more.",
    STOPPED="The campaign was stopped before it was this member's turn.",
    NOT_CONFIGURED="This house has no Firebase project to send with.",
    FREQUENCY_CAP="The member has had as much marketing as the program, or the campaign, allows.",
    HOLDOUT="The member is one of those whom a campaign is not sent to, to compare with.",
    OVER_BUDGET="The campaign had sent as many messages as it may.",
    OFFER_REFUSED="The member cannot be given the offer that comes with it.",
    OFFER_OVER="The offer that comes with it was over before it could be sent.",
    SWITCHED_OFF="Staff had switched sending off.",
    TOO_LATE="Quiet hours lasted longer than it is good for.",
)  # fmt: skip
describe(
    MessageCategory, "What a message is about; members can want none of a category.",
    called="MessageCategory",
    POINTS="Points: earned, and about to expire.",
    PROGRESS="Tiers and challenges: reached, and near.",
    OFFERS="Offers: received, and about to end.",
    CAMPAIGN="What marketing writes.",
)  # fmt: skip
