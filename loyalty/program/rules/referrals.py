"""Referral as data: what a member gets for bringing a friend, the friend for coming, and when."""

from typing import Annotated

from pydantic import Field

from loyalty.program.rules.conditions import Conditions
from loyalty.program.rules.grants import Grant
from loyalty.program.rules.texts import Terms, Whole


class Payout(Terms):
    """Give something for every so many friends who bought and kept what they bought.

    At most `monthly_cap` times to one member in a local month.
    """

    gives: Annotated[tuple[Grant, ...], Field(min_length=1)]
    every: Annotated[Whole, Field(ge=1, le=1_000)] = 1
    monthly_cap: Annotated[Whole, Field(ge=1, le=100_000)] | None = None


class Referral(Terms):
    """Say how members bring friends.

    A friend can accept a code within `accept_days` of joining. `friend` is given on the first
    purchase for which `when` holds; the member who brought them is given theirs when that
    purchase has not been returned for `wait_days` local days. Ambassadors, whom staff appoint, get
    `ambassador` in the place of `referrer`. `link` is what is shared, with {code} in it.
    """

    link: Annotated[str, Field(max_length=500)]
    accept_days: Annotated[Whole, Field(ge=1, le=365)] = 14
    when: Conditions = Conditions()
    wait_days: Annotated[Whole, Field(ge=0, le=365)] = 14
    friend: tuple[Grant, ...] = ()
    referrer: Payout
    ambassador: Payout | None = None

    def payout(self, *, is_ambassador: bool) -> Payout:
        """Give what applies to a member who brings friends."""
        return self.ambassador if is_ambassador and self.ambassador else self.referrer

    def link_of(self, code: str) -> str:
        """Give the link to share."""
        return self.link.replace("{code}", code)
