"""What a segment is made of: conditions joined by ALL, ANY and NOT, as data; read and written here.

"Everyone" is said explicitly: there is no empty definition.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, get_args

from pydantic import ConfigDict, Field, ValidationError, model_validator

from loyalty.errors import BadInput
from loyalty.program import terms
from loyalty.segments.rules.conditions import (
    LOCALE,
    Age,
    Balance,
    BirthMonth,
    Category,
    Challenge,
    Condition,
    ConsentGiven,
    Engagement,
    Enrolled,
    Label,
    LastPurchase,
    LocaleIs,
    PlanHeld,
    Purchases,
    Spend,
    Store,
    TierHeld,
    TimeZoneIs,
    Yes,
)

DEPTH_LIMIT = 8
NODES_LIMIT = 100

Path = tuple[str | int, ...]


class Definition(terms.Terms):
    """A condition, or several that are joined: of the names below exactly one is there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    everyone: Yes | None = None
    all_: Annotated[tuple["Definition", ...] | None, Field(alias="all", min_length=1)] = None
    any_: Annotated[tuple["Definition", ...] | None, Field(alias="any", min_length=1)] = None
    not_: Annotated["Definition | None", Field(alias="not")] = None
    tier: TierHeld | None = None
    balance: Balance | None = None
    last_purchase: LastPurchase | None = None
    purchases: Purchases | None = None
    spend: Spend | None = None
    category: Category | None = None
    store: Store | None = None
    locale: LocaleIs | None = None
    time_zone: TimeZoneIs | None = None
    birth_month: BirthMonth | None = None
    age: Age | None = None
    enrolled: Enrolled | None = None
    label: Label | None = None
    consent: ConsentGiven | None = None
    engagement: Engagement | None = None
    challenge: Challenge | None = None
    plan: PlanHeld | None = None

    @model_validator(mode="after")
    def _one(self) -> "Definition":
        if len(self.model_fields_set) != 1 or self.said is None:
            raise ValueError("must have exactly one condition; join several with all or any")
        return self

    @property
    def kind(self) -> str:
        """Name the condition that is there, or how several are joined."""
        (field,) = self.model_fields_set
        return type(self).model_fields[field].alias or field

    @property
    def said(self) -> Any:
        """Give what the definition's one name stands for."""
        (field,) = self.model_fields_set
        return getattr(self, field)

    @property
    def parts(self) -> tuple["Definition", ...]:
        """Give what is joined here; nothing for a single condition."""
        return self.all_ or self.any_ or ((self.not_,) if self.not_ else ())

    @property
    def inside(self) -> Iterator[tuple[Path, "Definition"]]:
        """Give what is joined here, each with its path from here."""
        if self.not_ is not None:
            yield (self.kind,), self.not_
            return
        yield from (((self.kind, place), part) for place, part in enumerate(self.parts))

    @property
    def leaf(self) -> Condition | None:
        """Give the condition of a single one; None where several are joined, or for everyone."""
        return self.said if isinstance(self.said, Condition) else None


EVERYONE = Definition(everyone=True)


def parse(data: object, path: Path = ()) -> Definition:
    """Read a definition. Raises BadInput for the first mistake, with the path of what is at fault.

    At most 8 deep and of 100 parts.
    """
    _check_size(data, path)
    try:
        return Definition.model_validate(data)
    except ValidationError as error:
        first = min(error.errors(include_url=False), key=_is_as_named)
        raise BadInput(_said(first), (*path, *first["loc"])) from error


def read(source: str) -> Definition:
    """Read a definition in YAML (or JSON), as a file has it. Raises BadInput."""
    try:
        data = terms.read_source(source)
    except terms.Unreadable as error:
        raise BadInput(error.why, (error.place,) if error.place else ()) from error
    return parse(data)


def dump(definition: Definition) -> dict[str, Any]:
    """Write a definition as plain data, which `parse` reads again."""
    data: dict[str, Any] = definition.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return data


def leaves(definition: Definition, path: Path = ()) -> Iterator[tuple[Path, Condition]]:
    """Give each single condition with its path, in the order they are written."""
    if definition.leaf is not None:
        yield (*path, definition.kind), definition.leaf
    for at, part in definition.inside:
        yield from leaves(part, (*path, *at))


def _check_size(data: object, path: Path) -> None:
    """Refuse what is too deep or too large before it is read: by levels, never by recursion."""
    level: list[tuple[Path, object]] = [(path, data)]
    nodes = 0
    for _ in range(DEPTH_LIMIT):
        nodes += len(level)
        if nodes > NODES_LIMIT:
            raise BadInput(f"must have at most {NODES_LIMIT} parts", path)
        level = [inside for at, node in level for inside in _inside(at, node)]
        if not level:
            return
    raise BadInput(f"must be at most {DEPTH_LIMIT} deep", level[0][0])


def _inside(path: Path, node: object) -> Iterator[tuple[Path, object]]:
    if not isinstance(node, Mapping):
        return
    for join in ("all", "any"):
        parts = node.get(join)
        if isinstance(parts, list | tuple):
            yield from (((*path, join, place), part) for place, part in enumerate(parts))
    if node.get("not") is not None:
        yield (*path, "not"), node["not"]


_SAID = {
    "missing": "required, and missing",
    "model_type": "must be a mapping of names to values",
    "tuple_type": "must be a list",
    "string_type": "must be a text",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty; everyone is said by everyone: true",
    "bool_type": "must be true",
    "int_type": "must be a whole number",
    "decimal_type": 'must be a number, such as "100.00"',
    "decimal_parsing": 'must be a number, such as "100.00"',
}
_OF_PATTERN = {**terms.OF_PATTERN, LOCALE: "must be a language, such as sv or sv-FI"}


def _is_as_named(error: Any) -> bool:
    """Put what has a wrong name first: what is missing may be what was meant by it."""
    return bool(error["type"] != "extra_forbidden")


def _said(error: Any) -> str:
    """Say a mistake of shape in our words."""
    match error:
        case {"type": "extra_forbidden", "loc": (*path, name)}:
            hint = terms.nearest(str(name), _names_at(path))
            return f"is not a name of segments here; {hint}"
        case {"type": "string_pattern_mismatch", "ctx": {"pattern": pattern}}:
            return _OF_PATTERN[pattern]
    message = str(error["msg"]).removeprefix("Value error, ")
    return _SAID.get(error["type"], message.replace("Input should", "must"))


def _names_at(path: Sequence[str | int]) -> set[str]:
    """Name what may be said at a place: of a condition, or the conditions there are."""
    inside = Definition.model_fields.get(str(path[-1])) if path else None
    asked = get_args(inside.annotation) if inside else ()
    model = next((one for one in asked if issubclass(one, Condition)), Definition)
    return {field.alias or name for name, field in model.model_fields.items()}
