"""A TypeScript client generated from the contract: compiled strictly, and run by its manifest."""

import json
import re
import shutil
from pathlib import Path
from uuid import RFC_4122, UUID

import pytest

from api.contracts import FOLDER
from loyalty import program
from tests.clients.conftest import HERE, Run
from tests.e2e.conftest import Serve
from tests.e2e.operations import operation_names
from tests.engines import PLAIN

PAGE = (FOLDER / "clients.md").read_text(encoding="utf-8")
SAMPLE = HERE / "typescript"
REWARD = """
offers:
  - {id: mug, kind: CUSTOM, name: A mug, price: {points: 40, currency: points}}
"""


@pytest.fixture(scope="module")
async def client(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generate and compile the sample client; give its folder."""
    folder = tmp_path_factory.mktemp("typescript")
    (folder / "node_modules").symlink_to(HERE / "node_modules")
    (folder / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    for name in ("client.ts", "tsconfig.json"):
        shutil.copy(SAMPLE / name, folder)
    await run("typescript/generate.mjs", str(FOLDER), str(folder / "gql"))
    compiled = await run("typescript/compile.mjs", str(folder))
    assert compiled["said"] == []
    assert (compiled["strict"], compiled["files"]) == (True, 4)
    return folder


async def test_every_operation_is_typed_and_in_the_manifest(client: Path) -> None:
    types = (client / "gql" / "graphql.ts").read_text(encoding="utf-8")
    assert [name for name in operation_names() if f"const {name}Document =" not in types] == []
    manifest = json.loads((client / "gql" / "persisted-documents.json").read_text("utf-8"))
    assert len(manifest) == len(operation_names())


def test_it_is_generated_as_the_page_for_app_teams_says() -> None:
    done = (SAMPLE / "generate.mjs").read_text(encoding="utf-8")
    told = PAGE.partition("preset: 'client',")[2].partition("export default")[0]
    settings = re.findall(r"^ *(\w+: .*[^{\n]),$", told, re.MULTILINE)
    assert len(settings) > 10
    assert [each for each in settings if each not in done and "Transforms" not in each] == []


async def test_the_client_runs_where_only_its_own_manifest_is_registered(
    client: Path, run: Run, serve: Serve, tmp_path: Path
) -> None:
    shutil.copy(client / "gql" / "persisted-documents.json", tmp_path / "web-1.0.0.json")
    shop = await serve(operations="registered", operations_dir=tmp_path)
    await program.publish(shop.house.engine, PLAIN + REWARD)
    member_id = await shop.enrol()
    paid = {"total": {"amount": "50.00", "currencyCode": "USD"}}
    await shop.buy(member_id, "50.00", "2026-03-02T12:00:00Z", **paid)
    url = f"{shop.client.base_url}/graphql"
    token = shop.member(member_id).token
    assert token is not None
    done = await run("typescript/main.mjs", str(client), url, token, "mug")
    assert done["first"] == ["done: ISSUED, false"]
    assert done["again"] == ["done: ISSUED, true"]
    assert done["refused"] == ["short by 30"]
    assert done["waiting"] == []
    key = UUID(done["key"])
    assert (key.version, key.variant) == (7, RFC_4122)
    assert done["me"]["id"] == member_id
    assert done["me"]["wallet"]["balances"][0]["available"] == 10
