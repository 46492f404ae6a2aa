"""Whether a message may go to a member, and when, as things stand as it is sent; pure."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from loyalty.errors import BadInput
from loyalty.members import Channel, Doing, Profile, contact
from loyalty.program import terms
from loyalty.push.rules.briefs import Schedule
from loyalty.push.rules.deliveries import Delivery, Reason
from loyalty.push.rules.timing import held_until, local_instant
from loyalty.values import value

LOCAL_LIFE = timedelta(hours=12)  # after the local hour that was asked for: so quiet hours fit in
LIFE = timedelta(hours=48)
WEST = timedelta(hours=12)  # how late the last member of all has a local hour


@value
class Recipient:
    """Who a message is for: who they are, how they want to be reached, on how many devices."""

    profile: Profile | contact.Hearing | None
    preferences: contact.Preferences
    device_count: int

    @property
    def zone(self) -> ZoneInfo:
        """Give where the member lives, by the clock."""
        return ZoneInfo(self.profile.time_zone if self.profile else "UTC")

    def quiet(self, messaging: terms.Messaging) -> tuple[terms.Hours, ...]:
        """Give the member's own quiet hours, else the program's."""
        hours = self.preferences.quiet or messaging.quiet_hours
        return (hours,) if hours else ()


def why_not(delivery: Delivery, recipient: Recipient) -> Reason | None:
    """Say why a member is not written to; None when nothing speaks against it."""
    profile = recipient.profile
    if profile is None or not profile.may(Doing.HEAR):
        return Reason.MEMBER_NOT_ACTIVE
    if not profile.may_receive(delivery.purpose, Channel.PUSH):
        return Reason.NO_CONSENT
    if delivery.category.value in recipient.preferences.muted:
        return Reason.OPTED_OUT
    return None if recipient.device_count else Reason.NO_DEVICE


def wait(
    delivery: Delivery,
    recipient: Recipient,
    quiet: tuple[terms.Hours, ...],
    schedule: Schedule | None,
    now: datetime,
) -> datetime | Reason | None:
    """Give until when a message is held, that it is too late for it, or None where it may go."""
    opens_at, life = delivery.created_at, LIFE
    if schedule is not None and schedule.on is not None and schedule.local_time is not None:
        opens_at = local_instant(schedule.on, schedule.local_time, recipient.zone)
        life = LOCAL_LIFE
    if now - opens_at > life:
        return Reason.TOO_LATE
    at = max(now, opens_at)
    until = held_until(at, recipient.zone, quiet) or at
    return until if until > now else None


def must_be_ahead(schedule: Schedule, now: datetime) -> None:
    """Refuse a schedule that is too late for everybody. Raises BadInput."""
    if is_over(schedule, now):
        raise BadInput("over by now, wherever a member lives", ("schedule",))


def is_over(schedule: Schedule, now: datetime, *, has_begun: bool = False) -> bool:
    """Tell whether what a schedule names is so long ago that it is too late for everybody.

    What has begun at its instant goes to whoever is first looked at later.
    """
    if schedule.at is not None:
        return not has_begun and now - schedule.at > LIFE
    if schedule.on is not None and schedule.local_time is not None:
        last_at = datetime.combine(schedule.on, schedule.local_time) + WEST
        return now - last_at > LOCAL_LIFE
    return False
