"""Prepaid credit at the till: a member tops up, or has the unspent rest paid back."""

import strawberry

from loyalty import wallets
from schema.context import Context, Info
from schema.payloads import Input, answer
from schema.permissions import ADJUST_POINTS, Needs
from schema.scalars import Money, short_text
from schema.wallets.balances import as_money
from schema.wallets.moves import KEY, Moved, moved


@strawberry.input(description="A top-up that a member has paid for.")
class PrepaidTopUpInput:
    """A top-up."""

    member_id: strawberry.ID = strawberry.field(description="Who paid.")
    currency: strawberry.ID = strawberry.field(description="A PREPAID currency of the program.")
    top_up: strawberry.ID = strawberry.field(description="Which of its top-ups was paid.")
    key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="A top-up of which the unspent rest is to be paid back.")
class PrepaidPayBackInput:
    """A top-up to be paid back."""

    top_up_id: strawberry.ID = strawberry.field(description="The id that topping up answered.")
    reason: str = strawberry.field(
        description="Why; kept with the entries and shown to the member. 1 to 200 characters."
    )
    key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.type(description="What became of a top-up.")
class PrepaidTopUpPayload(Moved):
    """What was topped up."""

    top_up_id: strawberry.ID | None = strawberry.field(
        default=None, description="What it can be paid back by; null when it was refused."
    )


@strawberry.type(description="What became of a top-up that was to be paid back.")
class PrepaidPayBackPayload(Moved):
    """What is to be paid back."""

    paid_back: Money | None = strawberry.field(
        default=None,
        description="What the member is to be paid: the unspent part of what was paid. The "
        "bonus is gone. Null when it was refused.",
    )


@strawberry.type
class StaffPrepaidMutation:
    """What is paid beforehand."""

    @strawberry.mutation(
        description="Credit a top-up that was paid: what was paid and what is given on top.",
        extensions=[Needs(ADJUST_POINTS)],
    )
    async def prepaid_top_up(
        self, info: Info, input: Input[PrepaidTopUpInput]
    ) -> PrepaidTopUpPayload | None:
        """Top up."""
        return await answer(info.context, PrepaidTopUpPayload, _top_up(info.context, input))

    @strawberry.mutation(
        description="Take a top-up out again: at most the unspent part of what was paid goes "
        "back, and the rest of its bonus is taken.",
        extensions=[Needs(ADJUST_POINTS)],
    )
    async def prepaid_pay_back(
        self, info: Info, input: Input[PrepaidPayBackInput]
    ) -> PrepaidPayBackPayload | None:
        """Pay back."""
        return await answer(info.context, PrepaidPayBackPayload, _pay_back(info.context, input))


async def _top_up(context: Context, wanted: PrepaidTopUpInput) -> PrepaidTopUpPayload:
    bought = wallets.prepaid.Purchase(wanted.member_id, wanted.currency, wanted.top_up, wanted.key)
    outcome = await wallets.prepaid.top_up(context.engine, bought)
    payload = await moved(context, PrepaidTopUpPayload, outcome)
    payload.top_up_id = strawberry.ID(outcome.result["top_up"])
    return payload


async def _pay_back(context: Context, wanted: PrepaidPayBackInput) -> PrepaidPayBackPayload:
    reason = short_text(wanted.reason, "reason")
    outcome = await wallets.prepaid.pay_back(context.engine, wanted.top_up_id, wanted.key, reason)
    payload = await moved(context, PrepaidPayBackPayload, outcome)
    payload.paid_back = as_money(outcome.result["money"], outcome.result["paid_back"])
    return payload
