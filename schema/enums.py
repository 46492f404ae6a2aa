"""The closed lists of the business as the graph describes them, and those only the graph has."""

from enum import StrEnum

from loyalty.challenges import SubmissionStatus
from loyalty.closing import LossKind
from loyalty.members import Channel, MemberStatus, Purpose
from loyalty.offers import HeldEnd, HeldState, codes
from loyalty.plans import CardState, PlanStatus
from loyalty.program import VersionStatus, terms
from loyalty.push import CampaignStatus, DeliveryStatus, Platform, TokenKind
from loyalty.referrals import InvitationState
from loyalty.segments import Engaged
from loyalty.wallets import EntryKind, adjustments
from schema.described import describe as _describe

__all__ = [
    "ActivityKind",
    "AdjustmentStatus",
    "BenefitKind",
    "BillingPeriod",
    "CampaignStatus",
    "CardState",
    "ChallengeCriterion",
    "ChallengeJoining",
    "ChallengePeriod",
    "ChallengeUnit",
    "Channel",
    "CodeTaken",
    "CurrencyKind",
    "DeliveryStatus",
    "Downgrade",
    "Engaged",
    "EntryKind",
    "HeldEnd",
    "HeldState",
    "InvitationState",
    "LimitPeriod",
    "LossKind",
    "Match",
    "MemberStatus",
    "OfferKind",
    "PlanStatus",
    "Platform",
    "Purpose",
    "QuotaPeriod",
    "Rounding",
    "SubmissionStatus",
    "TierMetric",
    "TokenKind",
    "Trigger",
    "ValidityKind",
    "VersionStatus",
    "WindowKind",
]

AdjustmentStatus = adjustments.AdjustmentStatus
BenefitKind = terms.BenefitKind
CodeTaken = codes.CodeTaken
ChallengeCriterion = terms.ChallengeCriterion
ChallengeJoining = terms.ChallengeJoining
ChallengePeriod = terms.ChallengePeriod
ChallengeUnit = terms.ChallengeUnit
Downgrade = terms.Downgrade
QuotaPeriod = terms.QuotaPeriod
ValidityKind = terms.ValidityKind
CurrencyKind = terms.CurrencyKind
OfferKind = terms.OfferKind
LimitPeriod = terms.LimitPeriod
BillingPeriod = terms.BillingPeriod
Rounding = terms.Rounding
Trigger = terms.Trigger
WindowKind = terms.WindowKind


class Match(StrEnum):
    """All or any."""

    ALL = "ALL"
    ANY = "ANY"


class ActivityKind(StrEnum):
    """What was reported."""

    PURCHASE = "PURCHASE"
    VISIT = "VISIT"
    EVENT = "EVENT"
    REFUND = "REFUND"


class TierMetric(StrEnum):
    """What a tier counts."""

    SPEND = "SPEND"
    PURCHASES = "PURCHASES"
    POINTS = "POINTS"
    VISITS = "VISITS"


