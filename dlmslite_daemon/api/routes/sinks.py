"""Sinks: list, add, test. Adding ends with the test, so that a wrong token is seen at once."""

from __future__ import annotations

from typing import Annotated, Any

from attrs import asdict
from fastapi import APIRouter, Path
from fastapi.responses import Response
from pydantic import Field, SecretStr

from dlmslite_daemon.api.envelope import success
from dlmslite_daemon.api.fleet import sink_views
from dlmslite_daemon.api.routes.base import (
    ROUTES,
    Admin,
    Body,
    Name,
    Operator,
    Resource,
    ServicesOf,
    Viewer,
)
from dlmslite_daemon.api.services import Services
from dlmslite_daemon.config.load import sink as settings_of
from dlmslite_daemon.config.schema import SinkSettings
from dlmslite_daemon.errors import NameTaken, UnknownSink
from dlmslite_daemon.importers.base import reference
from dlmslite_daemon.sinks.base import sink_of

router = APIRouter(prefix="/api/sinks", tags=["sinks"])

SinkName = Annotated[str, Path(description="A sink's name.", max_length=64)]
SECRET = "secret"  # noqa: S105 - the option's key, which holds a reference
TOKENS = "tokens"
TEST_SECONDS = 15.0


class SinkBody(Body):
    """A destination to add."""

    name: Name
    kind: str = Field(max_length=64, description="thingsboard or mqtt")
    options: dict[str, Any] = Field(default_factory=dict, description="host, port, mode, base …")
    secret: SecretStr | None = Field(
        default=None, description="The token or password, or a reference to it; never shown."
    )
    tokens: dict[str, SecretStr] | None = Field(
        default=None, description="Mode device: each meter's token or a reference; never shown."
    )
    from_beginning: bool = Field(
        default=False, description="Deliver all that is stored, not only what comes from now on."
    )


@router.get("")
def list_sinks(services: ServicesOf, _: Viewer) -> Response:
    """Every sink: its settings without secrets, its connection, its backlog."""
    sinks = sink_views(services)
    return success(count=len(sinks), sinks=sinks)


@router.post("", status_code=202)
def add(body: SinkBody, services: ServicesOf, caller: Admin) -> Response:
    """Save a sink, deliver to it, and test it."""
    control = services.engine()
    options = dict(body.options)
    if body.secret is not None:
        options[SECRET] = reference(body.secret.get_secret_value(), services.seal)
    if body.tokens is not None:
        options[TOKENS] = {
            meter: reference(token.get_secret_value(), services.seal)
            for meter, token in body.tokens.items()
        }
    settings = settings_of(body.name, {"kind": body.kind, **options})
    sink_of(settings)  # what makes no sense, or shows a secret, is not saved
    if any(record.name == settings.name for record in services.store.sinks()):
        raise NameTaken(f"there is a sink {settings.name!r} already")

    def work() -> dict[str, Any]:
        record = control.add_sink(settings, from_beginning=body.from_beginning)
        services.audit(caller, "sink.add", record.name, settings.kind)
        return {"saved": True, **asdict(control.test_sink(settings, TEST_SECONDS))}

    return success(202, operation=services.operations.start("sink add", work).view())


@router.post("/{sink}/test", status_code=202)
def test(sink: SinkName, services: ServicesOf, caller: Operator) -> Response:
    """Connect, publish, and find out whether anybody listens."""
    control = services.engine()
    settings = stored(services, sink)

    def work() -> dict[str, Any]:
        return asdict(control.test_sink(settings, TEST_SECONDS))

    services.audit(caller, "sink.test", sink)
    return success(202, operation=services.operations.start("sink test", work).view())


def stored(services: Services, name: str) -> SinkSettings:
    """The settings of a sink that there is.

    Raises:
        UnknownSink: There is none of this name.
    """
    for record in services.store.sinks():
        if record.name == name:
            return record.settings
    raise UnknownSink(name)


ROUTES.add("sinks", Resource(router))
