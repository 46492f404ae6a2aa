"""What is said no to about messages."""

import strawberry

from loyalty import push
from schema.refusals.kinds import UserError


@strawberry.type(description="The active program declares no such tier.")
class TierUnknown(UserError):
    """No such tier."""

    of = push.refusals.TierUnknown
    at = ("input", "audience", "tier")
    tier: strawberry.ID = strawberry.field(description="The id that was sent.")


@strawberry.type(description="A text of the campaign cannot be filled in.")
class TemplateInvalid(UserError):
    """Not a text that can be filled in."""

    of = push.refusals.TemplateInvalid
    at = ("input",)
    part: str = strawberry.field(description="The text it is about: title or body.")
    language: str = strawberry.field(description="The language it is written in.")
    field: str | None = strawberry.field(
        description="The field that does not exist; null where braces are amiss."
    )
    allowed: list[str] = strawberry.field(description="The fields there are.")


APP: list[type[UserError]] = []
STAFF: list[type[UserError]] = [TierUnknown, TemplateInvalid]
