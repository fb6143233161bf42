"""The clients of the peers behind three verbs, so that one test and one benchmark drive them all.

Each opens an association with server 1, over the wrapper or over HDLC with 128 octets and window 1:
as client 16 without authentication, or as client 1 with a password.
"""

from __future__ import annotations

import abc
import contextlib
import datetime as dt
import logging
import socket
import sys
from collections.abc import Iterator
from typing import Any, ClassVar

from attrs import frozen
from rig.bench import peer

TIMEOUT = 10.0  # s
CLOCK = "0.0.1.0.0.255"
ASSOCIATION = "0.0.40.0.0.255"
PDU_MAX = 0xFFFF


@frozen
class Range:
    """The rows from one time to another."""

    start: dt.datetime
    end: dt.datetime


@frozen
class Entries:
    """So many rows from the first on, counted from 1."""

    first: int
    count: int


class PeerClient(abc.ABC):
    """A client that another project wrote, connected to a meter on loopback."""

    name: ClassVar[str]
    selects_entries: ClassVar[bool] = True

    @abc.abstractmethod
    def __init__(
        self, port: int, *, hdlc: bool, password: bytes | None = None, max_pdu: int = PDU_MAX
    ) -> None:
        """Connect; with a password as client 1, else as client 16."""

    @abc.abstractmethod
    def register(self, obis: str) -> Any:
        """Read attribute 2 of a register; its raw integer."""

    @abc.abstractmethod
    def profile(self, obis: str, selection: Range | Entries | None = None) -> list[Any]:
        """Read a profile, whole or a part of it; its rows."""

    @abc.abstractmethod
    def objects(self) -> set[tuple[int, str]]:
        """Class and logical name of every object that the meter lists."""

    @abc.abstractmethod
    def close(self) -> None:
        """Leave the meter."""


class Gurux(PeerClient):
    """gurux-dlms: its client makes and takes octets, the socket is ours."""

    name = "gurux-dlms"

    def __init__(
        self, port: int, *, hdlc: bool, password: bytes | None = None, max_pdu: int = PDU_MAX
    ) -> None:
        gurux = peer("gurux_dlms")
        enums = peer("gurux_dlms.enums")
        self._objects = peer("gurux_dlms.objects")
        self._buffer, self._reply = gurux.GXByteBuffer, gurux.GXReplyData
        kind = enums.InterfaceType.HDLC if hdlc else enums.InterfaceType.WRAPPER
        number, proof = 16, enums.Authentication.NONE
        if password is not None:
            number, proof = 1, enums.Authentication.LOW
        self._client = gurux.GXDLMSClient(True, number, 1, proof, password, kind)
        self._client.maxReceivePDUSize = max_pdu
        self._socket = socket.create_connection(("127.0.0.1", port), TIMEOUT)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with _closing_on_error(self._socket):
            if hdlc:
                self._client.parseUAResponse(self._ask(self._client.snrmRequest()).data)
            for request in self._client.aarqRequest():
                self._client.parseAareResponse(self._ask(request).data)

    def register(self, obis: str) -> Any:
        meaning = self._objects.GXDLMSRegister(obis)
        reply = self._read(meaning)
        self._client.updateValue(meaning, 2, reply.value)
        return meaning.value

    def profile(self, obis: str, selection: Range | Entries | None = None) -> list[Any]:
        meaning = self._objects.GXDLMSProfileGeneric(obis)
        columns = self._all(self._client.read(meaning, 3))
        self._client.updateValue(meaning, 3, columns.value)
        match selection:
            case Range(start, end):
                requests = self._client.readRowsByRange(meaning, start, end)
            case Entries(first, count):
                requests = self._client.readRowsByEntry(meaning, first, count)
            case None:
                requests = self._client.read(meaning, 2)
        self._client.updateValue(meaning, 2, self._all(requests).value)
        return list(meaning.buffer)

    def objects(self) -> set[tuple[int, str]]:
        reply = self._all([self._client.getObjectsRequest()])
        found = self._client.parseObjects(reply.data, False, False)
        return {(int(item.objectType), item.logicalName) for item in found}

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
    selects_entries = False  # its entry descriptor has no octets

    def __init__(
        self, port: int, *, hdlc: bool, password: bytes | None = None, max_pdu: int = PDU_MAX
    ) -> None:
        io, client = peer("dlms_cosem.io"), peer("dlms_cosem.client")
        security = peer("dlms_cosem.security")
        _quieten("dlms_cosem.")
        self._cosem = peer("dlms_cosem.cosem")
        self._kinds = peer("dlms_cosem.enumerations").CosemInterface
        self._decoder = peer("dlms_cosem.utils").parse_as_dlms_data
        wire = io.BlockingTcpIO("127.0.0.1", port)
        number, proof = 16, security.NoSecurityAuthentication()
        if password is not None:
            number, proof = 1, security.LowLevelSecurityAuthentication(password)
        transport = (io.HdlcTransport if hdlc else io.TcpTransport)(number, 1, wire)
        self._client = client.DlmsClient(transport, proof, max_pdu_size=max_pdu)
        self._client.connect()
        wire.tcp_socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with _closing_on_error(wire.tcp_socket):
            self._client.associate()

    def register(self, obis: str) -> Any:
        return self._decoder(self._client.get(self._attribute(self._kinds.REGISTER, obis)))

    def profile(self, obis: str, selection: Range | Entries | None = None) -> list[Any]:
        descriptor = None
        if isinstance(selection, Range):
            access = peer("dlms_cosem.cosem.selective_access")
            clock = access.CaptureObject(self._attribute(self._kinds.CLOCK, CLOCK))
            descriptor = access.RangeDescriptor(clock, selection.start, selection.end)
        attribute = self._attribute(self._kinds.PROFILE_GENERIC, obis)
        return list(self._decoder(self._client.get(attribute, descriptor)))

    def objects(self) -> set[tuple[int, str]]:
        octets = self._client.get(self._attribute(self._kinds.ASSOCIATION_LN, ASSOCIATION))
        return {(item[0], ".".join(map(str, item[2]))) for item in self._decoder(octets)}

    def close(self) -> None:
        self._client.release_association()
        self._client.disconnect()

    def _attribute(self, kind: Any, obis: str) -> Any:
        name = self._cosem.Obis.from_string(obis)
        return self._cosem.CosemAttribute(interface=kind, instance=name, attribute=2)


