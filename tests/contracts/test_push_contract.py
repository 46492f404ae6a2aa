"""The push contract of the app team: fresh, and every example valid."""

from pathlib import Path

import jsonschema
import orjson

from loyalty.push import contract_files
from loyalty.push.payloads import Payload

DIRECTORY = Path(__file__).parents[2] / "mobile_contracts" / "push"


def test_the_committed_contract_is_what_the_code_sends() -> None:
    committed = {path.name: path.read_text("utf-8") for path in DIRECTORY.iterdir()}
    assert committed == contract_files()


def test_there_is_a_valid_example_of_every_type() -> None:
    files = {name: orjson.loads(text) for name, text in contract_files().items()}
    schema = files.pop("payload.schema.json")
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for example in files.values():
        validator.validate(example)
        Payload.model_validate(example)
    types = schema["properties"]["data"]["discriminator"]["mapping"]
    assert {example["data"]["type"] for example in files.values()} == set(types)


def test_every_field_the_app_reads_is_a_string() -> None:
    schema = orjson.loads(contract_files()["payload.schema.json"])
    for definition in schema["$defs"].values():
        assert {field["type"] for field in definition["properties"].values()} == {"string"}
