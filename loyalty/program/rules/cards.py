"""Punch cards as data: what is stamped, how many stamps fill a card, and what a full one gives."""

from typing import Annotated, Literal

from pydantic import Field

from loyalty.program.rules.conditions import Conditions
from loyalty.program.rules.grants import Grant
from loyalty.program.rules.texts import Id, Terms, Text, Whole


class Card(Terms):
    """Declare a punch card: `size` stamps fill it and give its `grants`, and a new one begins.

    A purchase is stamped for each UNIT of the lines that `when` means, or once (`per` PURCHASE); a
    VISIT is stamped once. Not full within `valid_months` of its first stamp, it is void at the end
    of that local day.
    """

    id: Id
    name: Text
    description: Text | None = None
    trigger: Literal["PURCHASE", "VISIT"] = "PURCHASE"
    per: Literal["UNIT", "PURCHASE"] = "UNIT"
    when: Conditions = Conditions()
    size: Annotated[Whole, Field(ge=2, le=1_000)]
    grants: Annotated[tuple[Grant, ...], Field(min_length=1)]
    valid_months: Annotated[Whole, Field(ge=1, le=120)] | None = None
