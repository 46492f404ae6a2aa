"""The closed lists of campaigns as the graph describes them."""

from loyalty import program
from loyalty.push import briefs, campaigns, reports, switches
from schema.described import describe

CampaignAct = campaigns.Act
NudgeTrigger = program.NudgeTrigger
ScheduleKind = briefs.ScheduleKind
SwitchScope = switches.SwitchScope
UpliftVerdict = reports.Verdict

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
    CREATE="Written.",
    UPDATE="Written anew.",
    SUBMIT="Launched, to wait for a second person.",
    LAUNCH="Launched.",
    APPROVE="Approved by a second person.",
    REJECT="Made a draft again by a second person.",
    START="Begun to be sent.",
    PAUSE="Paused.",
    HALT="Paused by itself: too much of a step of its ramp failed.",
    RESUME="Resumed.",
    RESCHEDULE="Resumed before its time.",
    STOP="Stopped for good.",
    FINISH="Sent to everybody.",
)  # fmt: skip
describe(
    UpliftVerdict, "What a comparison with those held out shows.",
    NO_HOLDOUT="Nobody was held out, so there is nothing to compare with.",
    TOO_FEW="In one of the groups fewer than five bought, or fewer than five did not.",
    UNCLEAR="The difference may as well be chance.",
    MORE="Who was written to bought more.",
    LESS="Who was written to bought less.",
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
