"""What a process runs on, opened by several at once and at addresses that cannot be used."""

import asyncio
from pathlib import Path

import pytest

from api.installation import START_SECONDS, open_installation
from api.settings import BadSettings, Settings
from loyalty.errors import Unavailable
from tests.processes import free_port

pytestmark = pytest.mark.anyio


async def test_first_starts_at_once_share_one_database(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    everyone = asyncio.Barrier(3)

    async def start() -> str:
        async with open_installation(settings) as house:
            await everyone.wait()  # whoever runs the server stays until the others are in
            assert await house.mongo.ping_primary()
            await everyone.wait()
            return house.mongo.options.url

    async with asyncio.timeout(90):
        assert len(set(await asyncio.gather(start(), start(), start()))) == 1


@pytest.mark.parametrize("driver", ["pymongo", "motor"])
async def test_a_database_that_does_not_answer_is_waited_for_no_longer_than_wanted(
    driver: str,
) -> None:
    settings = Settings.model_validate(
        {"mongo_url": f"mongodb://127.0.0.1:{free_port()}", "mongo_driver": driver}
    )
    async with asyncio.timeout(START_SECONDS / 2):
        with pytest.raises(Unavailable, match="did not answer"):
            async with open_installation(settings, patience=1):
                pass


@pytest.mark.parametrize("driver", ["pymongo", "motor"])
@pytest.mark.parametrize(
    "url",
    [
        "mongodb://shop:se:cret@host/",
        "mongodb://shop:se/cret@host/",
        "mongo://host/",
        "mongodb://host/?pool=3",
        "mongodb://host:port/",
    ],
)
async def test_an_address_that_cannot_be_used_is_explained(url: str, driver: str) -> None:
    settings = Settings.model_validate({"mongo_url": url, "mongo_driver": driver})
    with pytest.raises(BadSettings, match=r"^STAMKUND_MONGO_URL cannot be used: ") as refused:
        async with open_installation(settings):
            pass
    assert "cret" not in str(refused.value)
