"""What is said of names in a segment that nobody has anything of, before they mean everyone."""

from collections.abc import Iterable

import strawberry

from loyalty import segments
from schema.context import Context

WARNINGS = (
    "Its labels that no member has and its stores that nobody has been at yet: one that is "
    "misspelt means everyone where it is asked by NOT."
)


@strawberry.type(description="A name in a segment that may be misspelt: nobody has it yet.")
class SegmentWarning:
    """A name."""

    path: list[str] = strawberry.field(
        description="Where it is in the definition, from the outside in."
    )
    name: str = strawberry.field(description="The name.")
    message: str = strawberry.field(description="What is odd about it, in the reader's language.")


async def show_warnings(
    context: Context, unheard: Iterable[segments.Unheard]
) -> list[SegmentWarning]:
    """Show names that may be misspelt."""
    locale = await context.reader_locale()
    return [
        SegmentWarning(
            path=[str(part) for part in one.path], name=one.name, message=one.said(locale)
        )
        for one in unheard
    ]
