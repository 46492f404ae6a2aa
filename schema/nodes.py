"""What can be fetched again by its id alone."""

import strawberry


@strawberry.interface(description="A thing with an id of its own.")
class Node:
    """A thing with an id."""

    id: strawberry.ID = strawberry.field(
        description="Opaque, unique over everything, the same in every answer and for ever."
    )
