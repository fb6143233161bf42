"""What all routes have in common: the services that they ask, and the registry of the folder."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen
from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from dlmslite_daemon.api.auth import needs
from dlmslite_daemon.api.caller import Caller, Role
from dlmslite_daemon.api.limits import Buckets
from dlmslite_daemon.api.services import Services
from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.registry import Registry


@frozen
class Resource:
    """One entry of the folder.

    Attributes:
        router: Its routes.
    """

    router: APIRouter


ROUTES: Registry[str, Resource] = Registry("dlmslite_daemon.api.routes")


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


def _slow(request: Request) -> None:
    buckets: Buckets = request.app.state.slow
    buckets.take("")


Limited = Annotated[None, Depends(_slow)]
"""For routes that speak to a meter or a broker: so many a second for the whole process."""
ServicesOf = Annotated[Services, Depends(_services)]
Viewer = Annotated[Caller, needs(Role.VIEWER)]
Operator = Annotated[Caller, needs(Role.OPERATOR)]
Admin = Annotated[Caller, needs(Role.ADMIN)]
PageViewer = Annotated[Caller, needs(Role.VIEWER, page=True)]
MS_MAX = 253_402_300_799_999  # the last moment of the year 9999; calendars end there
Ms = Annotated[int, Field(ge=0, le=MS_MAX)]
"""A time, ms UTC."""
Name = Annotated[
    str, Field(max_length=64, json_schema_extra={"pattern": r"^[\d.]*(-|[^\W\d])[\w.\-]*$"})
]
"""A name of something of ours. The pattern is for who reads the description: ``check_name`` of
``config/schema.py`` refuses, and says what is allowed."""
MeterName = Annotated[str, Path(description="A meter's name or number.", max_length=64)]


def to_come(services: Services, ms: int | None, key: str) -> int | None:
    """A time that is asked for as an end; None for none.

    Raises:
        ConfigError: It is over (``E-REQUEST``).
    """
    if ms is not None and ms <= services.clock.utc_ms():
        raise ConfigError("it is over", key=key, code="E-REQUEST", hint="a time to come, in ms UTC")
    return ms


class Body(BaseModel):
    """What a request says: no other keys, and each value of its own type."""

    model_config = ConfigDict(extra="forbid", strict=True)


class SeriesBody(Body):
    """One named measurement of a meter."""

    key: Name = Field(description="The key used in payloads, such as voltage.")
    obis: str = Field(max_length=64, description="The logical name, six numbers.")
    class_id: int | None = Field(default=None, ge=0, le=0xFFFF)
    attribute: int = Field(default=2, ge=-128, le=127)
    unit: str = ""
    enabled: bool = True