class Pydlms(PeerClient):
    """pydlms-client, with its own transport."""

    name = "pydlms-client"

    def __init__(
        self, port: int, *, hdlc: bool, password: bytes | None = None, max_pdu: int = PDU_MAX
    ) -> None:
        client = peer("pydlms.client").DlmsClient
        mechanisms = peer("pydlms.security.hls").Mechanism
        self._data = peer("pydlms.cosem.data").DlmsData
        self._times = peer("pydlms.cosem.time").CosemDateTime
        self._select = peer("pydlms.apdu.xdlms")
        self._client = client.tcp(
            "127.0.0.1",
            port,
            client_sap=16 if password is None else 1,
            server_logical=1,
            hdlc=hdlc,
            mechanism=mechanisms.NONE if password is None else mechanisms.LLS,
            password=password,
            max_receive_pdu_size=max_pdu,
        )
        with _closing_on_error(self._client.link.transport):
            self._client.connect()

    def register(self, obis: str) -> Any:
        return self._client.get(obis, 3, 2).value

    def profile(self, obis: str, selection: Range | Entries | None = None) -> list[Any]:
        access = None
        match selection:
            case Range(start, end):
                access = self._select.range_descriptor(self._time(start), self._time(end))
            case Entries(first, count):
                access = self._select.entry_descriptor(first, first + count - 1)
        return list(self._client.read_profile(obis, access).rows)

    def objects(self) -> set[tuple[int, str]]:
        found = self._client.get_association_view()
        return {(int(item.class_id), str(item.logical_name)) for item in found}

    def _time(self, time: dt.datetime) -> Any:
        return self._data.octet_string(self._times.from_datetime(time).to_bytes())

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._client.close()


@contextlib.contextmanager
def _closing_on_error(wire: Any) -> Iterator[None]:
    """Close a wire when what is done on it fails: a test may expect the failure."""
    with contextlib.ExitStack() as stack:
        stack.callback(wire.close)
        yield
        stack.pop_all()


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
