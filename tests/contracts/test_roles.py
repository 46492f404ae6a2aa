"""The page of who may do what is what the code says; that the code does it is tried elsewhere."""

from pathlib import Path

from api.contracts import roles


def test_the_page_of_roles_is_fresh() -> None:
    assert roles.PAGE.read_text(encoding="utf-8") == roles.text(), "run `stamkund contracts`"


def test_a_stale_page_is_written_and_a_fresh_one_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "roles.md"
    page.write_text("old", encoding="utf-8")
    assert roles.export(page) == [page]
    assert roles.export(page) == []
    assert roles.export(tmp_path / "nowhere" / "roles.md") == []
