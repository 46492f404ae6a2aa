"""What every refusal shows in the graph; each noun's own stand in the module of its name."""

from typing import Any, ClassVar

import strawberry

from loyalty.errors import Refusal


@strawberry.interface(
    description="Why the rules said no. Nothing was changed. Ask for the facts by `... on`."
)
class UserError:
    """What every refusal shows; `of` is the refusal, `at` the part of the input it is about."""

    of: ClassVar[type[Refusal]]
    at: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def path_for(cls, _refusal: Any, /) -> tuple[str, ...]:
        """Give the part of the input that a refusal is about, from the outside in."""
        return cls.at

    code: str = strawberry.field(
        description="The refusal to switch on, such as INSUFFICIENT_POINTS; new ones may come."
    )
    message: str = strawberry.field(description="What to show, in the reader's language.")
    path: list[str] | None = strawberry.field(
        description="The part of the input it is about, from the outside in; null for none."
    )
