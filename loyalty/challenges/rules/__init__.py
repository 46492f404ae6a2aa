"""The rules of challenges: what counts, how far a member is, and what they tell of themselves."""

# fmt: off
# ruff: noqa: I001 - a face is a list of names, wrapped like a paragraph
from loyalty.challenges.rules.counting import (
    LATE_DAYS, NOTHING, Gain, Progress, Span, counted, due, ends_at, gain, may_see, next_span, Way,
    reached, shown, span_on, way,
)
from loyalty.challenges.rules.efforts import (
    Achievement, Efforts, Participation, check_alias, read_as,
)
from loyalty.challenges.rules.refusals import (
    AliasTaken, ChallengeAutomatic, ChallengeNotJoined, ChallengeNotRanked, ChallengeOver,
    ChallengeUnknown,
)
from loyalty.challenges.rules.words import asks
from loyalty.challenges.rules.submissions import (
    Submission, SubmissionDecided, SubmissionLimit, SubmissionStatus, SubmissionUnknown,
    SubmissionsNotTaken, check, taken,
)

__all__ = [
    "LATE_DAYS", "NOTHING", "Achievement", "AliasTaken", "ChallengeAutomatic", "ChallengeNotJoined",
    "ChallengeNotRanked", "ChallengeOver", "ChallengeUnknown", "Efforts", "Gain", "Participation",
    "Progress", "Span", "Submission", "SubmissionDecided", "SubmissionLimit", "SubmissionStatus",
    "SubmissionUnknown", "SubmissionsNotTaken", "Way", "asks", "check", "check_alias", "counted",
    "due", "ends_at", "gain", "may_see", "next_span", "reached", "read_as", "shown", "span_on",
    "taken", "way",
]
