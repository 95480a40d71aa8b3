"""One kept connection to the server: bounded in time and size, without redirects and without proxies."""

from __future__ import annotations

import base64
import contextlib
import http.client
import ipaddress
import socket
import ssl
import time
from dataclasses import dataclass, field
from urllib.parse import quote_plus, urlencode, urlsplit

TIMEOUT_SECONDS = 4.0
#: The feed answers within a second. A node that hangs is left for another one while the lease goes on.
FEED_TIMEOUT_SECONDS = 2.0


@dataclass(frozen=True)
class _Request:
    method: str
    target: str
    most: int
    deadline: float
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


class Endpoint:
    """Below one issuer, with one resource server's credentials. For one thread at a time."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_key: str,
        context: ssl.SSLContext | None = None,
        *,
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        parts = urlsplit(issuer)
        if (
            parts.scheme not in ("https", "http")
            or not parts.hostname
            or parts.query
            or parts.fragment
            or "@" in issuer
        ):
            raise ValueError(f"issuer: {issuer!r} is no https URL")
        if parts.scheme == "http" and not _is_loopback(parts.hostname):
            raise ValueError(f"issuer: {issuer!r} must be https, since the key of the resource server is sent to it")
        self._host, self._port, self._path, self._timeout = parts.hostname, parts.port, parts.path, timeout
        self._context = (context or ssl.create_default_context()) if parts.scheme == "https" else None
        pair = f"{quote_plus(client_id)}:{quote_plus(client_key)}"
        self._authorization = "Basic " + base64.b64encode(pair.encode()).decode()
        self._connection: http.client.HTTPConnection | None = None
        self._aborted = False

    def get_public(self, path: str, *, most: int) -> tuple[int, bytes]:
        return self._send(_Request("GET", self._path + path, most, self._deadline()))

    def get(self, path: str, query: dict[str, str], *, most: int) -> tuple[int, bytes]:
        target, headers = f"{self._path}{path}?{urlencode(query)}", {"Authorization": self._authorization}
        return self._send(_Request("GET", target, most, self._deadline(), headers=headers))

    def post(self, path: str, form: dict[str, str], *, most: int) -> tuple[int, bytes]:
        headers = {"Authorization": self._authorization, "Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode(form).encode()
        return self._send(_Request("POST", self._path + path, most, self._deadline(), body, headers))

    def close(self) -> None:
        """Also for a connection that a fork has copied: the parent's goes on."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def abort(self) -> None:
        """Closes it from another thread. A request that waits for an answer ends."""
        self._aborted = True
        sock = getattr(self._connection, "sock", None)
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _deadline(self) -> float:
        return time.monotonic() + self._timeout

    def _send(self, request: _Request) -> tuple[int, bytes]:
        reused = self._connection is not None
        try:
            return self._exchange(request)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            # The server may have closed a kept connection meanwhile. Every request here may be repeated.
            if not reused or self._aborted:
                raise
        return self._exchange(request)

    def _exchange(self, request: _Request) -> tuple[int, bytes]:
        try:
            if self._connection is None:
                self._connection = self._connect()
            return self._converse(self._connection, request)
        except BaseException:
            self.close()
            raise

    def _converse(self, connection: http.client.HTTPConnection, request: _Request) -> tuple[int, bytes]:
        headers = {"Accept": "application/json", "User-Agent": "claviger-python", **request.headers}
        connection.request(request.method, request.target, request.body, headers)
        answer = connection.getresponse()
        chunks, size = [], 0
        while chunk := answer.read1(65_536):
            chunks.append(chunk)
            size += len(chunk)
            if size > request.most:
                raise ValueError(f"the answer is larger than {request.most} bytes")
            if time.monotonic() > request.deadline:
                raise TimeoutError("timed out: the answer takes too long")
        if answer.length:
            raise http.client.IncompleteRead(b"", answer.length)
        if answer.will_close:
            self.close()
        else:
            # The connection stays open; `read1` alone does not end the answer.
            answer.close()
        return answer.status, b"".join(chunks)

    def _connect(self) -> http.client.HTTPConnection:
        if self._context is None:
            return http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)
        return http.client.HTTPSConnection(self._host, self._port, timeout=self._timeout, context=self._context)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
