"""What a version may not change under an id that members have something of; reads no database."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from loyalty.program.rules.ladders import Ladder
from loyalty.program.rules.mistakes import Problem
from loyalty.program.rules.programs import Program


@dataclass(frozen=True, slots=True)
class Lasting:
    """What stays as it is under an id: of which parts, under which name; None: not said yet."""

    parts: str
    name: str
    said: Callable[[Any, Program], str | None]


def _money(ladder: Ladder, program: Program) -> str | None:
    """Give what the spend is counted in that a ladder asks for."""
    asks = any(tier.threshold and tier.threshold.spend is not None for tier in ladder.tiers)
    return program.money if asks else None


LASTING = (
    Lasting("currencies", "kind", lambda currency, _: currency.kind),
    Lasting("currencies", "id", lambda currency, program: program.money_of(currency.id)),
    Lasting("ladders", "points_currency", lambda ladder, _: ladder.points_currency),
    Lasting("ladders", "id", _money),
    Lasting("challenges", "criterion", lambda challenge, _: challenge.criterion),
    Lasting("challenges", "of", lambda challenge, _: challenge.of),
    Lasting("challenges", "id", lambda one, program: program.money if one.is_money else None),
)
"""What members have is kept as bare numbers by id; these say what they are numbers of."""


def changed(program: Program, before: Sequence[tuple[int, Program]]) -> Iterator[Problem]:
    """Find what a program says otherwise under an id than the last version that said it.

    `before` are the versions that were ever in force with their numbers, the first one first.
    """
    was: dict[tuple[str, str, str], tuple[str, int]] = {}
    for number, terms in before:
        was |= {key: (said, number) for key, _, said in _lasting(terms)}
    for key, path, said in _lasting(program):
        earlier, number = was.get(key, (said, 0))
        if said != earlier:
            yield Problem(
                path,
                f"`{key[2]}` was {earlier} in version {number} and would be {said}: members have"
                f" something of it that is counted as {earlier}; keep that, or give the new one"
                " another id",
            )


def _lasting(program: Program) -> Iterator[tuple[tuple[str, str, str], str, str]]:
    """Give what lasts in a program: its key, its path, and what is said."""
    for lasting in LASTING:
        for index, part in enumerate(getattr(program, lasting.parts)):
            said = lasting.said(part, program)
            if said is not None:
                key = (lasting.parts, lasting.name, part.id)
                yield key, f"{lasting.parts}.{index}.{lasting.name}", said
