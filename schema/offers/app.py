"""What a member does with offers: claim or reserve, confirm, activate, give back."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import strawberry

from loyalty import offers, plans
from loyalty.commands import Outcome
from loyalty.engine import Engine
from loyalty.offers import Claim, Step
from schema.context import Context, Info
from schema.offers.helds import HeldOffer, find_held
from schema.payloads import Input, OfMember, Repeatable, answer
from schema.permissions import OWN, Needs
from schema.wallets.moves import KEY


@strawberry.type
class WithHeld(OfMember, Repeatable):
    """What a mutation answers that did something with an offer of a member."""

    held: HeldOffer | None = strawberry.field(
        default=None, description="What the member has of it now; null when it was refused."
    )


@strawberry.input(description="An offer that the member wants.")
class OfferClaimInput:
    """An offer that is wanted."""

    offer: strawberry.ID = strawberry.field(description="The offer, by its id in the program.")
    key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="An offer to be set aside, with its price, until it is confirmed.")
class OfferReserveInput(OfferClaimInput):
    """An offer that is set aside."""


@strawberry.input
class OfferStepInput:
    """Something that the member has."""

    held: strawberry.ID = strawberry.field(description="What the member has, by its id (off_).")
    key: strawberry.ID = strawberry.field(description=KEY)


@strawberry.input(description="A reservation to be confirmed.")
class OfferConfirmInput(OfferStepInput):
    """A reservation."""


@strawberry.input(description="Something to be switched on.")
class OfferActivateInput(OfferStepInput):
    """Something to be switched on."""


@strawberry.input(description="Something to be given back.")
class OfferCancelInput(OfferStepInput):
    """Something to be given back."""


@strawberry.type(description="What became of a claim.")
class OfferClaimPayload(WithHeld):
    """What was claimed; WAITING where it is sold out and has a waiting list."""


@strawberry.type(description="What became of a reservation.")
class OfferReservePayload(WithHeld):
    """What was reserved."""


@strawberry.type(description="What became of a confirmation.")
class OfferConfirmPayload(WithHeld):
    """What was confirmed."""


@strawberry.type(description="What became of an activation.")
class OfferActivatePayload(WithHeld):
    """What was activated."""


@strawberry.type(description="What became of a cancellation.")
class OfferCancelPayload(WithHeld):
    """What was given back."""


@strawberry.type
class AppOfferMutation:
    """What a member does with offers."""

    @strawberry.mutation(
        description="Have an offer, for its price. Where it is sold out and has a waiting list, "
        "stand in line for it.",
        extensions=[Needs(OWN)],
    )
    async def offer_claim(
        self, info: Info, input: Input[OfferClaimInput]
    ) -> OfferClaimPayload | None:
        """Claim."""
        work = _claim(info.context, OfferClaimPayload, input, reserve=False)
        return await answer(info.context, OfferClaimPayload, work)

    @strawberry.mutation(
        description="Set an offer aside, with its price, for as long as it says; confirmed in "
        "time it is had, else it goes back.",
        extensions=[Needs(OWN)],
    )
    async def offer_reserve(
        self, info: Info, input: Input[OfferReserveInput]
    ) -> OfferReservePayload | None:
        """Reserve."""
        work = _claim(info.context, OfferReservePayload, input, reserve=True)
        return await answer(info.context, OfferReservePayload, work)

    @strawberry.mutation(description="Confirm a reservation.", extensions=[Needs(OWN)])
    async def offer_confirm(
        self, info: Info, input: Input[OfferConfirmInput]
    ) -> OfferConfirmPayload | None:
        """Confirm."""
        work = _step(info.context, OfferConfirmPayload, input, offers.confirm)
        return await answer(info.context, OfferConfirmPayload, work)

    @strawberry.mutation(
        description="Switch on what one has; points that are given are credited at once.",
        extensions=[Needs(OWN)],
    )
    async def offer_activate(
        self, info: Info, input: Input[OfferActivateInput]
    ) -> OfferActivatePayload | None:
        """Activate."""
        work = _step(info.context, OfferActivatePayload, input, offers.activate)
        return await answer(info.context, OfferActivatePayload, work)

    @strawberry.mutation(
        description="Give back what is not used, a reservation or a place in line; points that "
        "were paid return.",
        extensions=[Needs(OWN)],
    )
    async def offer_cancel(
        self, info: Info, input: Input[OfferCancelInput]
    ) -> OfferCancelPayload | None:
        """Cancel."""
        work = _step(info.context, OfferCancelPayload, input, offers.cancel)
        return await answer(info.context, OfferCancelPayload, work)


Verb = Callable[[Engine, Step], Awaitable[Outcome]]
P = TypeVar("P", bound=WithHeld)


async def _claim(
    context: Context, payload: type[P], wanted: OfferClaimInput, *, reserve: bool
) -> P:
    own = await context.own()
    claim = Claim(own.member_id, wanted.offer, wanted.key, reserve)
    return await with_held(
        context, payload, await offers.claim(context.engine, claim, plans.active)
    )


async def _step(context: Context, payload: type[P], wanted: OfferStepInput, verb: Verb) -> P:
    own = await context.own()
    step = Step(own.member_id, wanted.held, wanted.key)
    return await with_held(context, payload, await verb(context.engine, step))


async def with_held(context: Context, payload: type[P], outcome: Outcome) -> P:
    """Answer with what a member has now, and the member after it."""
    view = await context.view(outcome.state)
    held = find_held(view, outcome.result["held"])
    return payload(view=view, held=held, replayed=outcome.replayed)
