"""What is given as null: it says nothing, and is a value that was forgotten or a key too many."""

from collections.abc import Iterator, Mapping
from typing import Any

from loyalty.program.rules.mistakes.parts import Part, Problem


def nulls(program: Mapping[str, Any]) -> Iterator[Problem]:
    """Find every null; in what stands in several places, by an alias of YAML, at the first."""
    todo = [Part("", program)]
    seen: set[int] = set()
    for part in todo:
        if id(part.value) in seen:
            continue
        if isinstance(part.value, Mapping | list):
            seen.add(id(part.value))
        if part.value is None:
            name = part.path.rpartition(".")[2]
            yield part.wrong(f"is given as null: leave `{name}` out, or give it a value")
        elif isinstance(part.value, Mapping):
            todo += [part[name] for name in part.value if isinstance(name, str)]
        else:
            todo += part.items()
