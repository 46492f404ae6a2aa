"""What a member is given: points, an amount of credit, or an offer; the same words everywhere."""

from typing import Annotated

from pydantic import Field, model_validator

from loyalty.program.rules.texts import Amount, Id, Terms, Whole


class Grant(Terms):
    """Give exactly one thing: `points` or an `amount` of money in a `currency`, or an `offer`.

    An amount is in units of the program's money and belongs to a STORE_CREDIT or PREPAID currency.
    """

    points: Annotated[Whole, Field(ge=1, le=1_000_000)] | None = None
    amount: Amount | None = None
    currency: Id | None = None
    offer: Id | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> "Grant":
        given = [self.points, self.amount, self.offer]
        if sum(part is not None for part in given) != 1:
            raise ValueError("give one of `points`, `amount` or `offer`, and only one")
        if (self.offer is None) != (self.currency is not None):
            raise ValueError("`points` and `amount` name their `currency`; an `offer` does not")
        return self
