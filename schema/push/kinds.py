"""The closed lists of campaigns as the graph describes them."""

from loyalty.push import briefs, campaigns, reports, switches
from schema.described import describe

CampaignAct = campaigns.Act
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
