"""What is said no to about what members did."""

import strawberry

from loyalty import activities
from schema.refusals.kinds import UserError
from schema.scalars import CurrencyCode


@strawberry.type(description="The purchase is in another money than the program's.")
class MoneyMismatch(UserError):
    """Another money."""

    of = activities.MoneyMismatch
    at = ("input", "total", "currencyCode")
    given: CurrencyCode = strawberry.field(description="The money that was sent.")
    expected: CurrencyCode = strawberry.field(description="The money of the program.")


APP: list[type[UserError]] = []
STAFF: list[type[UserError]] = [MoneyMismatch]
