"""Every refusal of the business is a type of the graph that carries its facts, and has words."""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import fields

import pytest

import loyalty
from loyalty.errors import KeyReused, Refusal
from loyalty.program import Problem, ProgramInvalid
from loyalty.wallets import InsufficientPoints
from schema.refusals import APP_REFUSALS, MAPPED, STAFF_REFUSALS, UserError, code_of, user_error

LANGUAGES = ["en", "da", "sv", "nb", "fi"]


def declared() -> Iterator[type[Refusal]]:
    """Find every refusal that any module of the business declares."""
    for info in pkgutil.walk_packages(loyalty.__path__, "loyalty."):
        module = importlib.import_module(info.name)
        for found in vars(module).values():
            if isinstance(found, type) and issubclass(found, Refusal) and found is not Refusal:
                yield found


REFUSALS = sorted(set(declared()), key=lambda refusal: refusal.__name__)


def test_every_refusal_is_mapped_once() -> None:
    assert set(MAPPED) == set(REFUSALS)
    assert len(STAFF_REFUSALS) == len(MAPPED)
    assert set(APP_REFUSALS) <= set(STAFF_REFUSALS)


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.__name__)
def test_a_refusal_keeps_its_name_and_every_fact(refusal: type[Refusal]) -> None:
    shown = MAPPED[refusal]
    shared = {field.name for field in fields(UserError)}
    own = {field.name for field in fields(shown)} - shared
    assert shown.__name__ == refusal.__name__
    assert own >= {field.name for field in fields(refusal)}


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.__name__)
def test_a_refusal_can_be_said_in_every_language(refusal: type[Refusal], locale: str) -> None:
    facts = {
        field.name: "EUR" if field.name == "money" else sample(field.type)
        for field in fields(refusal)
    }
    error = user_error(refusal(**facts), locale)
    assert error.code == code_of(refusal(**facts))
    assert error.message.strip()
    assert "{" not in error.message


def sample(kind: object) -> object:
    samples = {"int": 2, "str": "x", "str | None": None, int: 2, str: "x"}
    name = kind if isinstance(kind, str) else getattr(kind, "__name__", str(kind))
    if "Problem" in str(kind):
        return (Problem("money", "required, and missing"),)
    if "tuple" in str(kind):
        return ("a", "b")
    return samples.get(kind, samples.get(name, "x"))


def test_the_facts_are_shown() -> None:
    error = user_error(InsufficientPoints("points", 100, 99), "en")
    assert (error.code, error.message) == ("INSUFFICIENT_POINTS", "You are 1 point short.")
    assert vars(error).items() >= {"needed": 100, "available": 99, "short": 1}.items()
    invalid = user_error(ProgramInvalid((Problem("money", "missing"),)), "en")
    (problem,) = vars(invalid)["problems"]
    assert (problem.path, problem.message) == ("money", "missing")


def test_the_place_in_the_input_can_be_another_one() -> None:
    assert user_error(KeyReused("k"), "en").path == ["input", "key"]
    assert user_error(KeyReused("k"), "en", ["input", "id"]).path == ["input", "id"]
