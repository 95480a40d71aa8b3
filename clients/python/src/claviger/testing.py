"""For the tests of services: an issuer on the loopback interface, with tokens and revocations but without a database.

with Issuer("https://builds.example.org") as issuer, issuer.verifier() as verifier:
    token = issuer.token("ci:read")
    verifier.verify(token, "ci:read")
    issuer.revoke(token)  # returns when every verifier has learned of it
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import secrets
import socket
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from .verifier import Verifier

__all__ = ["Issuer"]


Self = TypeVar("Self", bound="Issuer")


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class _Key:
    def __init__(self) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        point = self.private.public_key().public_numbers()
        x, y = (_encode(number.to_bytes(32, "big")) for number in (point.x, point.y))
        named = {"crv": "P-256", "kty": "EC", "x": x, "y": y}
        self.kid = _encode(hashlib.sha256(json.dumps(named, separators=(",", ":")).encode()).digest())
        self.jwk = {**named, "use": "sig", "alg": "ES256", "kid": self.kid}


class Issuer:
    """Issues, revokes and introspects. Never use it for more than tests: it checks nobody's rights."""

    #: How long a request of the feed may wait for news, in seconds.
    hold = 1.0

    def __init__(self, audience: str, realm: str = "test") -> None:
        self.audience, self.realm = audience, realm
        self.client_id, self.client_key = str(uuid.uuid4()), secrets.token_urlsafe(16)
        self.cluster = str(uuid.uuid4())
        #: Longer than that of a server, so that no lease ends on a machine that is busy with tests.
        self.lease_ms = 60_000
        self.position = 100
        #: (position, entry)
        self.log: list[tuple[int, dict[str, Any]]] = []
        #: The position that each verifier has acknowledged last, and when it was heard, by the monotonic clock.
        self.acknowledged: dict[str, tuple[int, float]] = {}
        self.requests: list[str] = []
        self._keys = [_Key()]
        self._changed = threading.Condition()
        self._open(0)
        self.issuer = f"http://127.0.0.1:{self._server.server_port}/realms/{realm}"

    def verifier(self) -> Verifier:
        """Follows this issuer, and is ready."""
        verifier = Verifier.connect(self.issuer, self.audience, self.client_id, self.client_key)
        if not verifier.wait_until_ready(30):
            raise RuntimeError(f"the verifier did not get ready: {verifier.status()}")
        return verifier

    def token(self, scope: str | None = None, *, client_id: str | None = None, **changes: Any) -> str:
        """A signed token. `changes` replace claims; `None` removes one."""
        client_id, now = client_id or str(uuid.uuid4()), int(time.time())
        claims = {
            "iss": self.issuer, "sub": client_id, "client_id": client_id, "aud": self.audience, "iat": now,
            "exp": now + 900, "jti": secrets.token_urlsafe(16), "scope": scope, "realm": self.realm,
            "pos": self.position, **changes,
        }  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        key = self._keys[-1]
        return jwt.encode(claims, key.private, algorithm="ES256", headers={"typ": "at+jwt", "kid": key.kid})

    def revoke(self, token: str, wait: float = 30.0) -> None:
        """Ends one token, and waits until the verifiers that are attached have learned of it."""
        claims = jwt.decode(token, options={"verify_signature": False})
        self.end({"kind": "token", "jti": claims["jti"]}, wait)

    def revoke_client(self, client_id: str, wait: float = 30.0) -> None:
        """Ends every token that the client has got."""
        self.end({"kind": "credential", "client_id": client_id, "before": self.position + 1}, wait)

    def end(self, entry: dict[str, Any], wait: float = 30.0) -> None:
        """Adds an entry to the feed."""
        with self._changed:
            self.position += 1
            self.log.append((self.position, {"forget_after": int(time.time()) + 86_460, **entry}))
            reached = self.position
            self._changed.notify_all()
            deadline = time.monotonic() + wait
            while self._is_awaited(reached):
                if time.monotonic() > deadline:
                    raise TimeoutError("a verifier has not learned of the revocation")
                self._changed.wait(0.1)

    def _is_awaited(self, reached: int) -> bool:
        """Whoever was silent for a lease trusts its set no more."""
        silent = time.monotonic() - self.lease_ms / 1_000 * 1.01 - 0.05
        return any(one < reached and heard > silent for one, heard in self.acknowledged.values())

    def rotate(self) -> None:
        """Signs with a new key from now on, and publishes both."""
        self._keys.append(_Key())

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._server.shutdown()
        self._server.server_close()
        self._server.close_connections()

    def reopened(self: Self) -> Self:
        """Listens again, at the same address, after it was closed."""
        self._open(self._server.server_port)
        return self

    def _open(self, port: int) -> None:
        self._closed = False
        self._server = _Server(("127.0.0.1", port), type("Handler", (_Handler,), {"issuer": self}))
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def key_set(self) -> dict[str, Any]:
        return {"keys": [key.jwk for key in self._keys]}

    def feed(self, query: dict[str, str]) -> tuple[int, Any]:
        """Answers one request of the feed: status, and body."""
        same = query.get("cluster") == self.cluster
        after = int(query["after"]) if same and "after" in query else None
        with self._changed:
            self.acknowledged[query["verifier"]] = after or 0, time.monotonic()
            self._changed.notify_all()
            if after is not None:
                self._changed.wait_for(lambda: self.position > after or self._closed, self.hold)
            return 200, self.answer(query, after)

    def answer(self, query: dict[str, str], after: int | None) -> dict[str, Any]:
        entries = [entry for position, entry in self.log if after is None or position > after]
        return {
            "cluster": self.cluster, "position": self.position, "nonce": query["nonce"], "lease_ms": self.lease_ms,
            "complete": after is None, "next": None, "entries": entries,
        }  # fmt: skip

    def introspect(self, token: str) -> dict[str, Any]:
        """Active unless its own or its client's end is in the log."""
        try:
            key = next(key for key in self._keys if key.kid == jwt.get_unverified_header(token).get("kid"))
            claims = jwt.decode(token, key.private.public_key(), ["ES256"], options={"verify_aud": False})
        except (jwt.PyJWTError, StopIteration):
            return {"active": False}
        for _, entry in self.log:
            if entry.get("jti") == claims["jti"]:
                return {"active": False}
            if entry.get("client_id") == claims["client_id"] and claims["pos"] < entry["before"]:
                return {"active": False}
        return {"active": True, **claims}


