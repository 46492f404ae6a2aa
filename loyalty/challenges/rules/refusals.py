"""What challenges say no to, as plain facts; submissions have their own."""

from dataclasses import dataclass

from loyalty.errors import Refusal


@dataclass(frozen=True, slots=True)
class ChallengeUnknown(Refusal):
    """The active program declares no such challenge."""

    challenge: str


@dataclass(frozen=True, slots=True)
class ChallengeOver(Refusal):
    """The challenge has ended."""

    challenge: str


@dataclass(frozen=True, slots=True)
class ChallengeAutomatic(Refusal):
    """Everybody takes part in the challenge: there is nothing to join and nothing to leave."""

    challenge: str


@dataclass(frozen=True, slots=True)
class ChallengeNotJoined(Refusal):
    """The member takes no part in the challenge."""

    challenge: str


@dataclass(frozen=True, slots=True)
class ChallengeNotRanked(Refusal):
    """The challenge has no leaderboard."""

    challenge: str


@dataclass(frozen=True, slots=True)
class AliasTaken(Refusal):
    """Another member stands on the leaderboard under this name, whatever its capitals."""

    challenge: str
    alias: str
