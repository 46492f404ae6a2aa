"""What the rules say no to, as data of the graph: one type per refusal, mapped here and once.

Not the errors of a request: bad input, outages and bugs are in `errors`.
"""

import re
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from loyalty import messages
from loyalty import program as terms
from loyalty.closing import Loss
from loyalty.errors import Refusal
from schema.refusals import (
    activities,
    challenges,
    jobs,
    members,
    offers,
    plans,
    program,
    push,
    referrals,
    segments,
    tiers,
    wallets,
)
from schema.refusals.kinds import UserError
from schema.scalars import money

NOUNS = (
    *(members, wallets, offers, plans, challenges, activities, program, push, tiers, referrals),
    jobs,
    segments,
)
APP_REFUSALS = [shown for noun in NOUNS for shown in noun.APP]
STAFF_REFUSALS = [shown for noun in NOUNS for shown in noun.STAFF]
MAPPED = {shown.of: shown for shown in STAFF_REFUSALS}
__all__ = ["APP_REFUSALS", "MAPPED", "STAFF_REFUSALS", "UserError", "code_of", "user_error"]

_SHARED = {field.name for field in fields(UserError)}
_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")


def code_of(refusal: Refusal) -> str:
    """Give the code of a refusal: InsufficientPoints is INSUFFICIENT_POINTS."""
    return _WORDS.sub("_", type(refusal).__name__).upper()


def user_error(refusal: Refusal, locale: str, at: Sequence[str] | None = None) -> UserError:
    """Show a refusal with its facts; `at` names the part of the input where it is another one."""
    shown: Any = MAPPED[type(refusal)]
    own = [field.name for field in fields(shown) if field.name not in _SHARED]
    facts = {name: _shown_fact(getattr(refusal, name), locale) for name in own}
    path = list(shown.path_for(refusal) if at is None else at)
    error: UserError = shown(
        code=code_of(refusal),
        message=messages.describe(refusal, locale),
        path=path or None,
        **facts,
    )
    return error


def _shown_fact(fact: object, locale: str) -> object:
    match fact:
        case terms.Problem():
            return program.ProgramProblem(path=fact.path, message=fact.message)
        case messages.Money():
            return money(int(fact.amount), fact.currency)
        case terms.terms.Text():
            return fact.in_language(locale)
        case Loss():
            return members.show_loss(fact, locale)
        case tuple():
            return [_shown_fact(part, locale) for part in fact]
    return fact
