"""A member as the graph shows them: who they are, what they agreed to, what they hold and are."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated

import strawberry

from loyalty import activities, members, push
from loyalty.members import Consent, statuses
from schema.activities.history import (
    ACTIVITIES,
    MemberActivity,
    activity_cursor,
    show_activity,
)
from schema.challenges import (
    Achievement,
    ChallengeStanding,
    show_achievements,
    show_standings,
)
from schema.context import Context, Info, View
from schema.enums import Channel, MemberStatus, Purpose
from schema.members.codes import MemberCode, show_code
from schema.members.preferences import MemberPreferences, show_preferences
from schema.nodes import Node
from schema.offers import MemberOffers
from schema.pagination import Connection, InstantPage, Paged, connection
from schema.permissions import READ_MEMBERS
from schema.plans import (
    MemberCard,
    MemberPass,
    MemberPlan,
    show_cards,
    show_passes,
    show_plans,
)
from schema.push import Device, Message, message_cursor, show_device, show_message
from schema.push.messages import INBOX
from schema.referrals import MemberReferral, show_referral
from schema.scalars import Locale
from schema.tiers import TierStatus, show_statuses
from schema.wallets import Wallet


@strawberry.type(description="A yes or no to messages of one purpose on one channel.")
class MemberConsent:
    """A yes or no."""

    purpose: Purpose = strawberry.field(description="What the messages are for.")
    channel: Channel = strawberry.field(description="By which way they go.")
    granted: bool = strawberry.field(description="Whether the member agreed.")
    at: datetime = strawberry.field(
        description="When it was said; where it was told later, by the clock of the phone."
    )
    received_at: datetime = strawberry.field(
        description="When it was told here: the same, unless it was told later."
    )
    source: str = strawberry.field(description="Where it was said, such as a screen of the app.")
    wording: str | None = strawberry.field(
        description="The version of the text that was agreed to; null where none was told."
    )
    app_version: str | None = strawberry.field(
        description="The version of the app that showed it; null where none was told."
    )
    actor: str | None = strawberry.field(
        description="Who told that it was said: `member` for themselves; null where it was told "
        "before that was noted."
    )


@strawberry.type(description="When a member came to a status, who said so, and why.")
class MemberStatusChange:
    """A change of a status."""

    status: MemberStatus = strawberry.field(description="What they became.")
    at: datetime = strawberry.field(description="When.")
    actor: str = strawberry.field(
        description="Who said so: the kind of caller and its subject, or `member` for themselves."
    )
    reason: str = strawberry.field(description="Why, as it was said.")


@strawberry.type(description="When a member was last heard of, to the hour.")
class MemberEngagement:
    """Signs of life."""

    seen_at: datetime | None = strawberry.field(description="When they last started the app.")
    opened_at: datetime | None = strawberry.field(description="When they last opened a message.")
    clicked_at: datetime | None = strawberry.field(
        description="When they last followed a message to where it leads."
    )


@strawberry.type(description="A person who takes part in the program.")
class Member(Node):
    """A person who takes part."""

    status: MemberStatus = strawberry.field(description="Whether they take part.")
    enrolled_at: datetime = strawberry.field(description="When they joined.")
    external_id: str | None = strawberry.field(
        description="The shop's own number for them; null where it has none."
    )
    first_name: str | None = strawberry.field(description="First name.")
    last_name: str | None = strawberry.field(description="Last name.")
    email: str | None = strawberry.field(description="Mail address.")
    phone: str | None = strawberry.field(description="Phone number, E.164.")
    birth_date: date | None = strawberry.field(description="Date of birth.")
    locale: Locale = strawberry.field(description="Language and region texts are written in.")
    time_zone: str = strawberry.field(description="IANA time zone they live in.")
    view: strawberry.Private[View]

    @classmethod
    def of(cls, view: View) -> "Member":
        """Show a member."""
        profile = view.profile
        return cls(
            id=strawberry.ID(view.state.member_id),
            status=profile.status,
            enrolled_at=profile.enrolled_at,
            external_id=profile.external_id,
            first_name=profile.first_name,
            last_name=profile.last_name,
            email=profile.email,
            phone=profile.phone,
            birth_date=profile.birth_date,
            locale=Locale(profile.locale),
            time_zone=profile.time_zone,
            view=view,
        )

    @strawberry.field(
        description="What they said to messages, the latest for each purpose and channel. Where "
        "nothing was said, only SERVICE messages by PUSH are sent."
    )
    def consents(self) -> list[MemberConsent]:
        """Show the consents."""
        return [_show_consent(consent) for consent in self.view.profile.consents]

    @strawberry.field(
        description="What they ever said to messages, the last 20 times, the last first."
    )
    def consent_history(self) -> list[MemberConsent]:
        """Show what was said, and what before."""
        said = members.contact.consents_of(self.view.state)
        return [_show_consent(consent) for consent in reversed(said)]

    @strawberry.field(
        description="How they want to be written to by push; to change it, "
        "`memberSetPreferences` at the app door."
    )
    def preferences(self) -> MemberPreferences:
        """Show what they want."""
        return show_preferences(self.view)

    @strawberry.field(
        description="Labels that staff put on them; null for a caller who may not read members."
    )
    def segments(self, info: Info) -> list[str] | None:
        """Show the labels, to staff."""
        may_read = READ_MEMBERS.opens_for(info.context.caller)
        return list(self.view.profile.segments) if may_read else None

    @strawberry.field(
        description="When they were last heard of; null for a caller who may not read members."
    )
    def engagement(self, info: Info) -> MemberEngagement | None:
        """Show signs of life, to staff."""
        heard = members.contact.engagement_of(self.view.state)
        may_read = READ_MEMBERS.opens_for(info.context.caller)
        return MemberEngagement(**asdict(heard)) if may_read else None

    @strawberry.field(
        description="How their status came about: the last 20 changes, the last first; null for a "
        "caller who may not read members."
    )
    def status_changes(self, info: Info) -> list[MemberStatusChange] | None:
        """Show how the status came about, to staff."""
        may_read = READ_MEMBERS.opens_for(info.context.caller)
        changes = reversed(self.view.profile.changes)
        return [_show_change(change) for change in changes] if may_read else None

    @strawberry.field(description="Where their app can be reached; at most 20, last seen first.")
    async def devices(self, info: Info) -> list[Device] | None:
        """List the devices."""
        found = await push.devices.of_member(info.context.engine, self.id)
        return [show_device(device, self.view) for device in found]

    @strawberry.field(
        description="What was sent to them by push, newest first; kept for 90 days unless the "
        "program says otherwise. Null for everybody but the member: staff ask `memberMessages`.",
        extensions=[Paged(INBOX, InstantPage)],
    )
    async def inbox(self, info: Info, asked: InstantPage) -> Connection[Message] | None:
        """List a page of messages, to the member."""
        if info.context.caller.kind != "member":
            return None
        view, engine = self.view, info.context.engine
        found = await push.inbox.sent_to(engine, view.state.member_id, asked.walk)
        return connection(asked, found, message_cursor, lambda sent: show_message(sent, view))

    @strawberry.field(
        description="How many of the newest 100 messages of the inbox were not opened; null for "
        "everybody but the member."
    )
    async def unread_count(self, info: Info) -> int | None:
        """Count what was not opened, for the member."""
        is_own = info.context.caller.kind == "member"
        return await push.inbox.unread(info.context.engine, self.id) if is_own else None

    @strawberry.field(description="What they hold.")
    def wallet(self) -> Wallet:
        """Show the wallet."""
        return Wallet.of(self.view)

    @strawberry.field(
        description="What was reported of them, newest first, with what it moved.",
        extensions=[Paged(ACTIVITIES, InstantPage)],
    )
    async def activities(
        self,
        info: Info,
        asked: InstantPage,
        store: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Only what was done at this store; null for all."),
        ] = None,
    ) -> Connection[MemberActivity] | None:
        """List a page of activities."""
        engine, view = info.context.engine, self.view
        found = await activities.history.activities_of(engine, view.state, asked.walk, store)
        return connection(asked, found, activity_cursor, lambda done: show_activity(done, view))

    @strawberry.field(
        description="Their place on the primary ladder; null where the program has none."
    )
    def tier(self) -> TierStatus | None:
        """Show the first ladder's place."""
        return next(iter(show_statuses(self.view)), None)

    @strawberry.field(description="Their place on every ladder, in the order of the program.")
    def tiers(self) -> list[TierStatus]:
        """Show every ladder's place."""
        return show_statuses(self.view)

    @strawberry.field(
        description="Their code for the till, of this moment; null for everybody but the member, "
        "for a member who is not active, and where the house signs none."
    )
    def code(self, info: Info) -> MemberCode | None:
        """Sign a code."""
        return show_code(info.context, self.view)

    @strawberry.field(
        description="Their code to bring friends, and what came of it; null where the program "
        "has no referral."
    )
    def referral(self) -> MemberReferral | None:
        """Show what they have to do with friends."""
        return show_referral(self.view)

    @strawberry.field(description="What they have of offers, and what they may have.")
    def offers(self) -> MemberOffers:
        """Show the offers."""
        return MemberOffers.of(self.view)

    @strawberry.field(description="The plans they have or had, in the order of the program.")
    def plans(self) -> list[MemberPlan]:
        """Show the plans."""
        return show_plans(self.view)

    @strawberry.field(description="The passes they have or had, in the order of the program.")
    def passes(self) -> list[MemberPass]:
        """Show the passes."""
        return show_passes(self.view)

    @strawberry.field(description="Their punch cards, every one of the program, in its order.")
    def cards(self) -> list[MemberCard]:
        """Show the cards."""
        return show_cards(self.view)

    @strawberry.field(
        description="Every challenge that is not over and that can count for them, in the order "
        "of the program."
    )
    def challenges(self) -> list[ChallengeStanding]:
        """Show the challenges."""
        return show_standings(self.view)

    @strawberry.field(description="What they ever achieved in challenges, the last first.")
    def achievements(self) -> list[Achievement]:
        """Show the achievements."""
        return show_achievements(self.view)


def _show_consent(consent: Consent) -> MemberConsent:
    return MemberConsent(
        purpose=consent.purpose,
        channel=consent.channel,
        granted=consent.granted,
        at=consent.at,
        received_at=consent.received_at or consent.at,
        source=consent.source,
        wording=consent.wording,
        app_version=consent.app_version,
        actor=consent.actor,
    )


def _show_change(change: statuses.StatusChange) -> MemberStatusChange:
    return MemberStatusChange(
        status=change.status, at=change.at, actor=change.actor, reason=change.reason
    )


async def find_member(context: Context, member_id: str) -> Member | None:
    """Find a member to be shown."""
    state = await members.find(context.engine, member_id)
    return Member.of(await context.view(state)) if state else None
