"""Why a member was given an offer: the facts, and a sentence in the member's language."""

from collections.abc import Mapping

import strawberry

from loyalty import messages
from schema.context import Reader


@strawberry.type(description="Why an offer was given to a member.")
class OfferReason:
    """Why it was given."""

    facts: strawberry.Private[Mapping[str, object]]
    reader: strawberry.Private[Reader]

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
        return _sentence(self.facts, self.reader)

    @strawberry.field(description="The product or category it is about, by the shop's id.")
    def subject(self) -> str | None:
        """Name the subject."""
        subject = self.facts.get("subject")
        return None if subject is None else str(subject)


def show_reason(facts: Mapping[str, object], reader: Reader) -> OfferReason | None:
    """Show a reason, where there is one."""
    is_given = facts.get("kind") not in (None, "CLAIM")
    return OfferReason(facts=facts, reader=reader) if is_given else None


def _sentence(facts: Mapping[str, object], reader: Reader) -> str | None:
    kind = f"REASON_{facts['kind']}"
    if not messages.is_known(kind):
        return None
    told = {name: fact for name, fact in facts.items() if name != "kind"}
    told["what"] = facts.get("name") or facts.get("subject") or ""
    return messages.render(kind, reader.locale or reader.default, **told)
