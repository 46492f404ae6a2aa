"""The closed lists of push as the graph describes them: of messages, and of campaigns."""

from loyalty import program
from loyalty.push import briefs, campaigns, inbox, reports, switches, trials
from schema.described import describe

__all__ = [
    "CampaignAct",
    "CheckOutcome",
    "MessageCategory",
    "NudgeTrigger",
    "ScheduleKind",
    "SuppressionReason",
    "SwitchScope",
    "UpliftVerdict",
]

CampaignAct = campaigns.Act
CheckOutcome = trials.CheckOutcome
MessageCategory = inbox.Category
NudgeTrigger = program.NudgeTrigger
ScheduleKind = briefs.ScheduleKind
SuppressionReason = inbox.Reason
SwitchScope = switches.SwitchScope
UpliftVerdict = reports.Verdict

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
    OFFER_SOLD_OUT="None was left of the offer that comes with it.",
    OFFER_REFUSED="The member cannot be given the offer that comes with it.",
    OFFER_OVER="The offer that comes with it was over before it could be sent.",
    SWITCHED_OFF="Staff had switched sending off.",
    TOO_LATE="Quiet hours lasted longer than it is good for.",
    NOTHING_TO_SAY="Its title or body is nothing but fields that the member has not.",
)  # fmt: skip
describe(
    MessageCategory, "What a message is about; members can want none of a category.",
    called="MessageCategory",
    POINTS="Points: earned, and about to expire.",
    PROGRESS="Tiers and challenges: reached, and near.",
    OFFERS="Offers: received, and about to end.",
    CAMPAIGN="What marketing writes.",
)  # fmt: skip
describe(
    ScheduleKind, "When a campaign is sent.",
    NOW="At once.",
    AT="At an instant.",
    LOCAL="On a day, when a member's own clock shows a time.",
)  # fmt: skip
describe(
    SwitchScope, "What is switched off.",
    MARKETING="Messages that need the consent to marketing.",
    ALL="Every message.",
)  # fmt: skip
describe(
    CampaignAct, "What was done to a campaign.",
    called="CampaignAct",
    CREATE="Written.",
    UPDATE="Written anew.",
    SUBMIT="Launched, to wait for a second person.",
    LAUNCH="Launched.",
    APPROVE="Approved by a second person.",
    REJECT="Made a draft again by a second person.",
    START="Begun to be sent.",
    PAUSE="Paused.",
    HALT="Paused by itself: too much of a step of its ramp failed, or Firebase refused a text.",
    RESUME="Resumed.",
    RESCHEDULE="Resumed before its time.",
    STOP="Stopped for good.",
    FINISH="Sent to everybody.",
)  # fmt: skip
describe(
    UpliftVerdict, "What a comparison with those held out shows.",
    called="UpliftVerdict",
    NO_HOLDOUT="Nobody was held out, so there is nothing to compare with.",
    TOO_FEW="In one of the groups fewer than five bought, or fewer than five did not.",
    UNCLEAR="The difference may as well be chance.",
    MORE="Who was written to bought more.",
    LESS="Who was written to bought less.",
)  # fmt: skip
describe(
    CheckOutcome, "What Firebase makes of a text.",
    WAITING="It was not asked yet.",
    PASSED="It takes it.",
    REFUSED="It does not take it.",
    UNKNOWN="It could not be asked, or there is no device to ask about.",
)  # fmt: skip
describe(
    NudgeTrigger, "What a nudge is about.",
    POINTS_EARNED="Points that can be spent were earned.",
    TIER_REACHED="A higher tier was reached.",
    CHALLENGE_PROGRESS="A share of the way through a challenge is behind.",
    CHALLENGE_REACHED="A level of a challenge was reached.",
    NEAR_REWARD="Points brought a reward near, or are enough for it.",
    NEAR_TIER="The next tier came near.",
    POINTS_EXPIRING="Points are about to expire.",
    OFFER_ENDING="An offer that the member has is about to run out.",
    OFFER_RECEIVED="The member was given an offer.",
    WELCOME="The member joined.",
    BIRTHDAY="It is the member's birthday.",
    WIN_BACK="The member was not seen for long.",
    REFERRAL_REWARDED="A friend brought a reward.",
    REFUND_BOOKED="A purchase was refunded.",
)  # fmt: skip
