"""What tills and staff do with offers: redeem, check what goes together, burn and list codes."""

from datetime import datetime
from typing import Annotated

import strawberry

from loyalty import members, offers, plans
from loyalty.errors import Refused
from loyalty.offers import codes, tills
from schema.context import Context, Info
from schema.enums import CodeTaken, HeldState
from schema.offers.app import WithHeld, with_held
from schema.offers.helds import HeldOffer, show_held
from schema.offers.supplies import OfferSupply, find_supply, show_supplies
from schema.payloads import Input, OfMember, Payload, answer
from schema.permissions import MANAGE_OFFERS, READ_MEMBERS, REDEEM_OFFERS, Needs
from schema.program import Offer, show_offer
from schema.refusals import UserError, user_error
from schema.scalars import short_text
from schema.wallets.moves import KEY

RECEIPT = (
    "The purchase it is used in, such as till-7:123, 1 to 200 characters: what is used under one "
    "receipt must go together. Null where nobody asks."
)

SUPPLY = "How many there are now; null when it was refused, and where there is no end of them."

KEY_OF_THE_SHOP = (
    "1 to 128 printable ASCII characters, not beginning with ~, that the client makes and keeps, "
    "best a UUIDv7: whoever it is for, the same key with the same input is done once."
)


@strawberry.input(description="Something a member uses at a till.")
class OfferRedeemInput:
    """Something that is used."""

    member_id: strawberry.ID = strawberry.field(description="Whose it is.")
    held: strawberry.ID = strawberry.field(description="What the member has, by its id (off_).")
    receipt: str | None = strawberry.field(default=None, description=RECEIPT)
    key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="An offer that staff give a member.")
class OfferIssueInput:
    """An offer that is given."""

    member_id: strawberry.ID = strawberry.field(description="Who gets it.")
    offer: strawberry.ID = strawberry.field(description="The offer, by its id in the program.")
    reason: str = strawberry.field(
        description="Why; kept and shown to the member. 1 to 200 characters."
    )
    key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="A code that is shown at a till.")
class VoucherRedeemInput:
    """A code that is shown."""

    code: str = strawberry.field(description="The code, 3 to 40 characters, in capitals or not.")
    member_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Who shows it: needed for a generic code, which many may show. Others are "
        "burned whoever shows them.",
    )
    receipt: str | None = strawberry.field(default=None, description=RECEIPT)
    key: strawberry.ID = strawberry.field(description=KEY_OF_THE_SHOP)


@strawberry.input(description="Codes from elsewhere, for the list of an offer.")
class OfferCodesImportInput:
    """Codes from elsewhere."""

    offer: strawberry.ID = strawberry.field(description="An offer whose code is of kind LIST.")
    codes: list[str] = strawberry.field(
        description="1 to 1,000 codes, each 3 to 40 of A-Z, 0-9 and -, in capitals or not. A code "
        "means one thing in the whole program: those that are there already are not added."
    )


@strawberry.input(description="Codes to be made for the list of an offer.")
class OfferCodesGenerateInput:
    """Codes to be made."""

    offer: strawberry.ID = strawberry.field(description="An offer whose code is of kind LIST.")
    count: int = strawberry.field(description="How many, 1 to 1,000.")
    key: strawberry.ID = strawberry.field(
        description=f"{KEY_OF_THE_SHOP} The same codes are given again."
    )


@strawberry.type(description="What became of something that was used.")
class OfferRedeemPayload(WithHeld):
    """What was used."""


@strawberry.type(description="What became of an offer that was given.")
class OfferIssuePayload(WithHeld):
    """What was given; WAITING until it has its unit, where the offer is limited."""


@strawberry.type(description="A code, and whether it can be used.")
class VoucherStatus:
    """A code."""

    code: str = strawberry.field(description="The code.")
    state: HeldState = strawberry.field(
        description="ISSUED or ACTIVATED where it can be used, REDEEMED where it was burned."
    )
    offer: Offer | None = strawberry.field(
        description="The offer; null when the program no longer declares it."
    )
    member_id: strawberry.ID | None = strawberry.field(
        description="Whose it is; null for a code that nobody in particular has."
    )
    held: strawberry.ID | None = strawberry.field(
        description="What that member has, by its id; null for a code of nobody in particular."
    )
    used_at: datetime | None = strawberry.field(
        description="When it was used or ran out; null while it can be used."
    )


