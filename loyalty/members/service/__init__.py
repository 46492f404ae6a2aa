"""The verbs of members: they join, are found, change, and take part or not."""

# fmt: off
from loyalty.members.service import contact, labels, statuses
from loyalty.members.service.enrolling import Enrolled, Enrolment, enrol, enrol_many
from loyalty.members.service.profiles import set_consents, update_profile
from loyalty.members.service.reading import (
    count,
    find,
    find_by_external_id,
    find_id,
    newest,
    prepare,
    require,
    watch,
)
from loyalty.members.service.statuses import may, must_be_free

__all__ = [
    "Enrolled", "Enrolment", "contact", "count", "enrol", "enrol_many", "find",
    "find_by_external_id", "find_id", "labels", "may", "must_be_free", "newest", "prepare",
    "require", "set_consents", "statuses", "update_profile", "watch",
]