_describe(
    CurrencyKind, "What a unit of value is for.",
    REDEEMABLE="Can be spent.",
    QUALIFYING="Only counts for tiers; never spent.",
    STORE_CREDIT="Money to shop for, in the smallest unit of the program's money.",
    PREPAID="Money paid beforehand and what was given on top, in the smallest unit.",
    STAMP="Fills a card; never spent otherwise.",
)  # fmt: skip
_describe(
    ChallengeCriterion, "How what a member does becomes one number.",
    COUNT="How often it was done.",
    SUM="How much it comes to.",
    DISTINCT="How many different ones there were.",
    STREAK="How many days, weeks or months in a row there was at least one.",
)  # fmt: skip
_describe(
    ChallengeUnit, "What a challenge adds up, tells apart, or counts in a row.",
    SPEND="Money, in minor units.",
    QUANTITY="How many, or how much of it.",
    PRODUCTS="Products.",
    CATEGORIES="Categories.",
    STORES="Stores.",
    DAYS="Days in the program's time zone.",
    WEEKS="Weeks from Monday.",
    MONTHS="Calendar months.",
)  # fmt: skip
_describe(
    ChallengePeriod, "The time after which a challenge starts anew.",
    WEEK="A week, from Monday.",
    MONTH="A calendar month.",
    YEAR="A calendar year.",
)  # fmt: skip
_describe(
    ChallengeJoining, "Who takes part in a challenge.",
    AUTOMATIC="Everybody.",
    OPT_IN="Who joins, from then on.",
)  # fmt: skip
_describe(
    SubmissionStatus, "Where something that a member submitted stands.",
    WAITING="Nobody has looked at it yet.",
    APPROVED="It counts.",
    REJECTED="It does not count.",
)  # fmt: skip
_describe(
    WindowKind, "The stretch of time over which a ladder counts, in the program's time zone.",
    LIFETIME="Everything since the enrolment.",
    CALENDAR_YEAR="The calendar year.",
    ROLLING_12M="The last twelve months, day by day.",
    ANNIVERSARY="The year since the last anniversary of the enrolment.",
)  # fmt: skip
_describe(
    BenefitKind, "The right that a benefit gives.",
    FREE_SHIPPING="Nothing is paid for shipping.",
    EARLY_ACCESS="Sees or buys before others.",
    DISCOUNT="Pays less.",
    POINTS_MULTIPLIER="Earns more points, by `factor`.",
    SERVICE="A service, such as a fitting.",
    EVENT_ACCESS="May come to events.",
    CUSTOM="Something else, as named.",
)  # fmt: skip
_describe(
    ValidityKind, "Until when a tier lasts that was reached.",
    FOREVER="For ever.",
    PERIOD_END="To the end of the window's period; looked at then.",
    MONTHS="So many months; looked at then.",
)  # fmt: skip
_describe(
    Downgrade, "Where a member falls whose tier ended and was not kept.",
    ONE_STEP="To the tier below.",
    FULL="To the tier that what counts would reach.",
    NEVER="Nowhere: tiers are kept.",
)  # fmt: skip
_describe(
    QuotaPeriod, "The calendar period after which a quota begins anew, in the program's time zone.",
    MONTH="The month.",
    QUARTER="The quarter.",
    YEAR="The year.",
    EVER="It never does.",
)  # fmt: skip
_describe(
    Rounding, "How a part of a point becomes whole.",
    FLOOR="Down.",
    HALF_UP="To the nearest, a half up.",
    HALF_EVEN="To the nearest, a half to the even neighbour.",
    CEIL="Up.",
)  # fmt: skip
_describe(
    ActivityKind, "What was reported of a member.",
    PURCHASE="A paid purchase.",
    VISIT="A check-in.",
    EVENT="Something else they did, or that came by itself: a birthday.",
    REFUND="Money given back for a purchase.",
)  # fmt: skip
_describe(
    Match, "Whether all criteria of a tier must be met, or one of them.",
    ALL="Every criterion.",
    ANY="One criterion is enough.",
)  # fmt: skip
_describe(
    Trigger, "What makes an earning rule look.",
    PURCHASE="A paid purchase.",
    VISIT="A check-in.",
    EVENT="Something else a member did.",
    ENROLMENT="Joining, once for a person.",
    BIRTHDAY="The member's birthday.",
)  # fmt: skip
_describe(
    VersionStatus, "Where a version of the program stands in its life.",
    DRAFT="Written, not yet in force.",
    ACTIVE="In force; one at a time.",
    ARCHIVED="Was in force; entries made by it point to it.",
)  # fmt: skip
_describe(
    TierMetric, "What a tier counts.",
    SPEND="Money spent, in minor units.",
    PURCHASES="Number of purchases.",
    POINTS="Qualifying points earned.",
    VISITS="Number of visits.",
)  # fmt: skip
_describe(
    AdjustmentStatus, "Where a correction stands that one person alone may not make.",
    WAITING="Waits for a second person.",
    APPROVED="A second person agreed: it is booked.",
    REJECTED="A second person turned it down.",
)  # fmt: skip
_describe(
    EntryKind, "A movement of points.",
    ACCRUAL="Earned.",
    REDEMPTION="Spent.",
    EXPIRY="Not used in time.",
    CLAWBACK="Taken back: what earned it was refunded. Of 0 points: a hold ended, and what it had "
    "set aside paid what was owed.",
    REINSTATEMENT="Given back: what it was spent on was refunded.",
    ADJUSTMENT="Corrected by staff, up or down.",
    TRANSFER_IN="Given by another member, or come back.",
    TRANSFER_OUT="Given to another member.",
    TOP_UP="Prepaid: what was paid, or given on top.",
    RELEASE="Paid back in money: what was left of a top-up.",
)  # fmt: skip
_describe(
    OfferKind, "What one gets by an offer.",
    PERCENT_OFF="A percentage off.",
    AMOUNT_OFF="An amount of money off.",
    FREE_PRODUCT="A product for nothing.",
    FREE_SHIPPING="Nothing is paid for shipping.",
    VOUCHER_CODE="A code, to be used where it says.",
    EXPERIENCE="A seat at an event, a workshop, a service.",
    POINTS="Points, or credit.",
    CUSTOM="Something else, as named.",
)  # fmt: skip
_describe(
    HeldEnd, "Why what a member had of an offer ended without their doing, before its time.",
    OFFER_DROPPED="The program has the offer no more, or what it cost; the member waited for it.",
    OFFER_ENDED="The offer had ended when it was the member's turn.",
    TURN_NOT_FOR_YOU="The member did not meet the conditions any more when it was their turn.",
    TURN_NOT_PAID="The member had too few points when it was their turn.",
    TURN_NOT_ACTIVE="The membership was not active when it was the member's turn.",
)  # fmt: skip
_describe(
    CodeTaken, "Where a code stands that is not added to a list.",
    THIS_LIST="In this very list.",
    OTHER_LIST="In the list of another offer.",
    MEMBERS_OWN="A member was given it as their own.",
    GENERIC_TEXT="It is the text of a generic code.",
)  # fmt: skip
_describe(
    HeldState, "Where something that a member has of an offer stands.",
    WAITING="In line, until one is free.",
    RESERVED="Set aside, with its price, until it is confirmed or the time is over.",
    ISSUED="The member has it and may use it.",
    ACTIVATED="Switched on in the app, and running.",
    REDEEMED="Used.",
    EXPIRED="Not used in time.",
    CANCELLED="Given back; what it cost was returned.",
    WITHDRAWN="Taken back, as what it was given for was undone, or the offer is no more.",
)  # fmt: skip
_describe(
    InvitationState, "How far a member has come who used somebody's code.",
    JOINED="Has bought nothing yet that counts.",
    WAITING="Has bought; it counts unless it is returned.",
    CONFIRMED="Has kept it; the reward is on its way.",
    REWARDED="Who invited was rewarded.",
    COUNTED="Counts towards a reward for several friends.",
    CAPPED="Counts, but the month's rewards had all been given.",
    DENIED="Does not count after all.",
)  # fmt: skip
_describe(
    LimitPeriod, "A stretch of days in the program's time zone.",
    DAY="A day.",
    WEEK="A week, from Monday.",
    MONTH="A calendar month.",
    YEAR="A calendar year.",
    EVER="All time.",
)  # fmt: skip
_describe(
    Platform, "What the app runs on.",
    IOS="iOS or iPadOS.",
    ANDROID="Android.",
    WEB="A browser.",
)  # fmt: skip
_describe(
    TokenKind, "How a device is addressed.",
    TOKEN="By a registration token of Firebase Cloud Messaging.",  # noqa: S106 - a name
    FID="By a Firebase installation id.",
)  # fmt: skip
_describe(
    CampaignStatus, "Where a campaign stands in its life.",
    DRAFT="Being written.",
    AWAITING_APPROVAL="Launched to so many that a second person has to approve it.",
    SCHEDULED="Launched; nothing was sent yet.",
    SENDING="On its way.",
    SENT="Every delivery is settled.",
    PAUSED="Nothing more is sent until it is resumed.",
    STOPPED="Stopped for good; what was not yet sent never will be.",
)  # fmt: skip
_describe(
    DeliveryStatus, "Where a message to one member stands.",
    PENDING="Waits to be sent.",
    SENDING="On its way to Firebase.",
    SENT="Taken by Firebase.",
    FAILED="Refused by Firebase for good.",
    UNKNOWN="No answer came: it may have arrived, and is not sent again.",
    HELD="Waits for quiet hours to pass, or for the member's local hour.",
    SUPPRESSED="Not sent, for the reason given.",
)  # fmt: skip
_describe(
    MemberStatus, "Whether a member takes part.",
    ACTIVE="Takes part.",
    SUSPENDED="Takes no part for now.",
    CLOSED="Left, or was closed by staff; only staff can reinstate them.",
    ERASED="Left, and the profile is erased.",
)  # fmt: skip
_describe(
    LossKind, "What kind of thing somebody who leaves can use no more.",
    BALANCE="Points or credit.",
    TIER="A tier with its benefits.",
    PLAN="A plan or a pass that is paid for.",
    CARD="A punch card with stamps.",
    OFFER="An offer, a voucher or a seat that they have.",
)  # fmt: skip
_describe(
    Purpose, "What a message is for.",
    MARKETING="To advertise.",
    SERVICE="To tell of the member's own points, tiers and purchases.",
)  # fmt: skip
_describe(
    Engaged, "What a member does in the app.",
    SEEN="The app was open.",
    OPENED="A message was opened.",
    CLICKED="A message was followed to where it leads.",
)  # fmt: skip
_describe(
    Channel, "By which way a message goes.",
    PUSH="A push to the app.",
    EMAIL="A mail.",
    SMS="A text message.",
)  # fmt: skip
_describe(
    PlanStatus, "Where a plan or a pass stands.",
    ACTIVE="Paid for.",
    CANCELLED="Ends with what is paid for; its benefits hold until then.",
    GRACE="What was paid for is over; its benefits hold for some days more.",
    LAPSED="Over.",
    REFUNDED="Given back, and over.",
)  # fmt: skip
_describe(
    BillingPeriod, "The unit of a billing period.",
    WEEK="Seven days.",
    MONTH="A calendar month.",
    YEAR="A calendar year.",
)  # fmt: skip
_describe(
    CardState, "What became of a punch card.",
    OPEN="Takes stamps.",
    COMPLETED="Full; what it gives was given.",
    EXPIRED="Not full in time, and void.",
)  # fmt: skip
