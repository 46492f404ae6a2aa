"""Who may use which field: a right on every root field, checked before its resolver runs.

Says nothing about whose data it is: resolvers of the app door only ever read the caller's own.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from graphql import GraphQLError
from strawberry.extensions import FieldExtension

from schema.context import Info, Viewer


class Role(StrEnum):
    """What a member of staff is trusted with; an ADMIN may do everything."""

    ADMIN = "ADMIN"
    MARKETING = "MARKETING"
    SUPPORT = "SUPPORT"


class Unauthenticated(GraphQLError):
    """Say that the field is for those who are signed in."""

    def __init__(self) -> None:
        super().__init__("Sign in first.", extensions={"code": "UNAUTHENTICATED"})


class Forbidden(GraphQLError):
    """Say that the caller lacks the right, and which one it is."""

    def __init__(self, needed: str) -> None:
        super().__init__(f"This needs {needed}.", extensions={"code": "FORBIDDEN"})


@dataclass(frozen=True, slots=True)
class Right:
    """What opens a field: being a member, one of the staff roles, or a scope of a key."""

    member: bool = False
    roles: frozenset[Role] = frozenset()
    scope: str | None = None

    def check(self, caller: Viewer) -> None:
        """Raise Unauthenticated or Forbidden unless the caller has the right."""
        if caller.kind == "anonymous":
            raise Unauthenticated
        if not self.opens_for(caller):
            raise Forbidden(self.needed)

    def opens_for(self, caller: Viewer) -> bool:
        """Tell whether the caller has the right."""
        match caller.kind:
            case "member":
                return self.member
            case "staff":
                return bool(caller.roles & {*self.roles, Role.ADMIN}) and not self.member
            case "integration":
                return self.scope in caller.scopes
        return False

    @property
    def needed(self) -> str:
        """Say what opens the field."""
        if self.member:
            return "a member's token"
        ways = [f"the role {role}" for role in sorted({*self.roles, Role.ADMIN})]
        if self.scope is not None:
            ways.append(f"a key with the scope {self.scope}")
        return " or ".join(ways)


OWN = Right(member=True)
READ_MEMBERS = Right(roles=frozenset({Role.SUPPORT, Role.MARKETING}), scope="members:read")
WRITE_MEMBERS = Right(roles=frozenset({Role.SUPPORT}), scope="members:write")
ADJUST_POINTS = Right(roles=frozenset({Role.SUPPORT}), scope="points:adjust")
APPROVE_ADJUSTMENTS = Right(roles=frozenset({Role.SUPPORT}))
RECORD_PURCHASES = Right(roles=frozenset({Role.SUPPORT}), scope="purchases:write")
RECORD_EVENTS = Right(roles=frozenset({Role.SUPPORT}), scope="events:write")
BILL_PLANS = Right(roles=frozenset({Role.SUPPORT}), scope="plans:write")
USE_BENEFITS = Right(roles=frozenset({Role.SUPPORT}), scope="benefits:use")
READ_PROGRAMS = Right(roles=frozenset({Role.MARKETING, Role.SUPPORT}))
WRITE_PROGRAMS = Right(roles=frozenset({Role.MARKETING}))
MODERATE = Right(roles=frozenset({Role.SUPPORT, Role.MARKETING}), scope="submissions:write")
WRITE_SEGMENTS = Right(roles=frozenset({Role.MARKETING}))
EXPLAIN_SEGMENTS = Right(roles=frozenset({Role.MARKETING, Role.SUPPORT}))
SEND_CAMPAIGNS = Right(roles=frozenset({Role.MARKETING}), scope="campaigns:send")
APPROVE_CAMPAIGNS = Right(roles=frozenset({Role.MARKETING}))
PREVIEW_CAMPAIGNS = Right(roles=frozenset({Role.MARKETING}))  # shows what a member has
MANAGE_OFFERS = Right(roles=frozenset({Role.MARKETING, Role.SUPPORT}), scope="offers:write")
REDEEM_OFFERS = Right(roles=frozenset({Role.SUPPORT}), scope="offers:redeem")
RUN_THE_SYSTEM = Right()  # for an ADMIN alone


class Needs(FieldExtension):
    """Let a field be used by those with one of the rights."""

    def __init__(self, *rights: Right) -> None:
        self.rights = rights

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: Info, **kwargs: Any
    ) -> Any:
        """Check, then resolve."""
        caller = info.context.caller
        if not any(right.opens_for(caller) for right in self.rights):
            self.rights[0].check(caller)
        return await next_(source, info, **kwargs)
