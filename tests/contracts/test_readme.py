"""The page the app team reads first: its numbers are the server's, its codes are ones it sends."""

import re
from pathlib import Path

from api.contracts import FOLDER
from api.graph import COSTS
from api.limits import Limits
from api.metrics import CODES
from api.settings import Settings
from schema.pagination import PAGE_LIMIT, PAGE_SIZE

PAGE = (Path(FOLDER) / "README.md").read_text(encoding="utf-8")


def test_the_limits_are_those_of_the_server() -> None:
    limits = Limits(cost=COSTS["app"])
    body = Settings.model_fields["body_limit_bytes"].default
    rows = re.findall(r"^\| ([^|]+?) \| ([\d,]+)( KiB)? \|$", PAGE, re.MULTILINE)
    assert {name: int(number.replace(",", "")) for name, number, _ in rows} == {
        "mutation fields in an operation": limits.mutation_fields,
        "root fields of a query": limits.root_fields,
        "depth": limits.depth,
        "fields": limits.fields,
        "aliases": limits.aliases,
        "directives": limits.directives,
        "fragments": limits.fragments,
        "operations in a document": limits.operations,
        "tokens of a document": limits.tokens,
        "cost": limits.cost,
        "body": body // 1_024,
        "items of a page (`first`, `last`)": PAGE_LIMIT,
    }
    assert f"`first` (1 to {PAGE_LIMIT}; {PAGE_SIZE} when left out)" in PAGE


def test_the_codes_are_ones_that_are_sent() -> None:
    table = PAGE[PAGE.index("## When it goes wrong") : PAGE.index("## Limits of a request")]
    assert set(re.findall(r"`([A-Z_]{6,})`", table)) <= set(CODES)
