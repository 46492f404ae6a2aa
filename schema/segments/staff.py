"""What staff do with segments: try them, ask why, keep them."""

from typing import Annotated

import strawberry

from loyalty import segments
from schema.context import Context, Info
from schema.pagination import Connection, InstantPage, Paged, connection, cursor
from schema.payloads import Input, Payload, answer
from schema.permissions import EXPLAIN_SEGMENTS, WRITE_SEGMENTS, Needs
from schema.scalars import instant_text
from schema.segments.inputs import SegmentDefinitionInput, read_definition
from schema.segments.shown import (
    Segment,
    SegmentExplanation,
    SegmentPreview,
    show_explanation,
    show_preview,
    show_segment,
)

SEGMENTS = "segments"
SAMPLE = 10

Asked = Annotated[
    SegmentDefinitionInput, strawberry.argument(description="Which members are meant.")
]
SegmentId = Annotated[strawberry.ID, strawberry.argument(description="The segment's id.")]


@strawberry.type
class StaffSegmentQuery:
    """What staff ask about segments."""

    @strawberry.field(
        description="How many members a segment has now, and some of them.",
        extensions=[Needs(WRITE_SEGMENTS)],
    )
    async def segment_preview(
        self,
        info: Info,
        definition: Asked,
        first: Annotated[
            int, strawberry.argument(description="How many of them to show, 0 to 50.")
        ] = SAMPLE,
    ) -> SegmentPreview | None:
        """Count."""
        context, wanted = info.context, read_definition(definition, "definition")
        found = await segments.preview(context.engine, wanted, first, context.now)
        return await show_preview(context, found)

    @strawberry.field(
        description="Why a member is in a segment or is not, part by part.",
        extensions=[Needs(EXPLAIN_SEGMENTS)],
    )
    async def segment_explain(
        self,
        info: Info,
        definition: Asked,
        member_id: Annotated[strawberry.ID, strawberry.argument(description="The member.")],
    ) -> SegmentExplanation | None:
        """Explain."""
        context, wanted = info.context, read_definition(definition, "definition")
        found = await segments.explain(context.engine, wanted, member_id, context.now)
        return show_explanation(found, await context.reader_locale())

    @strawberry.field(
        description="A segment; null for an unknown id, and for one that was deleted.",
        extensions=[Needs(EXPLAIN_SEGMENTS)],
    )
    async def segment(self, info: Info, id: SegmentId) -> Segment | None:
        """Find a segment."""
        found = await segments.saving.find(info.context.engine, id)
        return show_segment(found) if found else None

    @strawberry.field(
        description="Segments, the last changed first.",
        extensions=[Needs(EXPLAIN_SEGMENTS), Paged(SEGMENTS, InstantPage)],
    )
    async def segments(self, info: Info, asked: InstantPage) -> Connection[Segment] | None:
        """List a page of segments."""
        found = await segments.saving.newest(info.context.engine, asked.walk)
        return connection(asked, found, _cursor, show_segment)


def _cursor(segment: segments.Segment) -> str:
    return cursor(SEGMENTS, instant_text(segment.now.written_at), segment.id)


@strawberry.input(description="A segment to keep.")
class SegmentCreateInput:
    """A segment."""

    name: str = strawberry.field(
        description="What staff call it, 1 to 100 characters; no two have the same."
    )
    definition: SegmentDefinitionInput = strawberry.field(description="Which members are meant.")


@strawberry.input(description="A segment as it is to be from now on.")
class SegmentUpdateInput:
    """A segment."""

    id: strawberry.ID = strawberry.field(description="The segment.")
    version: int = strawberry.field(description="The version it has, such as 1, as it was read.")
    name: str = strawberry.field(description="What staff call it, 1 to 100 characters.")
    definition: SegmentDefinitionInput = strawberry.field(description="Which members are meant.")


@strawberry.input(description="A segment to delete.")
class SegmentDeleteInput:
    """A segment."""

    id: strawberry.ID = strawberry.field(description="The segment.")
    version: int = strawberry.field(description="The version it has, such as 1, as it was read.")


@strawberry.type(description="What became of a segment that was to be kept.")
class SegmentCreatePayload(Payload):
    """The segment."""

    segment: Segment | None = strawberry.field(
        default=None, description="The segment; null when it was refused."
    )


@strawberry.type(description="What became of a segment that was to be changed.")
class SegmentUpdatePayload(Payload):
    """The segment."""

    segment: Segment | None = strawberry.field(
        default=None, description="The segment as it is now; null when it was refused."
    )


@strawberry.type(description="What became of a segment that was to be deleted.")
class SegmentDeletePayload(Payload):
    """The segment."""

    deleted_id: strawberry.ID | None = strawberry.field(
        default=None, description="The segment that is gone; null when it was refused."
    )


@strawberry.type
class StaffSegmentMutation:
    """What staff do with segments."""

    @strawberry.mutation(
        description="Keep a segment under a name.", extensions=[Needs(WRITE_SEGMENTS)]
    )
    async def segment_create(
        self, info: Info, input: Input[SegmentCreateInput]
    ) -> SegmentCreatePayload | None:
        """Create."""
        return await answer(info.context, SegmentCreatePayload, _create(info.context, input))

    @strawberry.mutation(
        description="Change a segment; what it was is kept, and so are campaigns that copied it.",
        extensions=[Needs(WRITE_SEGMENTS)],
    )
    async def segment_update(
        self, info: Info, input: Input[SegmentUpdateInput]
    ) -> SegmentUpdatePayload | None:
        """Update."""
        return await answer(info.context, SegmentUpdatePayload, _update(info.context, input))

    @strawberry.mutation(
        description="Delete a segment; campaigns that copied it keep their copy.",
        extensions=[Needs(WRITE_SEGMENTS)],
    )
    async def segment_delete(
        self, info: Info, input: Input[SegmentDeleteInput]
    ) -> SegmentDeletePayload | None:
        """Delete."""
        return await answer(info.context, SegmentDeletePayload, _delete(info.context, input))


async def _create(context: Context, wanted: SegmentCreateInput) -> SegmentCreatePayload:
    definition = read_definition(wanted.definition, "definition")
    made = await segments.saving.create(context.engine, wanted.name, definition, context.actor)
    return SegmentCreatePayload(segment=show_segment(made))


async def _update(context: Context, wanted: SegmentUpdateInput) -> SegmentUpdatePayload:
    definition = read_definition(wanted.definition, "definition")
    written = segments.Wording(wanted.version, wanted.name, definition)
    changed = await segments.saving.update(context.engine, wanted.id, written, context.actor)
    return SegmentUpdatePayload(segment=show_segment(changed))


async def _delete(context: Context, wanted: SegmentDeleteInput) -> SegmentDeletePayload:
    gone = await segments.saving.delete(context.engine, wanted.id, wanted.version)
    return SegmentDeletePayload(deleted_id=strawberry.ID(gone.id))
