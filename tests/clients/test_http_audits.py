"""graphql-http's audits of a server, whole: what clients of GraphQL over HTTP rely on."""

from tests.clients.conftest import Run
from tests.e2e.conftest import Shop

AUDITS = 61  # in graphql-http 1.22: one that runs fewer proves less


async def test_every_audit_of_graphql_http_passes(shop: Shop, run: Run) -> None:
    results = await run("audit.mjs", f"{shop.client.base_url}/graphql")
    assert [result for result in results if result["status"] != "ok"] == []
    assert len(results) >= AUDITS
