"""Late claims: a receipt becomes the purchase of the member who has it."""

import strawberry

from loyalty import activities
from schema.activities.history import Recorded, recorded
from schema.activities.inputs import ReceiptClaimInput
from schema.context import Context, Info
from schema.payloads import Input, answer
from schema.permissions import OWN, Needs


@strawberry.type(description="What claiming a receipt brought about.")
class ReceiptClaimPayload(Recorded):
    """What a receipt brought about."""


@strawberry.type
class AppActivityMutation:
    """What a member reports of themselves."""

    @strawberry.mutation(
        description="Claim a purchase that was made without saying who one is, by the number on "
        "its receipt, once; it earns as if it had been the member's from the start.",
        extensions=[Needs(OWN)],
    )
    async def receipt_claim(
        self, info: Info, input: Input[ReceiptClaimInput]
    ) -> ReceiptClaimPayload | None:
        """Claim a receipt."""
        return await answer(info.context, ReceiptClaimPayload, _claim(info.context, input))


async def _claim(context: Context, wanted: ReceiptClaimInput) -> ReceiptClaimPayload:
    own = await context.own()
    outcome = await activities.claim_receipt(context.engine, own.member_id, wanted.number)
    reference = await activities.history.reference_of_receipt(context.engine, wanted.number)
    return await recorded(context, ReceiptClaimPayload, outcome, reference)
