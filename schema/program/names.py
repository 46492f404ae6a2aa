"""What facts tell of by its id, called by its name in the reader's language."""

from collections.abc import Mapping
from typing import Any

from loyalty.program import Program
from schema.context import Reader

DECLARED = {
    "card": "cards",
    "challenge": "challenges",
    "offer": "offers",
    "pass": "passes",
    "plan": "plans",
}
"""Facts that name something of the program, and where it declares that."""


def names_in(facts: Mapping[str, Any], program: Program | None, reader: Reader) -> dict[str, str]:
    """Name what facts tell of, where the program (None: not known) still declares it."""
    names: dict[str, str] = {}
    for fact, declared in DECLARED.items():
        parts = getattr(program, declared, ()) if fact in facts else ()
        found = next((part for part in parts if part.id == facts[fact]), None)
        if found is not None:
            names[fact] = reader.text(found.name)
    challenge = program.challenge(facts["challenge"]) if program and "level" in facts else None
    for level in challenge.steps if challenge else ():
        if level.id == facts["level"] and level.name is not None:
            names["level"] = reader.text(level.name)
    return names
