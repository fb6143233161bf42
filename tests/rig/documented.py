"""The commands that the pages for operators show, and why some of them are not run by a test.

A page shows commands in blocks marked ``console``, each behind ``$ ``; a line that ends in a
backslash goes on in the next. What stands in such a block without the ``$`` is an answer.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
from attrs import frozen

from dlmslite_daemon.cli.main import cli

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = [
    folder
    for folder in (ROOT / "docs" / "operate", ROOT / "docs" / "es" / "operate")
    if folder.is_dir()
]
PAGES = [page for folder in FOLDERS for page in sorted(folder.glob("*.md"))]
PROGRAM = "dlmslite-bridge"
NOT_RUN = {
    "sudo": "changes the machine, and needs root",
    "docker": "there is no Docker where tests run; tests/house/test_deployment.py does its steps",
    "systemctl": "needs an installed service",
    "journalctl": "needs the journal of an installed service",
    "mosquitto_sub": "runs until it is interrupted",
    "dlmslite ": "the library's command; its own tests run it",
    "dlmslite-bridge follow": "runs until it is interrupted; tests/e2e/test_logs.py follows",
    "dlmslite-bridge list --watch": "runs until it is interrupted",
    "dlmslite-bridge compare": "needs the old bridge; tests/e2e/test_old_bridge.py compares",
    "dlmslite-bridge commission": "takes minutes; tests/e2e/test_diagnosis.py commissions",
    "dlmslite-bridge diagnose hall --long": "takes five minutes of idle gaps",
    "dlmslite-bridge sink provision-thingsboard": "ThingsBoard; tests/e2e/test_setup.py has one",
    "dlmslite-bridge sink add tb": "ThingsBoard; tests/e2e/test_setup.py has one",
    "dlmslite-bridge sink test tb": "ThingsBoard; tests/e2e/test_setup.py has one",
    "dlmslite-bridge install-service": "needs root and systemd; tests/e2e/test_service.py",
}  # fmt: skip
"""How a command begins that is checked and not run, and the reason."""

_BLOCK = re.compile(r"(?ms)^```console\n(.*?)^```$")
_PLAIN = re.compile(r"(?ms)^```(?:sh)?\n(.*?)^```$")
# Where the words for the program end in a line of the shell.
_SHELL = {"|", ">", ">>", "<", "&&", ";", "2>&1"}


@frozen
class Command:
    """A command on a page.

    Attributes:
        page: The page, from the root of the project.
        text: The command, in one line.
    """

    page: str
    text: str

    @property
    def reason(self) -> str:
        """Why it is not run; empty when it is."""
        found = [why for start, why in NOT_RUN.items() if self.text.startswith(start)]
        return found[0] if found else ""


def commands() -> list[Command]:
    """Every command of every page, in the order of the pages, each page's in its own."""
    return [
        Command(page.relative_to(ROOT).as_posix(), text)
        for page in PAGES
        for block in _BLOCK.findall(page.read_text(encoding="utf-8"))
        for text in _told(block)
    ]


def calls_elsewhere() -> list[Command]:
    """Calls of the bridge in the other pages' blocks, which have no ``$``."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [
        Command(page.relative_to(ROOT).as_posix(), line.strip())
        for page in pages
        if page not in PAGES
        for block in _PLAIN.findall(page.read_text(encoding="utf-8"))
        for line in _joined(block).splitlines()
        if line.startswith(f"{PROGRAM} ")
    ]


def parse(text: str) -> None:
    """Let the program's own parser read each call of ``dlmslite-bridge`` in a line.

    Raises:
        click.UsageError: There is no such verb, option or argument.
    """
    words = shlex.split(text, comments=False)
    for at, word in enumerate(words):
        before = words[at - 1] if at else "sudo"
        begins = before in {"sudo", "bridge"} or before in _SHELL or "=" in before
        if word.rsplit("/", 1)[-1] == PROGRAM and begins:
            ends = [end for end in range(at, len(words)) if words[end] in _SHELL]
            _parse(words[at + 1 : ends[0] if ends else len(words)])


def _told(block: str) -> list[str]:
    return [line[2:].strip() for line in _joined(block).splitlines() if line.startswith("$ ")]


def _joined(block: str) -> str:
    return re.sub(r" *\\\n *", " ", block)


def _parse(words: list[str]) -> None:
    command: click.Command = cli
    context = click.Context(cli, info_name=PROGRAM)
    rest = list(words)
    while isinstance(command, click.Group):
        _, rest, _ = command.make_parser(context).parse_args(rest)
        name, found, rest = command.resolve_command(context, rest)
        assert found is not None
        command, context = found, click.Context(found, info_name=name, parent=context)
    _, left, _ = command.make_parser(context).parse_args(rest)
    if left:
        raise click.UsageError(f"nobody takes {left}", context)