@strawberry.type(description="What became of a code that was shown.")
class VoucherRedeemPayload(OfMember, Payload):
    """What was burned; the member is the one who had it."""

    voucher: VoucherStatus | None = strawberry.field(
        default=None, description="The code as it is now; null when it was refused."
    )
    held: HeldOffer | None = strawberry.field(
        default=None,
        description="What the member has of it now; null when it was refused, for a code of nobody "
        "in particular, and for a caller who may not read members.",
    )


@strawberry.type(description="A code that was not added, as it is there already.")
class OfferCodeNotAdded:
    """A code that was not added."""

    code: str = strawberry.field(description="The code, in capitals.")
    why: CodeTaken = strawberry.field(description="Where it stands already.")
    offer_id: strawberry.ID = strawberry.field(description="The offer it is a code of.")


@strawberry.type(description="What became of codes from elsewhere.")
class OfferCodesImportPayload(Payload):
    """What was added."""

    added: int = strawberry.field(default=0, description="How many were new.")
    not_added: list[OfferCodeNotAdded] = strawberry.field(
        default_factory=list, description="Those that are there already, each with where it stands."
    )
    supply: OfferSupply | None = strawberry.field(default=None, description=SUPPLY)


@strawberry.type(description="The codes that were made.")
class OfferCodesGeneratePayload(Payload):
    """What was made."""

    codes: list[str] = strawberry.field(default_factory=list, description="The codes.")
    supply: OfferSupply | None = strawberry.field(default=None, description=SUPPLY)


@strawberry.type(description="Whether things may be used in one purchase, and why not.")
class OffersCheck:
    """What goes together."""

    allowed: bool = strawberry.field(description="Whether all of them may be used together.")
    why_not: list[UserError] = strawberry.field(
        description="Each that cannot be used, or each pair that does not go together."
    )
    held: list[HeldOffer] = strawberry.field(description="Those the member has.")


@strawberry.type
class StaffOfferQuery:
    """What tills and staff ask about offers."""

    @strawberry.field(
        description="What a code is; null for one that nobody has. Changes nothing.",
        extensions=[Needs(REDEEM_OFFERS)],
    )
    async def voucher_check(
        self,
        info: Info,
        code: Annotated[str, strawberry.argument(description="The code, in capitals or not.")],
    ) -> VoucherStatus | None:
        """Check a code."""
        try:
            return await _show_voucher(info.context, await tills.check(info.context.engine, code))
        except Refused:
            return None

    @strawberry.field(
        description="Whether a member may use these together in one purchase. Changes nothing.",
        extensions=[Needs(REDEEM_OFFERS, READ_MEMBERS)],
    )
    async def offers_check(
        self,
        info: Info,
        member_id: Annotated[strawberry.ID, strawberry.argument(description="Whose they are.")],
        held: Annotated[
            list[strawberry.ID],
            strawberry.argument(description="What the member wants to use, by their ids (off_)."),
        ],
    ) -> OffersCheck | None:
        """Check what goes together."""
        return await _check(info.context, member_id, held)

    @strawberry.field(
        description="How many there are of every limited offer, at most a second old.",
        extensions=[Needs(MANAGE_OFFERS)],
    )
    async def offer_supplies(self, info: Info) -> list[OfferSupply] | None:
        """Show the supplies."""
        return await show_supplies(info.context)


@strawberry.type
class StaffOfferMutation:
    """What tills and staff do with offers."""

    @strawberry.mutation(
        description="Use what a member has, once.", extensions=[Needs(REDEEM_OFFERS)]
    )
    async def offer_redeem(
        self, info: Info, input: Input[OfferRedeemInput]
    ) -> OfferRedeemPayload | None:
        """Redeem."""
        return await answer(info.context, OfferRedeemPayload, _redeem(info.context, input))

    @strawberry.mutation(
        description="Give a member an offer by hand, free of its price and limits, such as one "
        "that went wrong.",
        extensions=[Needs(MANAGE_OFFERS)],
    )
    async def offer_issue(
        self, info: Info, input: Input[OfferIssueInput]
    ) -> OfferIssuePayload | None:
        """Issue."""
        return await answer(info.context, OfferIssuePayload, _issue(info.context, input))

    @strawberry.mutation(description="Burn a code, once.", extensions=[Needs(REDEEM_OFFERS)])
    async def voucher_redeem(
        self, info: Info, input: Input[VoucherRedeemInput]
    ) -> VoucherRedeemPayload | None:
        """Burn."""
        return await answer(info.context, VoucherRedeemPayload, _burn(info.context, input))

    @strawberry.mutation(
        description="Add codes from elsewhere to the list of an offer.",
        extensions=[Needs(MANAGE_OFFERS)],
    )
    async def offer_codes_import(
        self, info: Info, input: Input[OfferCodesImportInput]
    ) -> OfferCodesImportPayload | None:
        """Import."""
        return await answer(info.context, OfferCodesImportPayload, _import(info.context, input))

    @strawberry.mutation(
        description="Make codes that nobody can guess, for the list of an offer: to be printed, "
        "or handed on.",
        extensions=[Needs(MANAGE_OFFERS)],
    )
    async def offer_codes_generate(
        self, info: Info, input: Input[OfferCodesGenerateInput]
    ) -> OfferCodesGeneratePayload | None:
        """Generate."""
        work = _generate(info.context, input)
        return await answer(info.context, OfferCodesGeneratePayload, work)


