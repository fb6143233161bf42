"""The clients of the peers behind two verbs, so that one test and one benchmark drive them all.

Each opens an association as client 16 with server 1 without authentication, over the wrapper or
over HDLC with 128 octets and window 1.
"""

from __future__ import annotations

import abc
import contextlib
import logging
import socket
import sys
from typing import Any, ClassVar

from rig.bench import peer

TIMEOUT = 10.0  # s


class PeerClient(abc.ABC):
    """A client that another project wrote, connected to a meter on loopback."""

    name: ClassVar[str]

    @abc.abstractmethod
    def register(self, obis: str) -> Any:
        """Read attribute 2 of a register; its raw integer."""

    @abc.abstractmethod
    def profile(self, obis: str) -> list[Any]:
        """Read a profile whole; its rows."""

    @abc.abstractmethod
    def close(self) -> None:
        """Leave the meter."""


class Gurux(PeerClient):
    """gurux-dlms: its client makes and takes octets, the socket is ours."""

    name = "gurux-dlms"

    def __init__(self, port: int, *, hdlc: bool) -> None:
        gurux = peer("gurux_dlms")
        enums = peer("gurux_dlms.enums")
        self._objects = peer("gurux_dlms.objects")
        self._buffer, self._reply = gurux.GXByteBuffer, gurux.GXReplyData
        kind = enums.InterfaceType.HDLC if hdlc else enums.InterfaceType.WRAPPER
        none = enums.Authentication.NONE
        self._client = gurux.GXDLMSClient(True, 16, 1, none, None, kind)
        self._socket = socket.create_connection(("127.0.0.1", port), TIMEOUT)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if hdlc:
            self._client.parseUAResponse(self._ask(self._client.snrmRequest()).data)
        for request in self._client.aarqRequest():
            self._client.parseAareResponse(self._ask(request).data)

    def register(self, obis: str) -> Any:
        meaning = self._objects.GXDLMSRegister(obis)
        reply = self._read(meaning)
        self._client.updateValue(meaning, 2, reply.value)
        return meaning.value

    def profile(self, obis: str) -> list[Any]:
        meaning = self._objects.GXDLMSProfileGeneric(obis)
        columns = self._all(self._client.read(meaning, 3))
        self._client.updateValue(meaning, 3, columns.value)
        rows = self._all(self._client.read(meaning, 2))
        self._client.updateValue(meaning, 2, rows.value)
        return list(meaning.buffer)

    def close(self) -> None:
        for request in self._client.releaseRequest() or ():
            self._ask(request)
        end = self._client.disconnectRequest()
        if end:
            self._ask(end)
        self._socket.close()

    def _read(self, meaning: Any) -> Any:
        return self._all(self._client.read(meaning, 2))

    def _all(self, requests: Any) -> Any:
        """Send requests, and whatever the client wants sent until its answer is whole."""
        reply = self._reply()
        for request in requests:
            self._exchange(request, reply)
            while reply.isMoreData():
                self._exchange(self._client.receiverReady(reply), reply)
        return reply

    def _ask(self, request: Any) -> Any:
        reply = self._reply()
        self._exchange(request, reply)
        return reply

    def _exchange(self, request: Any, reply: Any) -> None:
        self._socket.sendall(bytes(request))
        received, notice = self._buffer(), self._reply()
        whole = False
        while not whole:
            chunk = self._socket.recv(65536)
            if not chunk:
                raise ConnectionError("the meter closed the connection")
            received.set(chunk)
            whole = self._client.getData(received, reply, notice)


class DlmsCosem(PeerClient):
    """dlms-cosem, with its own blocking socket."""

    name = "dlms-cosem"

    def __init__(self, port: int, *, hdlc: bool) -> None:
        io, client = peer("dlms_cosem.io"), peer("dlms_cosem.client")
        security = peer("dlms_cosem.security")
        _quieten("dlms_cosem.")
        self._cosem = peer("dlms_cosem.cosem")
        self._kinds = peer("dlms_cosem.enumerations").CosemInterface
        self._decoder = peer("dlms_cosem.utils").parse_as_dlms_data
        wire = io.BlockingTcpIO("127.0.0.1", port)
        transport = io.HdlcTransport(16, 1, wire) if hdlc else io.TcpTransport(16, 1, wire)
        self._client = client.DlmsClient(transport, security.NoSecurityAuthentication())
        self._client.connect()
        wire.tcp_socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._client.associate()

    def register(self, obis: str) -> Any:
        return self._decoder(self._client.get(self._attribute(self._kinds.REGISTER, obis)))

    def profile(self, obis: str) -> list[Any]:
        octets = self._client.get(self._attribute(self._kinds.PROFILE_GENERIC, obis))
        return list(self._decoder(octets))

    def close(self) -> None:
        self._client.release_association()
        self._client.disconnect()

    def _attribute(self, kind: Any, obis: str) -> Any:
        name = self._cosem.Obis.from_string(obis)
        return self._cosem.CosemAttribute(interface=kind, instance=name, attribute=2)


class Pydlms(PeerClient):
    """pydlms-client, with its own transport."""

    name = "pydlms-client"

    def __init__(self, port: int, *, hdlc: bool) -> None:
        client = peer("pydlms.client").DlmsClient
        self._client = client.tcp("127.0.0.1", port, client_sap=16, server_logical=1, hdlc=hdlc)
        self._client.connect()

    def register(self, obis: str) -> Any:
        return self._client.get(obis, 3, 2).value

    def profile(self, obis: str) -> list[Any]:
        return list(self._client.read_profile(obis).rows)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._client.close()


def _quieten(prefix: str) -> None:
    """Its modules log every read to standard output; structlog's own settings stay as they are."""
    structlog = peer("structlog")
    quiet = structlog.wrap_logger(
        None, wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL)
    )
    for name, module in list(sys.modules.items()):
        if name.startswith(prefix) and hasattr(module, "LOG"):
            module.LOG = quiet


PEER_CLIENTS: tuple[type[PeerClient], ...] = (Gurux, DlmsCosem, Pydlms)
