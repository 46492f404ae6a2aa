"""What is wrong with referral: a link that leads nowhere, names of nothing."""

from collections.abc import Iterator

from loyalty.program.rules.mistakes.offers import grant
from loyalty.program.rules.mistakes.parts import Part, Problem, conditions


def referral(referral: Part, whole: Part) -> Iterator[Problem]:
    """Find what is wrong with referral."""
    link = referral["link"]
    if link.text is not None and not link.text.startswith("https://"):
        yield link.wrong("begin it with https://, so that every phone opens it")
    if link.text is not None and link.text.count("{code}") != 1:
        yield link.wrong("write {code}, once, where the member's code belongs")
    payouts = (referral["referrer"], referral["ambassador"])
    for gives in (referral["friend"], *(payout["gives"] for payout in payouts)):
        for given in gives.items():
            yield from grant(given, whole)
    yield from conditions(referral["when"], whole)
