"""What is wrong with nudges: texts that cannot be filled in."""

from collections.abc import Collection, Iterator

from loyalty.program.rules.mistakes.parts import Part, Problem, languages, nearest
from loyalty.program.rules.nudges import NUDGE_FIELDS
from loyalty.program.rules.texts import fields_of


def nudges(nudges: Part) -> Iterator[Problem]:
    """Find what is wrong with the nudges."""
    seen: set[str] = set()
    for nudge in nudges.items():
        on = nudge["on"]
        if on.text is not None and on.text in seen:
            yield on.wrong(f"there is a nudge on {on.text} already: one says it all")
        seen.add(on.text or "")
        for text in (*languages(nudge["title"]), *languages(nudge["body"])):
            yield from _template(text, NUDGE_FIELDS.get(on.text or ""))


def _template(text: Part, allowed: Collection[str] | None) -> Iterator[Problem]:
    if text.text is None:
        return
    fields = fields_of(text.text)
    if fields is None:
        yield text.wrong("its braces make no fields: write {firstName}, and {{ for a brace itself")
    elif allowed is not None:
        for field in sorted(fields.difference(allowed)):
            yield text.wrong(f"there is no field `{field}` here; {nearest(field, allowed)}")
