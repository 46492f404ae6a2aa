"""What is tried before a campaign goes out: FCM's word on its texts, and tests to phones."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from loyalty.errors import BadInput
from loyalty.push.fcm import Outcome, Receipt
from loyalty.push.rules.deliveries import DeliveryStatus

RECEIVERS_LIMIT = 20
TRIALS_KEPT = 20


class CheckOutcome(StrEnum):
    """Say what FCM makes of a text; UNKNOWN where it could not be asked."""

    WAITING = "WAITING"
    PASSED = "PASSED"
    REFUSED = "REFUSED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Gap:
    """A field of a text that so many members have not, `of` those of the audience looked at."""

    field: str
    members: int
    of: int


@dataclass(frozen=True, slots=True)
class Check:
    """What FCM makes of one wording in one language, as long as it may well become.

    `missing` is what some members have not.
    """

    variant: str
    locale: str
    outcome: CheckOutcome
    code: str | None = None
    missing: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class Validation:
    """FCM was asked about the texts of a campaign as they are at `version`."""

    version: int
    asked_at: datetime
    asked_by: str
    checked_at: datetime | None = None
    checks: tuple[Check, ...] = ()

    @property
    def outcome(self) -> CheckOutcome:
        """Give the worst of all: one text that is refused is one too many."""
        found = {check.outcome for check in self.checks}
        worst = (CheckOutcome.REFUSED, CheckOutcome.UNKNOWN, CheckOutcome.PASSED)
        return next((outcome for outcome in worst if outcome in found), CheckOutcome.WAITING)


@dataclass(frozen=True, slots=True)
class Receivers:
    """Who gets a test: members on all of their devices, and single devices."""

    member_ids: tuple[str, ...] = ()
    device_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of one wording for one receiver."""

    member_id: str
    variant: str
    status: DeliveryStatus
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """A test of a campaign; it counts nowhere. `done_at` is None until a worker has sent it."""

    key: str
    at: datetime
    who: str
    receivers: Receivers
    done_at: datetime | None = None
    results: tuple[Tried, ...] = ()


def check_receivers(receivers: Receivers) -> None:
    """Refuse a test to nobody, or to a crowd. Raises BadInput."""
    ids = (*receivers.member_ids, *receivers.device_ids)
    if not 1 <= len(ids) <= RECEIVERS_LIMIT:
        raise BadInput(f"1 to {RECEIVERS_LIMIT} members and devices", ("memberIds",))


def checked(receipt: Receipt) -> tuple[CheckOutcome, str | None]:
    """Read FCM's answer to a text that was only to be validated."""
    if receipt.outcome is Outcome.SENT:
        return CheckOutcome.PASSED, None
    if receipt.outcome is Outcome.REJECTED:
        return CheckOutcome.REFUSED, receipt.detail or receipt.code
    return CheckOutcome.UNKNOWN, receipt.code or receipt.outcome.value


def tried(receipts: list[Receipt]) -> tuple[DeliveryStatus, str | None]:
    """Say what became of a test from the answers of a receiver's devices."""
    if any(receipt.outcome is Outcome.SENT for receipt in receipts):
        return DeliveryStatus.SENT, None
    code = next((r.code or r.outcome.value for r in receipts), None)
    unknown = any(receipt.outcome is Outcome.UNKNOWN for receipt in receipts)
    return (DeliveryStatus.UNKNOWN if unknown else DeliveryStatus.FAILED), code
