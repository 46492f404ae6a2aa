"""What who stands in line reads when a version frees the offer, or drops it."""

from loyalty import program
from tests.e2e.conftest import Serve
from tests.e2e.stories import Hero, example, story

CUP = "offers: [{id: cup, kind: CUSTOM, name: Cup}]"
LIMITED = CUP.replace("}]", ", stock: 1, waiting_list: true}]")
READ = "offers { held { state placeInLine endReason { kind text } } }"


async def of(hero: Hero) -> tuple[str, int | None, str | None]:
    """Read the one thing somebody has: its state, their place in line, why it ended."""
    [held] = (await hero.ask(READ))["offers"]["held"]
    reason = held["endReason"]
    return held["state"], held["placeInLine"], reason and f"{reason['kind']}: {reason['text']}"


async def test_a_version_that_ends_the_line(serve: Serve) -> None:
    plain = example("points")
    async with story(serve, f"{plain}\n{LIMITED}\n") as played:
        engine = played.shop.house.engine
        first, second, third = [await played.enrol() for _ in range(3)]
        for hero in (first, second):
            await hero.attempt("offerClaim", {"offer": "cup", "key": "k"})
        assert (await of(first), await of(second)) == (
            ("ISSUED", None, None),
            ("WAITING", 1, None),
        )
        await program.publish(engine, f"{plain}\n{CUP}\n")
        await played.work()
        assert await of(second) == ("ISSUED", None, None)

        await program.publish(engine, f"{plain}\n{LIMITED}\n")
        played.at("2026-03-02 12:01")
        await third.attempt("offerClaim", {"offer": "cup", "key": "k"})
        assert await of(third) == ("WAITING", 1, None)
        await program.publish(engine, plain)
        await played.work()
        gone = "OFFER_DROPPED: This offer is no longer available."
        assert await of(third) == ("WITHDRAWN", None, gone)
        assert await of(second) == ("ISSUED", None, None)
