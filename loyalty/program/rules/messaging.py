"""When and how often members may be written to by push; what is written is not here."""

from typing import Annotated

from pydantic import Field

from loyalty.program.rules.conditions import Hours
from loyalty.program.rules.texts import Terms, Whole


class MessageCap(Terms):
    """Let a member get at most so many marketing messages in so many days of 24 hours."""

    count: Annotated[Whole, Field(ge=1, le=50)]
    days: Annotated[Whole, Field(ge=1, le=90)]


class Messaging(Terms):
    """Bound what is sent: local hours of the member in which phones are left alone, and caps.

    A campaign to more members than `four_eyes_above` needs a second person. Phones that were not
    seen for `device_days` are not sent to; what was sent can be read for `inbox_days`.
    """

    quiet_hours: Hours | None = None
    caps: Annotated[tuple[MessageCap, ...], Field(max_length=5)] = ()
    four_eyes_above: Annotated[Whole, Field(ge=0)] | None = None
    device_days: Annotated[Whole, Field(ge=1, le=270)] = 180
    inbox_days: Annotated[Whole, Field(ge=30, le=730)] = 90
