"""Files that people write, in YAML or JSON, as plain data; what it means is told elsewhere."""

import re
from typing import Any

import yaml

SOURCE_LIMIT = 200_000


class Unreadable(ValueError):
    """Say why a text cannot be read, and where: `place` is a line, or empty."""

    def __init__(self, place: str, why: str) -> None:
        super().__init__(f"{place}: {why}" if place else why)
        self.place, self.why = place, why


class PlainLoader(yaml.SafeLoader):
    """Read numbers with a decimal point, dates and `no` as text, and no name twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Refuse a name that is there twice: the second would silently replace the first."""
        seen: set[str] = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"`{key.value}` is there twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


PlainLoader.yaml_implicit_resolvers = {
    letter: [
        (tag, pattern) for tag, pattern in resolvers if tag.rsplit(":", 1)[1] in ("int", "null")
    ]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
PlainLoader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf")
)


def read_source(source: str) -> object:
    """Read a text as plain data. Raises Unreadable."""
    if len(source) > SOURCE_LIMIT:
        raise Unreadable("", f"longer than {SOURCE_LIMIT} characters")
    try:
        return yaml.load(source, Loader=PlainLoader)  # noqa: S506 - derives from SafeLoader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark else ""
        why = getattr(error, "problem", error)
        raise Unreadable(where, f"not readable as YAML: {why}") from error
    except RecursionError as error:
        raise Unreadable("", "nested too deep to be read") from error
    except ValueError as error:
        raise Unreadable("", "holds a number that is too long") from error
