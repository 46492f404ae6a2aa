"""What a challenge still asks for in words; the whole sentence is theirs who show it."""

from loyalty import messages
from loyalty.program import Program, terms

_TIMES = "CHALLENGE_COUNT"
_COUNTED = {"PURCHASE": "CHALLENGE_PURCHASES", "VISIT": "CHALLENGE_VISITS"}


def asks(challenge: terms.Challenge, missing: int, program: Program, locale: str) -> str:
    """Say what is missing of a challenge, such as two more visits."""
    much: object = messages.Money(missing, program.money) if challenge.is_money else missing
    return messages.render(_kind(challenge), locale, missing=much)


def _kind(challenge: terms.Challenge) -> str:
    """Choose the words for what is counted."""
    if challenge.of is not None:
        streak = "STREAK_" if challenge.criterion is terms.ChallengeCriterion.STREAK else ""
        return f"CHALLENGE_{streak}{challenge.of.value}"
    triggers = {occasion.trigger for occasion in challenge.triggers}
    return _COUNTED.get(triggers.pop(), _TIMES) if len(triggers) == 1 else _TIMES
