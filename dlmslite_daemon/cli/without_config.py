"""``run`` without a configuration: its options as the configuration that they stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from attrs import evolve, frozen

from dlmslite_daemon.cli.places import sink_of_url
from dlmslite_daemon.config.load import parse, unstructure
from dlmslite_daemon.config.schema import (
    BridgeConfig,
    MeterSettings,
    SeriesSettings,
    SinkSettings,
    StoreSettings,
)
from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.importers.base import meter_of


@frozen
class Wish:
    """What was asked for on the command line.

    Attributes:
        url: Where the meter is.
        name: What to call it.
        password: A reference to its password, or empty.
        token: A reference to the sinks' token or password, or empty.
        series: What is read, as ``KEY=OBIS[:ATTR]``.
        to: The URLs of the sinks.
        store: The store's file, or empty for the default.
        options: Further columns of a meter: client, server, auth, every, timeout.
    """

    url: str
    name: str
    password: str
    token: str
    series: Sequence[str]
    to: Sequence[str]
    store: str
    options: Mapping[str, Any]


def config_of(wish: Wish, environ: Mapping[str, str]) -> BridgeConfig:
    """The configuration that a wish stands for.

    Args:
        wish: What was asked for.
        environ: The environment, which may set what the options do not.

    Raises:
        ConfigError: Something is missing, or makes no sense.
    """
    if not wish.series:
        raise ConfigError(
            "nothing is said to be read",
            key="series",
            code="E-USAGE",
            hint="--series voltage=1.1.32.7.0.255; 'dlmslite objects URL' shows what there is",
        )
    if not wish.to:
        raise ConfigError(
            "nobody is said to get it", key="to", code="E-USAGE", hint="--to mqtt://HOST/meters"
        )
    row = {"name": wish.name, "url": wish.url, "series": list(wish.series), **wish.options}
    if wish.password:
        row |= {"password": wish.password, "auth": wish.options.get("auth") or "lls"}
    # A password is a reference here already; nothing is left to seal.
    meter = meter_of(row, str)
    base = parse("", environ)
    store = StoreSettings(path=wish.store) if wish.store else base.store
    sinks = tuple(_sink(url, wish) for url in wish.to)
    return evolve(base, store=store, meters=(meter,), sinks=sinks)


def document(config: BridgeConfig) -> dict[str, Any]:
    """A configuration as the tables of a ``bridge.toml``; defaults are left out."""
    tables = unstructure(evolve(config, meters=(), sinks=()))
    if config.meters:
        tables["meters"] = {meter.name: _meter_table(meter) for meter in config.meters}
    if config.sinks:
        tables["sinks"] = {sink.name: {"kind": sink.kind, **sink.options} for sink in config.sinks}
    return tables


def _meter_table(meter: MeterSettings) -> dict[str, Any]:
    table = unstructure(evolve(meter, series=()))
    del table["name"]
    table["series"] = {one.key: _series_entry(one) for one in meter.series}
    return table


def _series_entry(series: SeriesSettings) -> object:
    """What has no more to say than its code is written as that."""
    table = unstructure(series)
    del table["key"]
    return series.obis if set(table) == {"obis"} else table


def _sink(url: str, wish: Wish) -> SinkSettings:
    kind, options = sink_of_url(url)
    if wish.token:
        options["secret"] = wish.token
    host = urlsplit(url).hostname or kind
    # The first by its kind; of two of one kind each by its host too, so that a restart with one
    # more sink leaves the names, and so the cursors, of the others alone.
    same = [other for other in wish.to if sink_of_url(other)[0] == kind]
    name = kind if len(same) == 1 else f"{kind}-{host}-{options['port']}"
    return SinkSettings(name=name, kind=kind, options=options)


def reference_to(file: Path | None, env: str | None) -> str:
    """A reference to a secret in a file or in the environment; empty for neither."""
    if file is not None:
        return f"file:{file.absolute()}"
    return f"env:{env}" if env is not None else ""
