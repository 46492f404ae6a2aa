"""Whether the program knows what a definition names: tiers, currencies, challenges, plans."""

from collections.abc import Iterator

from loyalty.messages import render
from loyalty.program import Program, terms
from loyalty.segments.rules import conditions as ask
from loyalty.segments.rules.conditions import Condition
from loyalty.segments.rules.definitions import Definition, Path, leaves
from loyalty.segments.rules.refusals import SegmentNamesUnknown
from loyalty.values import value


def unknown(definition: Definition, program: Program) -> Iterator[SegmentNamesUnknown]:
    """Name what the program does not know, in the order of the definition."""
    for path, leaf in leaves(definition):
        for condition, name in _unknown(leaf, program):
            yield SegmentNamesUnknown(condition, name, place(path))


def place(path: Path) -> str:
    """Write a path, such as all.0.tier."""
    return ".".join(map(str, path))


@value
class Unheard:
    """A name that nobody has anything of (yet): a `label`, or a `store`; and where it is asked.

    It may be misspelt, and then everyone is meant by a NOT.
    """

    condition: str
    name: str
    path: Path

    def said(self, locale: str) -> str:
        """Say what is odd about it, for a BCP 47 locale."""
        return render(f"SEGMENT_UNHEARD_{self.condition.upper()}", locale, name=self.name)


def unnamed(definition: Definition, program: Program) -> dict[tuple[str, str], Path]:
    """Give by condition and name what the program need not name, and does not; and where it is."""
    named, found = set(_named(program)), dict[tuple[str, str], Path]()
    for path, leaf in leaves(definition):
        for one in _free(leaf):
            if one not in named:
                found.setdefault(one, path)
    return found


def _free(leaf: Condition) -> Iterator[tuple[str, str]]:
    """Give the names that shops give things themselves."""
    match leaf:
        case ask.Category():
            yield "category", leaf.category
        case ask.Store():
            yield "store", leaf.store
        case ask.Label():
            yield from (("label", label) for label in leaf.any_of)


def _unknown(leaf: Condition, program: Program) -> Iterator[tuple[str, str]]:
    match leaf:
        case ask.TierHeld():
            ladders = {one.id: {tier.id for tier in one.tiers} for one in program.ladders}
            if leaf.ladder is not None and leaf.ladder not in ladders:
                yield "ladder", leaf.ladder
                return
            there = ladders.get(leaf.ladder or "", set[str]().union(*ladders.values()))
            yield from (("tier", tier) for tier in leaf.named if tier not in there)
        case ask.Balance() if program.currency(leaf.currency) is None:
            yield "currency", leaf.currency
        case ask.Challenge():
            found = next((one for one in program.challenges if one.id == leaf.challenge), None)
            if found is None:
                yield "challenge", leaf.challenge
            elif leaf.level is not None and leaf.level not in {step.id for step in found.steps}:
                yield "level", leaf.level
        case ask.PlanHeld():
            known = {right.id for right in program.rights}
            yield from (("plan", plan) for plan in leaf.any_of if plan not in known)


def _named(program: Program) -> Iterator[tuple[str, str]]:
    """Give the product categories, stores and labels that the terms name anywhere."""
    issued = [offer.issue_on for offer in program.offers if offer.issue_on is not None]
    counted = [occasion for challenge in program.challenges for occasion in challenge.triggers]
    asking: list[terms.Conditions] = [
        *(rule.when for rule in program.earning_rules),
        *(offer.when for offer in program.personal_offers),
        *(card.when for card in program.cards),
        *(occasion.when for occasion in issued),
        *(occasion.when for occasion in counted),
    ]
    for when in asking:
        yield from (("category", name) for name in when.categories)
        yield from (("store", name) for name in when.stores)
        yield from (("label", name) for name in when.segments)
    for offer in program.offers:
        yield from (("label", name) for name in offer.audience.segments)
