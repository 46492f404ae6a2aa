"""Late claims: a receipt becomes the purchase of the member who has it."""

import strawberry

from loyalty import activities
from schema.activities.inputs import OwnReceiptClaimInput
from schema.context import Context, Info
from schema.payloads import Input, answer
from schema.permissions import OWN, Needs
from schema.wallets import Moved, moved


@strawberry.type(description="What claiming a receipt brought about.")
class ReceiptClaimPayload(Moved):
    """What a receipt brought about."""


async def claim_receipt(context: Context, member_id: str, number: str) -> ReceiptClaimPayload:
    """Make the purchase of a receipt a member's."""
    outcome = await activities.claim_receipt(context.engine, member_id, number)
    return await moved(context, ReceiptClaimPayload, outcome)


@strawberry.type
class AppActivityMutation:
    """What a member reports of themselves."""

    @strawberry.mutation(
        description="Claim a purchase that was made without saying who one is, by the number on "
        "its receipt, once; it earns as if it had been the member's from the start.",
        extensions=[Needs(OWN)],
    )
    async def receipt_claim(
        self, info: Info, input: Input[OwnReceiptClaimInput]
    ) -> ReceiptClaimPayload | None:
        """Claim a receipt."""
        return await answer(info.context, ReceiptClaimPayload, _claim(info.context, input))


async def _claim(context: Context, wanted: OwnReceiptClaimInput) -> ReceiptClaimPayload:
    own = await context.own()
    return await claim_receipt(context, own.member_id, wanted.number)
