"""Progress is a bar for people, and a line now and then for files."""

from __future__ import annotations

import io

import pytest

from dlmslite_daemon.cli.progress import share, telling


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("read 11 of 200", (11, 200)),
        ("12 of 254: 10.0.0.12:3333 absent", (12, 254)),
        ("idle for 200 s, 155 s left", (45, 200)),
        ("association", (0, None)),
    ],
)
def test_how_much_is_done_is_read_from_the_words(
    text: str, expected: tuple[int, int | None]
) -> None:
    assert share(text) == expected


def test_a_file_gets_a_line_for_each_stage_and_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    with telling() as tell:
        tell("association")
        for number in range(1, 101):
            tell(f"read {number} of 100")
        tell("read 100 of 100")
    lines = capsys.readouterr().err.splitlines()

    assert lines[0] == "association…"
    assert len(lines) == 1 + 11


def test_a_terminal_gets_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    with telling() as tell:
        tell("read 11 of 200")

    assert "read 11 of 200" in screen.getvalue()