class _Server(ThreadingHTTPServer):
    """A closed one breaks its connections, as a process that ends does."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, *given: Any) -> None:
        self._connections: set[socket.socket] = set()
        super().__init__(*given)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, *_: Any) -> None:
        """A connection that breaks is nothing to print."""


class _Handler(BaseHTTPRequestHandler):
    issuer: Issuer
    protocol_version = "HTTP/1.1"
    # Headers and body leave in one packet, at once.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.issuer.requests.append(parts.path)
        if parts.path.endswith("/oauth2/jwks"):
            self._answer(200, self.issuer.key_set())
        elif not self._is_authenticated():
            self._answer(401, {"error": "invalid_client"})
        elif parts.path.endswith("/revocations"):
            self._answer(*self.issuer.feed({name: values[0] for name, values in parse_qs(parts.query).items()}))
        else:
            self._answer(404, {})

    def do_POST(self) -> None:
        self.issuer.requests.append(self.path)
        form = parse_qs(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())
        if not self._is_authenticated():
            self._answer(401, {"error": "invalid_client"})
        elif self.path.endswith("/oauth2/introspect"):
            self._answer(200, self.issuer.introspect(form.get("token", [""])[0]))
        else:
            self._answer(404, {})

    def _is_authenticated(self) -> bool:
        pair = f"{self.issuer.client_id}:{self.issuer.client_key}"
        return self.headers.get("Authorization") == "Basic " + base64.b64encode(pair.encode()).decode()

    def _answer(self, status: int, body: Any) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Quiet."""
