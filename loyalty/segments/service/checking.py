"""Whether a segment makes sense under the program that is in force, before anybody is counted."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from loyalty import members, program
from loyalty.activities import buying
from loyalty.engine import Engine
from loyalty.errors import Refused
from loyalty.segments import rules
from loyalty.segments.rules import Definition, Unheard, refusals

LOOKED_UP = 100
KNOWN: Mapping[str, Callable[[Engine, str], Awaitable[bool]]] = {
    "label": members.labels.is_known,
    "store": buying.is_store,
}


async def check(engine: Engine, definition: Definition) -> None:
    """Refuse a definition that names what the program does not know.

    A category is known where the terms name it or anybody ever bought of it. Raises Refused with
    SegmentNamesUnknown or ProgramMissing.
    """
    terms = (await program.active(engine)).program
    for missing in rules.unknown(definition, terms):
        raise Refused(missing)
    for (condition, name), path in rules.unnamed(definition, terms).items():
        if condition == "category" and not await buying.is_bought(engine, name):
            raise Refused(refusals.SegmentNamesUnknown(condition, name, rules.place(path)))


async def unheard(engine: Engine, definition: Definition) -> tuple[Unheard, ...]:
    """Name the labels and stores of a definition that nobody has anything of, the first 100.

    They are no mistake for sure: one may come. Raises Refused with ProgramMissing.
    """
    terms = (await program.active(engine)).program
    asked = [
        Unheard(condition, name, path)
        for (condition, name), path in rules.unnamed(definition, terms).items()
        if condition in KNOWN
    ]
    some = asked[:LOOKED_UP]
    known = await asyncio.gather(*(KNOWN[one.condition](engine, one.name) for one in some))
    return tuple(one for one, is_known in zip(some, known, strict=True) if not is_known)
