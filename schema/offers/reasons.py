"""Why a member was given an offer: the facts, and a sentence in the member's language."""

from collections.abc import Mapping

import strawberry

from loyalty import messages
from loyalty.program import Program
from schema.context import Reader, View
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


def show_reason(facts: Mapping[str, object], view: View) -> OfferReason | None:
    """Show a reason, where there is one."""
    is_given = facts.get("kind") not in (None, "CLAIM")
    program = view.version.program if view.version else None
    return OfferReason(facts=facts, reader=view.reader, program=program) if is_given else None


def _sentence(facts: Mapping[str, object], program: Program | None, reader: Reader) -> str | None:
    kind = f"REASON_{facts['kind']}"
    if not messages.is_known(kind):
        return None
    told = {name: fact for name, fact in facts.items() if name != "kind"}
    told |= names_in(facts, program, reader)
    told["what"] = facts.get("name") or facts.get("subject") or ""
    return messages.render(kind, reader.locale or reader.default, **told)
