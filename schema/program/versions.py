"""The versions of the program, for staff: written, put in force, archived."""

from datetime import datetime

import strawberry

from loyalty import program
from loyalty.offers import codes
from loyalty.program import Version
from schema.context import Info
from schema.enums import VersionStatus
from schema.nodes import Node
from schema.pagination import Connection, NumberPage, Paged, connection, cursor
from schema.payloads import Input, Payload, answer
from schema.permissions import READ_PROGRAMS, WRITE_PROGRAMS, Needs
from schema.program.terms import Program, show_active, show_program

_VERSIONS = "versions"


@strawberry.type(description="One version of the program, with the text it was made from.")
class ProgramVersion(Node):
    """A version, for staff."""

    number: int = strawberry.field(description="Counts from 1.")
    status: VersionStatus = strawberry.field(description="Where it stands in its life.")
    source: str = strawberry.field(description="The definition in YAML, as it was sent.")
    created_at: datetime = strawberry.field(description="When it was written.")
    published_at: datetime | None = strawberry.field(
        description="When it was first put in force; null for a draft."
    )
    activated_at: datetime | None = strawberry.field(
        description="When it was last put in force; null for a draft."
    )
    version: strawberry.Private[Version]

    @strawberry.field(description="What it says, as members see it.")
    async def program(self, info: Info) -> Program:
        """Show the terms."""
        return await show_program(info.context, self.version)


def show_version(version: Version) -> ProgramVersion:
    """Show a version."""
    return ProgramVersion(
        id=strawberry.ID(f"ver_{version.number}"),
        number=version.number,
        status=version.status,
        source=version.source,
        created_at=version.created_at,
        published_at=version.published_at,
        activated_at=version.activated_at,
        version=version,
    )


@strawberry.type
class StaffProgramQuery:
    """What staff ask about the program."""

    @strawberry.field(
        description="The program in force; null when none was published. Any token of this door "
        "will do."
    )
    async def program(self, info: Info) -> Program | None:
        """Show the active version."""
        return await show_active(info.context)

    @strawberry.field(
        description="Every version of the program, newest first.",
        extensions=[Needs(READ_PROGRAMS), Paged(_VERSIONS, NumberPage)],
    )
    async def program_versions(
        self, info: Info, asked: NumberPage
    ) -> Connection[ProgramVersion] | None:
        """List a page of versions."""
        found = await program.walk_versions(info.context.engine, asked.walk)
        return connection(asked, found, _cursor, show_version)


def _cursor(version: Version) -> str:
    return cursor(_VERSIONS, version.number)


@strawberry.input(description="A program to put in force at once.")
class ProgramPublishInput:
    """A definition."""

    source: str = strawberry.field(description="The definition in YAML, whole.")


@strawberry.input(description="A program to keep as a draft.")
class ProgramSaveDraftInput:
    """A definition."""

    source: str = strawberry.field(description="The definition in YAML, whole.")


@strawberry.input(description="A version to put in force.")
class ProgramActivateInput:
    """A version."""

    number: int = strawberry.field(description="Its number, from 1.")


@strawberry.type(description="What became of a program that was published.")
class ProgramPublishPayload(Payload):
    """The version in force."""

    version: ProgramVersion | None = strawberry.field(
        default=None, description="The version that was put in force; null when it was refused."
    )


@strawberry.type(description="What became of a program that was kept as a draft.")
class ProgramSaveDraftPayload(Payload):
    """The draft."""

    version: ProgramVersion | None = strawberry.field(
        default=None,
        description="The draft, or the newest version where it says the same; null when refused.",
    )


@strawberry.type(description="What became of a version that was put in force.")
class ProgramActivatePayload(Payload):
    """The version in force."""

    version: ProgramVersion | None = strawberry.field(
        default=None, description="The version that was put in force; null when it was refused."
    )


@strawberry.type
class StaffProgramMutation:
    """What staff do with the program."""

    @strawberry.mutation(
        description="Put a definition in force, at once. Sending the one in force changes nothing.",
        extensions=[Needs(WRITE_PROGRAMS)],
    )
    async def program_publish(
        self, info: Info, input: Input[ProgramPublishInput]
    ) -> ProgramPublishPayload | None:
        """Publish."""

        async def work() -> ProgramPublishPayload:
            version = await program.publish(info.context.engine, input.source, codes.texts_taken)
            return ProgramPublishPayload(version=show_version(version))

        return await answer(info.context, ProgramPublishPayload, work())

    @strawberry.mutation(
        description="Keep a definition as a draft. Sending the newest version again changes "
        "nothing.",
        extensions=[Needs(WRITE_PROGRAMS)],
    )
    async def program_save_draft(
        self, info: Info, input: Input[ProgramSaveDraftInput]
    ) -> ProgramSaveDraftPayload | None:
        """Save."""

        async def work() -> ProgramSaveDraftPayload:
            version = await program.save_draft(info.context.engine, input.source)
            return ProgramSaveDraftPayload(version=show_version(version))

        return await answer(info.context, ProgramSaveDraftPayload, work())

    @strawberry.mutation(
        description="Put a version in force, at once, and archive the one before.",
        extensions=[Needs(WRITE_PROGRAMS)],
    )
    async def program_activate(
        self, info: Info, input: Input[ProgramActivateInput]
    ) -> ProgramActivatePayload | None:
        """Activate."""

        async def work() -> ProgramActivatePayload:
            version = await program.activate(info.context.engine, input.number, codes.texts_taken)
            return ProgramActivatePayload(version=show_version(version))

        return await answer(info.context, ProgramActivatePayload, work(), about="number")
