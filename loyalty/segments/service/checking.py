"""Whether a segment makes sense under the program that is in force, before anybody is counted."""

from loyalty import program
from loyalty.activities import buying
from loyalty.engine import Engine
from loyalty.errors import Refused
from loyalty.segments import rules
from loyalty.segments.rules import Definition, refusals


async def check(engine: Engine, definition: Definition) -> None:
    """Refuse a definition that names what the program does not know.

    A category is known where the terms name it or anybody ever bought of it. Raises Refused with
    SegmentNamesUnknown or ProgramMissing.
    """
    terms = (await program.active(engine)).program
    for missing in rules.unknown(definition, terms):
        raise Refused(missing)
    for category, path in rules.categories_asked(definition, terms).items():
        if not await buying.is_bought(engine, category):
            raise Refused(refusals.SegmentNamesUnknown("category", category, rules.place(path)))
