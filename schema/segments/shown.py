"""Segments as staff see them: kept by name, counted, and explained for one member."""

from datetime import datetime

import strawberry

from loyalty import segments
from schema.context import Context, Info, View
from schema.enums import MemberStatus
from schema.members import Member
from schema.nodes import Node
from schema.scalars import SegmentDefinition
from schema.segments.inputs import show_definition
from schema.segments.warnings import WARNINGS, SegmentWarning, show_warnings

DEFINITION = "Who is meant, as JSON in the shape of SegmentDefinitionInput."


@strawberry.type(description="A segment as somebody wrote it.")
class SegmentVersion:
    """A version."""

    number: int = strawberry.field(description="Counts up from 1.")
    name: str = strawberry.field(description="What it was called.")
    definition: SegmentDefinition = strawberry.field(description=DEFINITION)
    written_at: datetime = strawberry.field(description="When.")
    written_by: str = strawberry.field(description="By whom.")


@strawberry.type(description="A segment that is kept by name; campaigns copy it at launch.")
class Segment(Node):
    """A segment."""

    name: str = strawberry.field(description="What staff call it.")
    definition: SegmentDefinition = strawberry.field(description=DEFINITION)
    version: int = strawberry.field(
        description="The number of its last version, to be sent with a change."
    )
    versions: list[SegmentVersion] = strawberry.field(
        description="Its last 50 versions, newest first."
    )
    created_at: datetime = strawberry.field(description="When it was first written.")
    changed_at: datetime = strawberry.field(description="When it was last written.")
    wanted: strawberry.Private[segments.Definition]

    @strawberry.field(description=WARNINGS)
    async def warnings(self, info: Info) -> list[SegmentWarning] | None:
        """Look for names that may be misspelt."""
        unheard = await segments.unheard(info.context.engine, self.wanted)
        return await show_warnings(info.context, unheard)


@strawberry.type(description="How many members a segment has now, and some of them.")
class SegmentPreview:
    """A preview."""

    count: int = strawberry.field(description="How many members are in it.")
    is_exact: bool = strawberry.field(
        description="False where time ran out before everybody was looked at: then at least "
        "`count` are in it."
    )
    members: int = strawberry.field(description="How many members there are, of any status.")
    sample: list[Member] = strawberry.field(
        description="Some of them, spread over all, the same each time."
    )
    warnings: list[SegmentWarning] = strawberry.field(description=WARNINGS)


@strawberry.type(description="A part of a segment, and whether a member meets it.")
class SegmentFinding:
    """A finding."""

    path: list[str] = strawberry.field(
        description="Where it is in the definition, from the outside in."
    )
    met: bool = strawberry.field(
        description="Whether it is met by itself; inside a NOT it is better not."
    )
    about: str = strawberry.field(description="What it is about, in the reader's language.")
    asked: str | None = strawberry.field(
        description="What is asked; null for what only joins others."
    )
    actual: str | None = strawberry.field(
        description="What the member has of it; null for what only joins others."
    )


@strawberry.type(description="Why a member is in a segment or is not.")
class SegmentExplanation:
    """An explanation."""

    is_in: bool = strawberry.field(description="Whether the member is in it.")
    status: MemberStatus = strawberry.field(
        description="The member's status; only who is ACTIVE is in any segment."
    )
    findings: list[SegmentFinding] = strawberry.field(
        description="Every part of the segment, from the outside in."
    )


def show_segment(segment: segments.Segment) -> Segment:
    """Show a segment."""
    return Segment(
        id=strawberry.ID(segment.id),
        name=segment.now.name,
        definition=show_definition(segment.now.definition),
        version=segment.now.number,
        versions=[_version(version) for version in reversed(segment.versions)],
        created_at=segment.created_at,
        changed_at=segment.now.written_at,
        wanted=segment.now.definition,
    )


def _version(version: segments.Version) -> SegmentVersion:
    return SegmentVersion(
        number=version.number,
        name=version.name,
        definition=show_definition(version.definition),
        written_at=version.written_at,
        written_by=version.written_by,
    )


async def show_preview(context: Context, found: segments.Preview) -> SegmentPreview:
    """Show a preview."""
    views: list[View] = [await context.view(state) for state in found.sample]
    return SegmentPreview(
        count=found.count,
        is_exact=found.exact,
        members=found.members,
        sample=[Member.of(view) for view in views],
        warnings=await show_warnings(context, found.unheard),
    )


def show_explanation(found: segments.Explanation, locale: str) -> SegmentExplanation:
    """Show an explanation, in a language."""
    return SegmentExplanation(
        is_in=found.is_in,
        status=found.status,
        findings=[_finding(found, one, locale) for one in found.findings],
    )


def _finding(found: segments.Explanation, one: segments.Finding, locale: str) -> SegmentFinding:
    words = found.words(one, locale)
    return SegmentFinding(
        path=[str(part) for part in one.path],
        met=one.met,
        about=words.about,
        asked=words.asked,
        actual=words.actual,
    )
