"""The format of programs as editors read it: fresh, and every example keeps to it."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from loyalty.program import terms
from loyalty.program.rules import PlainLoader

FOLDER = Path(__file__).parents[2] / "examples" / "programs"
EXAMPLES = sorted(FOLDER.glob("*.yaml"))


def read(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=PlainLoader)


def schema() -> Any:
    return json.loads((FOLDER / "program.schema.json").read_text(encoding="utf-8"))


def test_the_committed_schema_is_that_of_the_code() -> None:
    assert schema() == json.loads(json.dumps(terms.json_schema())), "run `make contracts`"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_names_the_schema_and_keeps_to_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=program.schema.json\n")
    Draft202012Validator(schema()).validate(read(path))


@pytest.mark.parametrize(
    ("place", "value"),
    [("money", 5), ("name", {}), ("name", {"English": "x"}), ("curencies", []), ("format", 2)],
)
def test_an_editor_is_told_of_mistakes(place: str, value: Any) -> None:
    definition = read(EXAMPLES[0])
    assert list(Draft202012Validator(schema()).iter_errors({**definition, place: value}))
