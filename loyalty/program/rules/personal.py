"""Personal offers as data: what a member must have bought, or not bought for how long."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from loyalty.program.rules.conditions import Conditions
from loyalty.program.rules.texts import Id, Terms, Truth, Whole


class PersonalKind(StrEnum):
    """Say what calls a personal offer: something bought often, or nothing bought for long."""

    BOUGHT = "BOUGHT"
    WIN_BACK = "WIN_BACK"


class Counted(StrEnum):
    """Say what is counted apart: each product, each category, or all that matches together."""

    PRODUCT = "PRODUCT"
    CATEGORY = "CATEGORY"
    ANY = "ANY"


class PersonalOffer(Terms):
    """Issue an `offer` to a member whose purchases call for it, once in each cycle.

    BOUGHT: `count` purchases with a line that `when` means, counted `by` product, category or
    together, on local days of which the first and the last are less than `days` apart; then
    counting begins anew. WIN_BACK: no purchase for `days`; once until the next purchase.
    With `also_similar` it is for what members buy together with the product as well.
    """

    id: Id
    kind: PersonalKind = PersonalKind.BOUGHT
    offer: Id
    when: Conditions = Conditions()
    by: Counted = Counted.ANY
    count: Annotated[Whole, Field(ge=1, le=100)] | None = None
    days: Annotated[Whole, Field(ge=1, le=730)] | None = None
    also_similar: Truth = False
