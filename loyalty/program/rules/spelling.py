"""Mistakes of shape in the words of the format: pydantic's errors are not shown as they are."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from loyalty.program.rules.mistakes import Problem, nearest
from loyalty.program.rules.offers import CODE
from loyalty.program.rules.programs import Program
from loyalty.program.rules.texts import (
    A_DAY,
    A_TIME,
    AN_INSTANT,
    CountedName,
    CurrencyCode,
    Id,
    Text,
)

_A_TEXT = "must be a text, or a text for each language, such as {en: Gold, sv: Guld}"
_A_LIST = "must be a list: put it in [ ], or each item on its own line after a -"
_A_WHOLE = "must be a whole number"
_A_NUMBER = 'must be a number, such as "1.00"'
_SAID = {
    "missing": "required, and missing",
    "model_type": "must be a mapping of names to values",
    "model_attributes_type": "must be a mapping of names to values",
    "dict_type": _A_TEXT,
    "tuple_type": _A_LIST,
    "frozen_set_type": _A_LIST,
    "string_type": "must be a text",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": _A_WHOLE,
    "int_parsing": _A_WHOLE,
    "int_parsing_size": _A_WHOLE,
    "int_from_float": _A_WHOLE,
    "decimal_type": _A_NUMBER,
    "decimal_parsing": _A_NUMBER,
    "finite_number": _A_NUMBER,
    "too_short": "must not be empty",
    "timezone_aware": AN_INSTANT,
    "datetime_parsing": AN_INSTANT,
    "datetime_from_date_parsing": AN_INSTANT,
    "datetime_object_invalid": AN_INSTANT,
    "date_parsing": A_DAY,
    "date_from_datetime_parsing": A_DAY,
    "time_parsing": A_TIME,
    "invalid_key": "must be named by a text",
}
OF_PATTERN = {
    get_args(Id)[1].pattern: (
        "must be small letters, digits, - and _, at most 40, beginning with a letter"
    ),
    get_args(CurrencyCode)[1].pattern: "must be a code of ISO 4217, such as EUR",
    CODE: "must be 3 to 40 capital letters, digits and -, such as WELCOME-10",
}
"""What a text is to look like, in words; a test holds that every pattern has some."""


def explain(error: ValidationError, others: Iterable[Problem]) -> tuple[Problem, ...]:
    """Tell each mistake once: those of shape, then the others that do not follow from one."""
    told: list[Problem] = []
    taken: set[str] = set()
    for item in chain.from_iterable(map(_with_misspelt, error.errors(include_url=False))):
        if item["type"] == "extra_forbidden":
            problem, meant = _misspelt(item)
            taken.add(meant)
        else:
            path, message = _path(item), _message(item)
            problem = Problem(path, message)
        told.append(problem)
    shapes = [one for one in told if one.path not in taken]
    taken |= {one.path for one in told}
    return (*shapes, *(one for one in others if one.path not in taken))


def _with_misspelt(item: Any) -> Iterator[Any]:
    """Give a mistake; beside a tag that is missing, also each name that is not in the format."""
    yield item
    if item["type"] == "union_tag_not_found":
        names = _names_at(item["loc"])
        for name in item["input"]:
            if isinstance(name, str) and name not in names:
                yield {"type": "extra_forbidden", "loc": (*item["loc"], name)}


def _path(item: Any) -> str:
    """Write where a mistake is, without the names that models give their variants."""
    parts = [str(part) for part in item["loc"]]
    shown = [
        part
        for index, part in enumerate(parts)
        if part not in ("by_language", "ones") and not (part.isupper() and _is_tag(parts, index))
    ]
    if item["type"].startswith("union_tag"):
        shown.append(item["ctx"]["discriminator"].strip("'"))
    return ".".join(shown) or "(program)"


def _is_tag(parts: Sequence[str], index: int) -> bool:
    """Tell whether a part names the variant of what stands before it, or of one in its list."""
    return parts[index - 1] in ("effect", "expiry") or (parts[:1] == ["nudges"] and index == 2)


def _misspelt(item: Any) -> tuple[Problem, str]:
    """Tell of a name that is not in the format here, and give the path that was meant."""
    path, name = _path(item), str(item["loc"][-1])
    names = _names_at(item["loc"][:-1])
    hint = nearest(name, names)
    meant = hint.removeprefix("did you mean `").removesuffix("`?")
    there = f"{path.removesuffix(name)}{meant}" if meant in names else ""
    return Problem(path, f"`{name}` is not a name of the format here; {hint}"), there


def _message(item: Any) -> str:
    kind, context = item["type"], item.get("ctx", {})
    if kind == "model_type" and context.get("class_name") in (Text.__name__, CountedName.__name__):
        return _A_TEXT
    if kind in ("literal_error", "enum"):
        return f"must be {context['expected'].replace(chr(39), '')}"
    if kind == "union_tag_invalid":
        return f"must be one of {context['expected_tags'].replace(chr(39), '')}"
    if kind == "union_tag_not_found":
        return _SAID["missing"]
    if kind == "string_pattern_mismatch":
        return OF_PATTERN[context["pattern"]]
    message = str(item["msg"]).removeprefix("Value error, ").removeprefix("Decimal input ")
    return _SAID.get(kind, message.replace("Input should", "must").replace("should", "must"))


def _names_at(loc: Iterable[Any]) -> set[str]:
    """Name what may stand at a place of the definition."""
    models: list[type[BaseModel]] = [Program]
    for part in loc:
        if not isinstance(part, str):
            continue
        variants = [one for one in models if len(models) > 1 and _is_variant(one, part)]
        inside = [one.model_fields[part].annotation for one in models if part in one.model_fields]
        models = variants or [model for annotation in inside for model in _models_in(annotation)]
    return {name for model in models for name in model.model_fields}


def _is_variant(model: type[BaseModel], tag: str) -> bool:
    fields = (model.model_fields.get(name) for name in ("kind", "mode", "on"))
    return any(tag in get_args(field.annotation) for field in fields if field is not None)


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models_in(part)]
