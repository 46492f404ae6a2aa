"""What is said of a member when they join or change: the fields of a profile, and consents."""

from datetime import date, datetime

import strawberry

from loyalty import members
from loyalty.errors import BadInput
from loyalty.members import Consent, ProfileInput
from schema.context import Context
from schema.enums import Channel, Purpose
from schema.payloads import OfMember, Payload, Repeatable
from schema.scalars import Locale, short_text

CONSENTS_LIMIT = 20
WORDING_LIMIT = 100
VERSION_LIMIT = 50


@strawberry.input(description="A yes or no to messages of one purpose on one channel.")
class MemberConsentInput:
    """A yes or no."""

    purpose: Purpose = strawberry.field(description="What the messages are for.")
    channel: Channel = strawberry.field(description="By which way they go.")
    granted: bool = strawberry.field(description="Whether the member agrees.")


@strawberry.input
class ProfileFields:
    """What may be said of a profile: null or absent leaves a field, an empty text clears it."""

    first_name: str | None = strawberry.field(
        default=None,
        description="First name, at most 100 characters; null leaves it, empty clears it.",
    )
    last_name: str | None = strawberry.field(
        default=None,
        description="Last name, at most 100 characters; null leaves it, empty clears it.",
    )
    email: str | None = strawberry.field(
        default=None,
        description="Mail address, at most 254 characters; null leaves it, empty clears it.",
    )
    phone: str | None = strawberry.field(
        default=None,
        description="Phone number, E.164 such as +4512345678; null leaves it, empty clears it.",
    )
    birth_date: date | None = strawberry.field(
        default=None, description="Date of birth; null leaves it."
    )
    locale: Locale | None = strawberry.field(
        default=None, description="Language and region for texts; null leaves it."
    )
    time_zone: str | None = strawberry.field(
        default=None, description="IANA time zone such as Europe/Copenhagen; null leaves it."
    )

    def to_profile(self, locale: str | None = None) -> ProfileInput:
        """Read what was sent; `locale` where it names none."""
        return ProfileInput(
            locale=self.locale or locale,
            time_zone=self.time_zone,
            first_name=self.first_name,
            last_name=self.last_name,
            email=self.email,
            phone=self.phone,
            birth_date=self.birth_date,
        )


@strawberry.input
class FirstProfileFields(ProfileFields):
    """What may be said of somebody who joins: null, absent or empty leaves a field empty."""

    first_name: str | None = strawberry.field(
        default=None, description="First name, at most 100 characters; null for none."
    )
    last_name: str | None = strawberry.field(
        default=None, description="Last name, at most 100 characters; null for none."
    )
    email: str | None = strawberry.field(
        default=None, description="Mail address, at most 254 characters; null for none."
    )
    phone: str | None = strawberry.field(
        default=None, description="Phone number, E.164 such as +4512345678; null for none."
    )
    birth_date: date | None = strawberry.field(
        default=None, description="Date of birth; null for none."
    )
    locale: Locale | None = strawberry.field(
        default=None,
        description="Language and region for texts; null for the program's default language.",
    )
    time_zone: str | None = strawberry.field(
        default=None,
        description="IANA time zone such as Europe/Copenhagen; null for the program's.",
    )
    referral_code: str | None = strawberry.field(
        default=None,
        description="The code of the member who invited them, at most 40 characters; null for "
        "none. Nobody joins with a code that cannot be theirs.",
    )


@strawberry.type(description="What became of an enrolment.")
class MemberEnrolPayload(OfMember, Repeatable):
    """The member; `replayed` when they were one before."""

    member_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The member's id, for a caller who may not read members too; null when it "
        "was refused.",
    )


@strawberry.type(description="What became of a change of a profile.")
class MemberUpdateProfilePayload(OfMember, Payload):
    """The member."""


@strawberry.type(description="What became of consents.")
class MemberSetConsentsPayload(OfMember, Payload):
    """The member."""


@strawberry.input
class ConsentFields:
    """What a member agreed to or refused, and where."""

    consents: list[MemberConsentInput] = strawberry.field(
        description="1 to 20 of them; each takes the place of the one before for its purpose and "
        "channel, but a yes that is told later the place of no newer no, nor of one that was told "
        "after it was said. Not both to the same."
    )
    source: str = strawberry.field(
        description="Where it was said, kept as proof: the screen or text and its version; 1 to "
        "200 characters."
    )
    wording: str | None = strawberry.field(
        default=None,
        description="The version of the text that was agreed to, such as terms-2026-03; at most "
        "100 characters, null where `source` says it.",
    )
    app_version: str | None = strawberry.field(
        default=None, description="The version of the app that showed it; at most 50 characters."
    )
    at: datetime | None = strawberry.field(
        default=None,
        description="When it was said, where it is told later: by the clock of the phone that had "
        "no connection, or as the paper says. Not after now. Null for just now.",
    )

    def to_consents(self, actor: str, now: datetime) -> list[Consent]:
        """Read what was said, by whom. Raises BadInput."""
        if not 1 <= len(self.consents) <= CONSENTS_LIMIT:
            raise BadInput(f"1 to {CONSENTS_LIMIT} consents", ("consents",))
        source = short_text(self.source, "source")
        for name, text, limit in (
            ("wording", self.wording, WORDING_LIMIT),
            ("appVersion", self.app_version, VERSION_LIMIT),
        ):
            if text is not None and not (1 <= len(text) <= limit and text.isprintable()):
                raise BadInput(f"1 to {limit} characters of one line", (name,))
        at, received_at = members.contact.when_said(self.at, now)
        proof = (at, source, self.wording, self.app_version, actor, received_at)
        return [Consent(c.purpose, c.channel, c.granted, *proof) for c in self.consents]


async def enrolled(context: Context, member_id: str, created: bool) -> MemberEnrolPayload:
    """Answer an enrolment."""
    state = await members.require(context.engine, member_id)
    view = await context.view(state)
    return MemberEnrolPayload(view=view, member_id=strawberry.ID(member_id), replayed=not created)
