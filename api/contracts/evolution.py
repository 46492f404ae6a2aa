"""How the contract may change from one release to the next; reads no file and no clock."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from graphql import (
    BreakingChange,
    BreakingChangeType,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    find_breaking_changes,
    find_dangerous_changes,
    get_named_type,
)

SUPPORT = timedelta(days=365)  # that a release serves what it deprecates

_COORDINATE = re.compile(r"[A-Za-z_]\w*\.\w+(?:\(\w+:\))?")
_REMOVED = re.compile(r"\bremoved (\d{4}-\d\d-\d\d)\b")
_ENTRY = re.compile(r"^\* ", re.MULTILINE)


def broken_promises(
    old: GraphQLSchema, new: GraphQLSchema, announced: str, today: date
) -> list[str]:
    """List what changed since a release and may not, each by its kind.

    What was deprecated in the release may go once its day has come, and with it the types that
    nothing else leads to. What may surprise an app, such
    as another value of an enum, is allowed where the change log announces it by its coordinate.
    """
    gone = {name for name, reason in deprecations(old) if _is_due(reason, today)}
    orphans = _within_reach(old, set()) - _within_reach(old, gone)
    breaking = [
        f"breaking: {change.type.name}: {change.description}"
        for change in find_breaking_changes(old, new)
        if _coordinate(change.description) not in gone
        and not (change.type is BreakingChangeType.TYPE_REMOVED and _subject(change) in orphans)
    ]
    dangerous = [
        f"dangerous: {change.type.name}: {change.description} Apps have to be told of "
        f"`{_coordinate(change.description)}` in the change log first"
        for change in find_dangerous_changes(old, new)
        if f"`{_coordinate(change.description)}`" not in announced
    ]
    return breaking + dangerous


def hasty_deprecations(old: GraphQLSchema | None, new: GraphQLSchema, today: date) -> list[str]:
    """List what would go before apps had the time they are promised.

    That is a year for what is newly deprecated, else the day that was released: it may go later,
    and never earlier.
    """
    known = {name: _day_of(reason) for name, reason in deprecations(old)} if old else {}
    found = []
    for name, reason in deprecations(new):
        day, promised = _day_of(reason), known.get(name) or today + SUPPORT
        if day is not None and day < promised:
            found.append(f"deprecated: {name}: it is promised until {promised} at least, not {day}")
    return found


def careless_deprecations(graph: GraphQLSchema, changelog: str) -> list[str]:
    """List deprecations without the day of the removal, or that the change log does not date."""
    entries = _ENTRY.split(changelog)
    found = []
    for name, reason in deprecations(graph):
        day = _day_of(reason)
        if day is None:
            found.append(f"deprecated: {name}: its reason has to end in `removed YYYY-MM-DD`")
        elif not any(f"`{name}`" in entry and str(day) in entry for entry in entries):
            found.append(f"deprecated: {name}: no entry of the change log has `{name}` and {day}")
    return found


def deprecations(graph: GraphQLSchema) -> Iterator[tuple[str, str]]:
    """Walk everything that is deprecated: its coordinate, and why."""
    for name, kind in graph.type_map.items():
        if isinstance(kind, GraphQLEnumType):
            parts = [(f"{name}.{value}", item) for value, item in kind.values.items()]
        elif isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            parts = [(f"{name}.{part}", field) for part, field in kind.fields.items()]
            parts += [
                (f"{name}.{part}({argument}:)", given)
                for part, field in kind.fields.items()
                for argument, given in field.args.items()
            ]
        elif isinstance(kind, GraphQLInputObjectType):
            parts = [(f"{name}.{part}", field) for part, field in kind.fields.items()]
        else:
            continue
        for coordinate, part in parts:
            if part.deprecation_reason is not None:
                yield coordinate, part.deprecation_reason


def _within_reach(graph: GraphQLSchema, gone: set[str]) -> set[str]:
    """Name the types that an app can get to, or has to give, without going through `gone`."""
    roots = (graph.query_type, graph.mutation_type, graph.subscription_type)
    waiting: list[GraphQLNamedType] = [root for root in roots if root is not None]
    waiting += [get_named_type(arg.type) for each in graph.directives for arg in each.args.values()]
    reached: set[str] = set()
    while waiting:
        kind = waiting.pop()
        if kind.name not in reached:
            reached.add(kind.name)
            waiting += _next_to(graph, kind, gone)
    return reached


def _next_to(
    graph: GraphQLSchema, kind: GraphQLNamedType, gone: set[str]
) -> Iterator[GraphQLNamedType]:
    """Give the types that one leads to."""
    if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
        yield from graph.get_possible_types(kind)
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        yield from kind.interfaces
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
        for name, field in kind.fields.items():
            place = f"{kind.name}.{name}"
            if place not in gone:
                yield get_named_type(field.type)
                for argument, given in getattr(field, "args", {}).items():
                    if f"{place}({argument}:)" not in gone:
                        yield get_named_type(given.type)


def _subject(change: BreakingChange) -> str:
    """Name the type that was removed, as in `Standard scalar Float was removed because ...`."""
    return change.description.partition(" was removed")[0].rpartition(" ")[2]


def _coordinate(description: str) -> str:
    """Find what a change is about: a part of a type, or else the type it is said of last."""
    found = _COORDINATE.search(description)
    return found[0] if found else description.rstrip(".").rpartition(" ")[2]


def _day_of(reason: str) -> date | None:
    found = _REMOVED.search(reason)
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def _is_due(reason: str, today: date) -> bool:
    day = _day_of(reason)
    return day is not None and day <= today
