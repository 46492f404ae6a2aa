"""The terms and conditions as data: what `program.yaml` may say; nouns execute it."""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from loyalty.program.rules.activities import Activity, Event, Line, Purchase, Visit
from loyalty.program.rules.adjustments import Adjustments, Limits
from loyalty.program.rules.bases import line_bases
from loyalty.program.rules.cards import Card
from loyalty.program.rules.changes import changed
from loyalty.program.rules.challenges import (
    Challenge, ChallengeCriterion, ChallengeJoining, ChallengePeriod, ChallengeUnit, Level,
    Occasion, Submissions,
)
from loyalty.program.rules.conditions import (
    NOBODY_SPECIAL, WEEKDAYS, Conditions, Hours, Place, Weekday, Who, holds, is_birthday, means,
    selected, selects, suits,
)
from loyalty.program.rules.currencies import (
    MINIMUM_LIFE_DAYS, CurrencyKind, Expiry, FixedDate, Inactivity, NegativeBalance, Never,
    PointsCurrency, Rolling, TopUp, Transfers,
)
from loyalty.program.rules.days import add_months, end_of_day, local_day
from loyalty.program.rules.earning import (
    Cap, EarningRule, Fixed, Multiplier, PerAmount, Receipts, Rounding, Trigger, Visits,
)
from loyalty.program.rules.grants import Grant
from loyalty.program.rules.ladders import (
    Benefit, BenefitKind, Downgrade, Ladder, Quota, QuotaPeriod, Threshold, Tier, Validity,
    ValidityKind, WindowKind,
)
from loyalty.program.rules.messaging import MessageCap, Messaging
from loyalty.program.rules.mistakes import Problem, nearest, problems
from loyalty.program.rules.nudges import (
    NUDGE_FIELDS, BirthdayNudge, ClockNudge, EndingNudge, ExpiryNudge, NearNudge, Nudge,
    NudgeTrigger, PlainNudge, ProgressNudge, WelcomeNudge, WinBackNudge, cap_of,
)
from loyalty.program.rules.offers import (
    Audience, Code, CodeKind, EarlyAccess, IssueOn, Limit, LimitPeriod, Offer, OfferKind, Price,
)
from loyalty.program.rules.personal import Counted, PersonalKind, PersonalOffer
from loyalty.program.rules.plans import BillingPeriod, Pass, Plan
from loyalty.program.rules.programs import EarnBase, Program, VersionStatus, json_schema
from loyalty.program.rules.referrals import Payout, Referral
from loyalty.program.rules.sources import PlainLoader, Unreadable, read_source
from loyalty.program.rules.spelling import OF_PATTERN, explain
from loyalty.program.rules.texts import (
    PERSONAL_FIELDS, CountedName, Day, Id, Terms, Text, fields_of, minor_units, time_zones,
)

__all__ = [
    "MINIMUM_LIFE_DAYS", "NOBODY_SPECIAL", "NUDGE_FIELDS", "OF_PATTERN", "PERSONAL_FIELDS",
    "WEEKDAYS", "Activity", "Adjustments", "Audience", "Benefit", "BenefitKind", "BillingPeriod",
    "BirthdayNudge", "Cap", "Card", "Challenge", "ChallengeCriterion", "ChallengeJoining",
    "ChallengePeriod", "ChallengeUnit", "ClockNudge", "Code", "CodeKind", "Conditions", "Counted",
    "CountedName", "CurrencyKind", "Day", "Downgrade", "EarlyAccess", "EarnBase", "EarningRule",
    "EndingNudge", "Event", "Expiry", "ExpiryNudge", "Fixed", "FixedDate", "Grant", "Hours", "Id",
    "Inactivity", "IssueOn", "Ladder", "Level", "Limit", "LimitPeriod", "Limits", "Line",
    "MessageCap", "Messaging", "Multiplier", "NearNudge", "NegativeBalance", "Never", "Nudge",
    "NudgeTrigger", "Occasion", "Offer", "OfferKind", "Pass", "Payout", "PerAmount", "PersonalKind",
    "PersonalOffer", "Place", "PlainLoader", "PlainNudge", "Plan", "PointsCurrency", "Price",
    "Problem", "Program", "ProgressNudge", "Purchase", "Quota", "QuotaPeriod", "Receipts",
    "Referral", "Rolling", "Rounding", "Submissions", "Terms", "Text", "Threshold", "Tier", "TopUp",
    "Transfers", "Trigger", "Unreadable", "Validity", "ValidityKind", "VersionStatus", "Visit",
    "Visits", "Weekday", "WelcomeNudge", "Who", "WinBackNudge", "WindowKind", "add_months",
    "cap_of", "changed", "end_of_day", "explain", "fields_of", "holds", "is_birthday",
    "json_schema", "line_bases", "local_day", "means", "minor_units", "nearest", "problems",
    "read_source", "selected", "selects", "suits", "time_zones",
]
