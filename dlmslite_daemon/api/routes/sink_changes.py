"""Changes to sinks that stand: other options, another secret, off and on, removal.

What is changed is tried before it is saved, on a connection of its own; the old settings deliver
until the new ones were accepted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import asdict, evolve
from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import Field, SecretStr

from dlmslite_daemon.api.envelope import success
from dlmslite_daemon.api.routes.base import ROUTES, Admin, Body, Limited, Resource, ServicesOf
from dlmslite_daemon.api.routes.sinks import SECRET, TEST_SECONDS, TOKENS, SinkName, stored
from dlmslite_daemon.api.services import Services
from dlmslite_daemon.config.schema import SinkSettings
from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.importers.base import reference
from dlmslite_daemon.sinks.base import sink_of

router = APIRouter(prefix="/api/sinks", tags=["sinks"])


class SinkChange(Body):
    """What changes; what is left out stays."""

    options: dict[str, Any] = Field(
        default_factory=dict, description="host, port, mode, base …; null takes the default back."
    )
    secret: SecretStr | None = Field(
        default=None, description="The token or password, or a reference to it; never shown."
    )
    tokens: dict[str, SecretStr | None] | None = Field(
        default=None, description="Mode device: tokens of meters, or references; null takes one."
    )
    enabled: bool | None = None
    force: bool = Field(default=False, description="Save it even if the test fails.")


@router.patch("/{sink}", status_code=202)
def change(
    sink: SinkName, body: SinkChange, services: ServicesOf, caller: Admin, _: Limited
) -> Response:
    """Test a sink as it would be, then save it; what it has delivered stays known."""
    control = services.engine()
    before = stored(services, sink)
    after = _changed(before, body, services)
    tested = dict(after.options) != dict(before.options)

    def work() -> dict[str, Any]:
        trial = control.test_sink(after, TEST_SECONDS) if tested else None
        saved = trial is None or trial.ok or body.force
        if saved:
            control.set_sink(after)
            services.audit(caller, "sink.set", sink, ", ".join(_words(before, after)))
        return {"saved": saved, "tested": tested, **(asdict(trial) if trial else {"ok": True})}

    return success(202, operation=services.operations.start("sink set", work).view())


@router.delete("/{sink}")
def remove(sink: SinkName, services: ServicesOf, caller: Admin) -> Response:
    """Remove a sink with its cursors and dead letters; what is stored stays."""
    services.engine().remove_sink(sink)
    services.audit(caller, "sink.remove", sink)
    return success(message=f"{sink} is removed")


def _changed(before: SinkSettings, body: SinkChange, services: Services) -> SinkSettings:
    for key in (SECRET, TOKENS):
        if key in body.options:
            raise ConfigError("it stands beside the options, not among them", key=key)
    options: dict[str, Any] = {**before.options, **body.options}
    if body.secret is not None:
        options[SECRET] = reference(body.secret.get_secret_value(), services.seal)
    if body.tokens is not None:
        tokens: dict[str, str | None] = {**options.get(TOKENS, {})}
        for meter, token in body.tokens.items():
            given = None if token is None else token.get_secret_value()
            tokens[meter] = None if given is None else reference(given, services.seal)
        options[TOKENS] = {meter: one for meter, one in tokens.items() if one is not None} or None
    kept = {key: value for key, value in options.items() if value is not None}
    enabled = before.enabled if body.enabled is None else body.enabled
    after = evolve(before, options=kept, enabled=enabled)
    sink_of(after)  # what makes no sense is not saved
    return after


def _words(before: SinkSettings, after: SinkSettings) -> list[str]:
    """What changed, by name; a secret is named and not shown."""
    names = before.options.keys() | after.options.keys()
    differ: Mapping[str, bool] = {k: before.options.get(k) != after.options.get(k) for k in names}
    words = [
        key if key in {SECRET, TOKENS} else f"{key}={after.options.get(key)}"
        for key in sorted(names)
        if differ[key]
    ]
    if before.enabled is not after.enabled:
        words.append("on" if after.enabled else "off")
    return words


ROUTES.add("sink_changes", Resource(router))
