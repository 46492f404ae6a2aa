"""Values: made cheaply, and still equal, hashed and copied by their fields."""

from dataclasses import field, replace

import pytest

from loyalty.values import value


@value
class Place:
    """A value as the nouns declare them."""

    name: str
    tags: tuple[str, ...] = field(default=())


def test_values_are_equal_and_hashed_by_their_fields() -> None:
    assert Place("a") == Place("a")
    assert {Place("a"), Place("a"), Place("b")} == {Place("a"), Place("b")}


def test_a_value_is_changed_by_making_another() -> None:
    first = Place("a", ("x",))
    assert replace(first, name="b") == Place("b", ("x",))
    assert first == Place("a", ("x",))


def test_a_value_has_no_field_that_was_not_declared() -> None:
    with pytest.raises(AttributeError):
        object.__setattr__(Place("a"), "other", 1)
