"""What is said no to about segments."""

import strawberry

from loyalty import segments
from schema.refusals.kinds import UserError


@strawberry.type(description="A segment names what the active program does not know.")
class SegmentNamesUnknown(UserError):
    """Not in the program."""

    of = segments.refusals.SegmentNamesUnknown
    at = ("input", "definition")

    @classmethod
    def path_for(cls, refusal: segments.refusals.SegmentNamesUnknown, /) -> tuple[str, ...]:
        """Give the part of the definition that names it."""
        return *cls.at, *refusal.place.split(".")

    condition: str = strawberry.field(
        description="What asks for it: ladder, tier, currency, challenge, level, plan or category."
    )
    name: str = strawberry.field(description="The name that is not known.")
    place: str = strawberry.field(
        description="Where it is in the definition, from the outside in, such as all.0.tier."
    )


@strawberry.type(description="There is no segment with this id, or it was deleted.")
class SegmentUnknown(UserError):
    """No such segment."""

    of = segments.refusals.SegmentUnknown
    at = ("input", "id")
    segment_id: strawberry.ID = strawberry.field(description="The id that was sent.")


@strawberry.type(description="Another segment has this name.")
class SegmentNameTaken(UserError):
    """A name that is taken."""

    of = segments.refusals.SegmentNameTaken
    at = ("input", "name")
    name: str = strawberry.field(description="The name that was sent.")


@strawberry.type(description="Somebody changed the segment since it was read.")
class SegmentChanged(UserError):
    """Another version."""

    of = segments.refusals.SegmentChanged
    at = ("input", "version")
    segment_id: strawberry.ID = strawberry.field(description="The segment.")
    version: int = strawberry.field(description="The version it has now.")


APP: list[type[UserError]] = []
STAFF: list[type[UserError]] = [
    SegmentNamesUnknown,
    SegmentUnknown,
    SegmentNameTaken,
    SegmentChanged,
]
