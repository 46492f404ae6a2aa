"""The demo on a database that is somebody's: it goes away as it came."""

import pytest

from api.demo.filling import PROGRAM, publish, refuse_a_shop
from api.settings import BadSettings
from loyalty import members, program
from loyalty.engine import Engine
from loyalty.members import Enrolment
from tests.processes import PROGRAMS

pytestmark = pytest.mark.anyio


async def test_a_shop_that_began_with_the_demos_program_is_left_alone(engine: Engine) -> None:
    await program.publish(engine, PROGRAM.read_text(encoding="utf-8"))
    await refuse_a_shop(engine)
    await members.enrol(engine, Enrolment(external_id="customer-1"))
    with pytest.raises(BadSettings, match="members who are not the demo's"):
        await refuse_a_shop(engine)


async def test_a_program_published_once_is_enough_to_be_a_shop(engine: Engine) -> None:
    await program.publish(engine, (PROGRAMS / "points.yaml").read_text(encoding="utf-8"))
    await program.publish(engine, PROGRAM.read_text(encoding="utf-8"))
    with pytest.raises(BadSettings, match="belongs to the program `points`"):
        await refuse_a_shop(engine)


async def test_what_somebody_made_of_the_demos_program_stays(engine: Engine) -> None:
    source = PROGRAM.read_text(encoding="utf-8").replace("points: 8000", "points: 9000")
    await program.publish(engine, source)
    await publish(engine)
    assert (await program.active(engine)).source == source
