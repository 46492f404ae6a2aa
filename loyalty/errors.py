"""What can go wrong below the graph: a refusal by the rules, bad input, an outage; no prose."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """State why the rules say no, as plain facts; each noun declares its own beside its rules."""

    @property
    def wording(self) -> str:
        """Name the text of the catalogue that says it."""
        return type(self).__name__


class Refused(Exception):
    """Carry a refusal out of a verb; nothing was written.

    `path` names the part of the input that it is about, from the outside in, where that is known.
    """

    def __init__(self, refusal: Refusal, path: tuple[str | int, ...] = ()) -> None:
        super().__init__(refusal)
        self.refusal = refusal
        self.path = path


class BadInput(Exception):
    """Say which part of the input cannot be used and what to send instead.

    `path` names the part from the outside in; `code` is the error code a client can switch on.
    """

    def __init__(self, message: str, path: tuple[str | int, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.path = path

    def __str__(self) -> str:
        return ": ".join(filter(None, (".".join(map(str, self.path)), self.message)))


class Unavailable(Exception):
    """Say that the work could not be done now and may be sent again with the same key."""

    def __init__(self, message: str, retry_after_ms: int = 1_000) -> None:
        super().__init__(message)
        self.retry_after_ms = retry_after_ms


class TooSlow(Unavailable):
    """Say that what was asked of the database did not end within the time that it had."""


@dataclass(frozen=True, slots=True)
class KeyReused(Refusal):
    """The idempotency key was used before with another input."""

    key: str


@dataclass(frozen=True, slots=True)
class MemberUnknown(Refusal):
    """No member has this id."""

    member_id: str


@dataclass(frozen=True, slots=True)
class MemberNotActive(Refusal):
    """The member is suspended, closed or erased, so value cannot move."""

    member_id: str
    status: str
