"""What the rules say no to, as data of the graph: one type per refusal, mapped here and once.

Not the errors of a request: bad input, outages and bugs are in `errors`.
"""

import re
from collections.abc import Sequence
from dataclasses import fields
from typing import Any, ClassVar

import strawberry

from loyalty import activities, errors, members, messages, program, push, wallets
from loyalty.errors import Refusal
from schema.enums import MemberStatus
from schema.scalars import CurrencyCode, Points

_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")


@strawberry.interface(
    description="Why the rules said no. Nothing was changed. Ask for the facts by `... on`."
)
class UserError:
    """What every refusal shows; `of` is the refusal, `at` the part of the input it is about."""

    of: ClassVar[type[Refusal]]
    at: ClassVar[tuple[str, ...]] = ()

    code: str = strawberry.field(
        description="The refusal to switch on, such as INSUFFICIENT_POINTS; new ones may come."
    )
    message: str = strawberry.field(description="What to show, in the reader's language.")
    path: list[str] | None = strawberry.field(
        description="The part of the input it is about, from the outside in; null for none."
    )


@strawberry.type(description="The key was used before with another input.")
class KeyReused(UserError):
    """The key was used before."""

    of = errors.KeyReused
    at = ("input", "key")
    key: str = strawberry.field(description="The key, or the activity's id.")


@strawberry.type(description="There is no such member.")
class MemberUnknown(UserError):
    """No such member."""

    of = errors.MemberUnknown
    at = ("input", "memberId")
    member_id: strawberry.ID = strawberry.field(description="The id that was sent.")


@strawberry.type(description="The member is suspended, closed or erased: value cannot move.")
class MemberNotActive(UserError):
    """The member takes no part."""

    of = errors.MemberNotActive
    at = ("input", "memberId")
    member_id: strawberry.ID = strawberry.field(description="The member.")
    status: MemberStatus = strawberry.field(description="What the member is instead.")


@strawberry.type(description="Another member already has this identity.")
class IdentityTaken(UserError):
    """Another member has it."""

    of = members.IdentityTaken
    at = ("input",)
    kind: str = strawberry.field(
        description="Which identity: external (the shop's number), sub (a sign-in), enrolment."
    )


@strawberry.type(description="The account holds fewer available points than are needed.")
class InsufficientPoints(UserError):
    """Too few points."""

    of = wallets.InsufficientPoints
    at = ("input", "points")
    currency: strawberry.ID = strawberry.field(description="The currency of points.")
    needed: Points = strawberry.field(description="Points that were asked for.")
    available: Points = strawberry.field(description="Points that can be spent now.")
    short: Points = strawberry.field(description="Points that are missing: needed - available.")


@strawberry.type(description="The active program declares no such currency of points.")
class CurrencyUnknown(UserError):
    """No such currency."""

    of = wallets.CurrencyUnknown
    at = ("input", "currency")
    currency: strawberry.ID = strawberry.field(description="The id that was sent.")


@strawberry.type(description="The currency only counts for tiers and cannot be spent.")
class CurrencyNotRedeemable(UserError):
    """Not for spending."""

    of = wallets.CurrencyNotRedeemable
    at = ("input", "currency")
    currency: strawberry.ID = strawberry.field(description="The currency of points.")


@strawberry.type(description="The purchase is in another money than the program's.")
class MoneyMismatch(UserError):
    """Another money."""

    of = activities.MoneyMismatch
    at = ("input", "total", "currencyCode")
    given: CurrencyCode = strawberry.field(description="The money that was sent.")
    expected: CurrencyCode = strawberry.field(description="The money of the program.")


@strawberry.type(description="A mistake in the definition of a program.")
class ProgramProblem:
    """A mistake."""

    path: str = strawberry.field(
        description="Where it is, such as ladders.0.tiers.1.name, or line 7."
    )
    message: str = strawberry.field(description="What is wrong and what to do, in English.")


@strawberry.type(description="The definition of the program cannot be used.")
class ProgramInvalid(UserError):
    """Not a program."""

    of = program.ProgramInvalid
    at = ("input", "source")
    problems: list[ProgramProblem] = strawberry.field(description="Every mistake that was found.")


@strawberry.type(description="No version of the program is active yet.")
class ProgramMissing(UserError):
    """No program."""

    of = program.ProgramMissing


@strawberry.type(description="There is no version of this number.")
class VersionUnknown(UserError):
    """No such version."""

    of = program.VersionUnknown
    at = ("input", "number")
    number: int = strawberry.field(description="The number that was sent.")


@strawberry.type(description="The active program declares no such tier.")
class TierUnknown(UserError):
    """No such tier."""

    of = push.TierUnknown
    at = ("input", "audience", "tier")
    tier: strawberry.ID = strawberry.field(description="The id that was sent.")


@strawberry.type(description="A text of the campaign cannot be filled in.")
class TemplateInvalid(UserError):
    """Not a text that can be filled in."""

    of = push.TemplateInvalid
    at = ("input",)
    part: str = strawberry.field(description="The text it is about: title or body.")
    language: str = strawberry.field(description="The language it is written in.")
    field: str | None = strawberry.field(
        description="The field that does not exist; null where braces are amiss."
    )
    allowed: list[str] = strawberry.field(description="The fields there are.")


APP_REFUSALS: list[type[UserError]] = [KeyReused, MemberUnknown, MemberNotActive, IdentityTaken]
STAFF_REFUSALS: list[type[UserError]] = [
    *APP_REFUSALS,
    InsufficientPoints,
    CurrencyUnknown,
    CurrencyNotRedeemable,
    MoneyMismatch,
    ProgramInvalid,
    ProgramMissing,
    VersionUnknown,
    TierUnknown,
    TemplateInvalid,
]
MAPPED = {shown.of: shown for shown in STAFF_REFUSALS}
_SHARED = {field.name for field in fields(UserError)}


def code_of(refusal: Refusal) -> str:
    """Give the code of a refusal: InsufficientPoints is INSUFFICIENT_POINTS."""
    return _WORDS.sub("_", type(refusal).__name__).upper()


def user_error(refusal: Refusal, locale: str, at: Sequence[str] | None = None) -> UserError:
    """Show a refusal with its facts; `at` names the part of the input where it is another one."""
    shown: Any = MAPPED[type(refusal)]
    own = [field.name for field in fields(shown) if field.name not in _SHARED]
    facts = {name: _shown_fact(getattr(refusal, name)) for name in own}
    path = list(shown.at if at is None else at)
    error: UserError = shown(
        code=code_of(refusal),
        message=messages.describe(refusal, locale),
        path=path or None,
        **facts,
    )
    return error


def _shown_fact(fact: object) -> object:
    if isinstance(fact, program.Problem):
        return ProgramProblem(path=fact.path, message=fact.message)
    return [_shown_fact(part) for part in fact] if isinstance(fact, tuple) else fact
