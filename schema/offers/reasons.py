"""Why a member was given an offer, and why it ended: facts, and words in their language."""

from collections.abc import Mapping

import strawberry

from loyalty import messages
from loyalty.offers import Held
from loyalty.program import Program, Version
from schema.context import Reader, View
from schema.enums import HeldEnd
from schema.program.names import names_in


@strawberry.type(description="Why an offer was given to a member.")
class OfferReason:
    """Why it was given."""

    facts: strawberry.Private[Mapping[str, object]]
    reader: strawberry.Private[Reader]
    program: strawberry.Private[Program | None]

    @strawberry.field(description="What called it, such as BOUGHT_PRODUCT or CHALLENGE.")
    def kind(self) -> str:
        """Give the kind."""
        return str(self.facts["kind"])

    @strawberry.field(
        description="It in words, such as: You bought Caffè latte 4 times. Null where there is "
        "nothing to say but the offer itself."
    )
    def text(self) -> str | None:
        """Say it."""
        return _sentence(self.facts, self.program, self.reader)

    @strawberry.field(description="The product or category it is about, by the shop's id.")
    def subject(self) -> str | None:
        """Name the subject."""
        subject = self.facts.get("subject")
        return None if subject is None else str(subject)


def show_reason(
    facts: Mapping[str, object], version: Version | None, reader: Reader
) -> OfferReason | None:
    """Show a reason, where there is one; `version` is the one that the offer was issued by."""
    is_given = facts.get("kind") not in (None, "CLAIM")
    program = version.program if version else None
    return OfferReason(facts=facts, reader=reader, program=program) if is_given else None


@strawberry.type(description="Why what a member had of an offer ended.")
class OfferEndReason:
    """Why it ended."""

    kind: HeldEnd = strawberry.field(description="What ended it.")
    text: str = strawberry.field(
        description="It in words, such as: This offer is no longer available."
    )


def show_end(held: Held, view: View) -> OfferEndReason | None:
    """Show why something ended, where there is something to say."""
    if held.ended_by is None:
        return None
    locale = view.reader.locale or view.reader.default
    return OfferEndReason(kind=held.ended_by, text=messages.render(held.ended_by, locale))


def _sentence(facts: Mapping[str, object], program: Program | None, reader: Reader) -> str | None:
    kind = f"REASON_{facts['kind']}"
    if not messages.is_known(kind):
        return None
    told = {name: fact for name, fact in facts.items() if name != "kind"}
    told |= names_in(facts, program, reader)
    told["what"] = facts.get("name") or facts.get("subject") or ""
    return messages.render(kind, reader.locale or reader.default, **told)