async def _redeem(context: Context, wanted: OfferRedeemInput) -> OfferRedeemPayload:
    using = tills.Redemption(wanted.member_id, wanted.held, wanted.key, _receipt(wanted.receipt))
    outcome = await tills.redeem(context.engine, using)
    return await with_held(context, OfferRedeemPayload, outcome)


async def _issue(context: Context, wanted: OfferIssueInput) -> OfferIssuePayload:
    reason = short_text(wanted.reason, "reason")
    gift = tills.Gift(wanted.member_id, wanted.offer, wanted.key, reason, context.actor)
    return await with_held(context, OfferIssuePayload, await tills.hand_out(context.engine, gift))


def _receipt(receipt: str | None) -> str | None:
    return None if receipt is None else short_text(receipt, "receipt")


async def _burn(context: Context, wanted: VoucherRedeemInput) -> VoucherRedeemPayload:
    burning = tills.Burning(wanted.code, wanted.key, wanted.member_id, _receipt(wanted.receipt))
    voucher = await tills.burn(context.engine, burning, plans.active)
    payload = VoucherRedeemPayload(voucher=await _show_voucher(context, voucher))
    owner = await members.find(context.engine, voucher.member_id) if voucher.member_id else None
    if owner is not None and READ_MEMBERS.opens_for(context.caller):
        payload.view = await context.view(owner)
        payload.held = show_held(voucher.held, payload.view) if voucher.held else None
    return payload


async def _import(context: Context, wanted: OfferCodesImportInput) -> OfferCodesImportPayload:
    added = await codes.add(context.engine, wanted.offer, wanted.codes)
    supply = await find_supply(context, wanted.offer)
    not_added = [
        OfferCodeNotAdded(code=one.code, why=one.why, offer_id=strawberry.ID(one.offer))
        for one in added.not_added
    ]
    return OfferCodesImportPayload(added=added.count, not_added=not_added, supply=supply)


async def _generate(context: Context, wanted: OfferCodesGenerateInput) -> OfferCodesGeneratePayload:
    batch = codes.Batch(wanted.offer, wanted.count, wanted.key)
    made = await codes.generate(context.engine, batch)
    supply = await find_supply(context, wanted.offer)
    return OfferCodesGeneratePayload(codes=made, supply=supply)


async def _show_voucher(context: Context, voucher: tills.Voucher) -> VoucherStatus:
    return VoucherStatus(
        code=voucher.code,
        state=voucher.state,
        offer=await _offer(context, voucher.offer),
        member_id=strawberry.ID(voucher.member_id) if voucher.member_id else None,
        held=strawberry.ID(voucher.held.id) if voucher.held else None,
        used_at=voucher.used_at,
    )


async def _offer(context: Context, offer_id: str) -> Offer | None:
    version = await context.program()
    found = version.program.offer(offer_id) if version else None
    if version is None or found is None:
        return None
    return show_offer(found, version.program, await context.reader(version))


async def _check(context: Context, member_id: str, wanted: list[strawberry.ID]) -> OffersCheck:
    state = await members.find(context.engine, member_id)
    version = await context.program()
    if state is None or version is None:
        return OffersCheck(allowed=False, why_not=[], held=[])
    view = await context.view(state)
    mine = [held for held in offers.helds(state, context.now) if held.id in wanted]
    locale = await context.reader_locale()
    try:
        found = await tills.together(context.engine, state, wanted)
        why_not = [user_error(conflict, locale) for conflict in found]
    except Refused as refused:
        why_not = [user_error(refused.refusal, locale)]
    return OffersCheck(
        allowed=not why_not, why_not=why_not, held=[show_held(held, view) for held in mine]
    )
