"""Long work shows how far it is, on standard error, and gives its items through unchanged."""

import pytest

from scripts.progress import progress, progress_of, say


def test_items_go_through_and_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """Every item comes out, and the last line says how many there were."""
    assert list(progress("abc", "letters")) == ["a", "b", "c"]
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "letters: 100%" in shown.err
    assert "3/3" in shown.err


def test_parts_without_items(capsys: pytest.CaptureFixture[str]) -> None:
    """Work in parts counts them, and says what it found; lines of its own go to standard output."""
    with progress_of("days", total=2) as part_done:
        part_done("day 1")
        say("a line")
        part_done("day 2")
    shown = capsys.readouterr()
    assert shown.out == "a line\n"
    assert "2/2" in shown.err
    assert "day 2" in shown.err
