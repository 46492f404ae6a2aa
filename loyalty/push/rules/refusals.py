"""What a campaign is refused for, with the facts."""

from dataclasses import dataclass

from loyalty.errors import Refusal


@dataclass(frozen=True, slots=True)
class TierUnknown(Refusal):
    """No ladder of the active program has this tier."""

    tier: str


@dataclass(frozen=True, slots=True)
class TemplateInvalid(Refusal):
    """A text cannot be filled in: `field` is not one of `allowed`; None where braces are amiss."""

    part: str
    language: str
    field: str | None
    allowed: tuple[str, ...]
