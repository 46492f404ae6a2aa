"""The page on segments: its examples can be read, and it shows every condition there is."""

import re
from pathlib import Path
from typing import Any

import yaml
from graphql import parse, validate

from loyalty import segments
from loyalty.segments.rules import leaves
from schema import core_schema, staff_schema

PAGE = Path(__file__).parents[2].joinpath("docs/segments.md").read_text(encoding="utf-8")
JOINS = {"everyone", "all", "any", "not"}


def examples(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_every_example_can_be_read_and_every_condition_has_one() -> None:
    read = [segments.parse(yaml.safe_load(source)) for source in examples("yaml")]
    shown = {str(path[-1]) for definition in read for path, _ in leaves(definition)}
    assert shown == conditions()


def test_the_table_names_every_condition() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) == conditions()


def conditions() -> set[str]:
    fields: dict[str, Any] = segments.Definition.model_fields
    return {field.alias or name for name, field in fields.items()} - JOINS


def test_the_operations_on_the_page_are_valid_at_the_staff_door() -> None:
    operations = examples("graphql")
    assert operations
    for operation in operations:
        assert validate(core_schema(staff_schema), parse(operation)) == []
