"""``dlmslite decode --layer L HEX…``: octets explained as a tree, or as JSON for machines."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator

import click

from dlmslite.capture.dissect import LAYERS, explain
from dlmslite.cli.show import print_tree
from dlmslite.errors import DecodeError, DlmsError, FramingError


@click.command("decode")
@click.argument("octets", metavar="HEX…", nargs=-1)
@click.option("--layer", type=click.Choice(sorted(LAYERS)), help="What the octets are.")
@click.option(
    "--form",
    type=click.Choice(["date-time", "date", "time"]),
    help="With axdr: the octets are the content of an octet-string of this form.",
)
@click.option("--json", "as_json", is_flag=True, help="One line of JSON for each input.")
def command(octets: tuple[str, ...], layer: str | None, form: str | None, as_json: bool) -> int:
    """Explain HEX as frames, APDUs or values; without HEX, each line of standard input.

    Blanks, colons and 0x between the octets are allowed. The layer is guessed when not given.
    """
    sound = True
    for text in octets or _lines(sys.stdin):
        try:
            raw = _octets(text)
            tree = explain(raw, layer=layer, form=form)
        except DlmsError as error:
            sound = False
            _show_error(text, error, as_json)
            continue
        if as_json:
            click.echo(json.dumps({"valid": True, "decoded": tree}, ensure_ascii=False))
        else:
            print_tree("", raw, tree)
    return 0 if sound else 1


def _lines(stream: Iterable[str]) -> Iterator[str]:
    # An empty line is an empty input: a stream of machines keeps its count.
    return (line.strip() for line in stream)


def _octets(text: str) -> bytes:
    cleaned = text.replace("0x", "").replace(":", "").replace("-", "")
    try:
        return bytes.fromhex(cleaned)
    except ValueError:
        raise DecodeError("bad-hex", f"{text[:40]!r} is not hexadecimal") from None


def _show_error(text: str, error: DlmsError, as_json: bool) -> None:
    code = getattr(error, "code", type(error).__name__)
    offset = error.offset if isinstance(error, DecodeError | FramingError) else 0
    if as_json:
        fault = {"code": code, "message": str(error), "offset": offset}
        click.echo(json.dumps({"valid": False, "error": fault}, ensure_ascii=False))
    else:
        click.echo(f"{text[:60]}: {code}: {error}", err=True)
