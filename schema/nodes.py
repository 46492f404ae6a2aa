"""What can be fetched again by its id alone, and ids of what is a part of a member."""

import strawberry

MEMBER = "mbr"


@strawberry.interface(description="A thing with an id of its own, which `node` finds it by.")
class Node:
    """A thing with an id."""

    id: strawberry.ID = strawberry.field(
        description="Opaque, unique over everything, the same in every answer and for ever."
    )


def part_id(kind: str, member_id: str, *names: str) -> strawberry.ID:
    """Make the id of a part of a member from its kind, whose it is, and its name in the program."""
    return strawberry.ID("_".join((kind, member_id.removeprefix(f"{MEMBER}_"), *names)))


def kind_of(node_id: str) -> str:
    """Give the kind that an id begins with; anything for what is no id."""
    return node_id.partition("_")[0]


def owner_of(node_id: str) -> str:
    """Give the member whose part an id would be; anything for what is no such id."""
    return "_".join((MEMBER, *node_id.split("_", 2)[1:2]))
