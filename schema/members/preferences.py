"""How a member wants to be written to: categories they want none of, and their quiet hours."""

import re

import strawberry

from loyalty import members
from loyalty.errors import BadInput
from loyalty.program import terms
from schema.context import Context, Info, View
from schema.payloads import Input, OfMember, Payload, answer
from schema.permissions import OWN, Needs
from schema.push.enums import MessageCategory

_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
CLOCK = "as the clock shows it where the member lives, HH:MM from 00:00 to 23:59"


@strawberry.type(description="Hours of the day in which a phone is not disturbed.")
class QuietHours:
    """A stretch of the day."""

    since: str = strawberry.field(description=f"When they begin, {CLOCK}.")
    until: str = strawberry.field(
        description=f"When they are over, {CLOCK}; on the next day where that is earlier."
    )


@strawberry.input(description="Hours of the day in which a phone is not disturbed.")
class QuietHoursInput:
    """A stretch of the day."""

    since: str = strawberry.field(description=f"When they begin, {CLOCK}.")
    until: str = strawberry.field(
        description=f"When they are over, {CLOCK}; on the next day where that is earlier. Another "
        "time than `since`."
    )

    def to_hours(self) -> terms.Hours:
        """Read the hours. Raises BadInput."""
        for name, text in (("since", self.since), ("until", self.until)):
            if not _CLOCK.fullmatch(text):
                raise BadInput("a time is HH:MM, such as 21:30", ("quietHours", name))
        return terms.Hours.model_validate({"since": self.since, "until": self.until})


@strawberry.type(description="How a member wants to be written to by push.")
class MemberPreferences:
    """What they want."""

    muted: list[MessageCategory] = strawberry.field(
        description="What they want no messages about; whatever consents say."
    )
    quiet_hours: QuietHours | None = strawberry.field(
        description="Their own quiet hours, in the place of the program's; null where they have "
        "said none."
    )
    program_quiet_hours: QuietHours | None = strawberry.field(
        description="The program's quiet hours, for members who have said none; null for none."
    )


def show_preferences(view: View) -> MemberPreferences:
    """Show what a member wants."""
    wanted = members.contact.preferences_of(view.state)
    program = view.version.program.messaging.quiet_hours if view.version else None
    return MemberPreferences(
        muted=[category for category in MessageCategory if category.value in wanted.muted],
        quiet_hours=_show(wanted.quiet),
        program_quiet_hours=_show(program),
    )


def _show(hours: terms.Hours | None) -> QuietHours | None:
    if hours is None:
        return None
    return QuietHours(since=f"{hours.since:%H:%M}", until=f"{hours.until:%H:%M}")


@strawberry.input(
    description="How a member wants to be written to, in the place of what they said."
)
class MemberSetPreferencesInput:
    """What they want."""

    muted: list[MessageCategory] = strawberry.field(
        description="What they want no messages about; empty to hear of everything."
    )
    quiet_hours: QuietHoursInput | None = strawberry.field(
        default=None, description="Their own quiet hours; null for the program's."
    )


@strawberry.type(description="What became of preferences.")
class MemberSetPreferencesPayload(OfMember, Payload):
    """The member."""


@strawberry.type
class AppPreferenceMutation:
    """What a member says of how to be written to."""

    @strawberry.mutation(
        description="Say which messages are not wanted, and when; all of it, as often as the app "
        "likes.",
        extensions=[Needs(OWN)],
    )
    async def member_set_preferences(
        self, info: Info, input: Input[MemberSetPreferencesInput]
    ) -> MemberSetPreferencesPayload | None:
        """Set the caller's preferences."""
        return await answer(info.context, MemberSetPreferencesPayload, _set(info.context, input))


async def _set(context: Context, wanted: MemberSetPreferencesInput) -> MemberSetPreferencesPayload:
    hours = wanted.quiet_hours.to_hours() if wanted.quiet_hours else None
    muted = [category.value for category in wanted.muted]
    own = await context.own()
    engine = context.engine
    state = await members.contact.set_preferences(engine, own.member_id, muted, hours)
    return MemberSetPreferencesPayload(view=await context.view(state))
