"""Asks the server about one token (RFC 7662). Nothing is cached: a cached answer would accept revoked tokens."""

from __future__ import annotations

import http.client
import ssl
import threading
from typing import Any

from ._fork import at_fork
from ._http import Endpoint
from ._json import is_whole, parse_strict
from ._scopes import Requirement
from ._token import MAX_TOKEN_BYTES
from .refused import Refused
from .verified import VerifiedToken

_MAX_ANSWER_BYTES = 64 * 1024
#: Connections that are kept; more are opened when more threads ask.
_MAX_IDLE = 16
#: API tokens and personal access tokens.
_OPAQUE = ("clva_", "clvp_")


class Introspection:
    def __init__(self, issuer: str, client_id: str, client_key: str, context: ssl.SSLContext | None) -> None:
        self._issuer = issuer
        self._settings = (issuer, client_id, client_key, context)
        self._idle: list[Endpoint] = []
        self.forget_parent()
        at_fork(self)

    def forget_parent(self) -> None:
        """A connection of the parent must not be used by both. Closing the copy leaves it to the parent."""
        self._lock = threading.Lock()
        self.close()

    @staticmethod
    def is_opaque(token: str) -> bool:
        return token.startswith(_OPAQUE)

    def ask(self, token: str, requirement: Requirement, audience: str) -> VerifiedToken:
        if len(token) > MAX_TOKEN_BYTES:
            raise Refused.invalid("the token is too long")
        claims = self._claims(token)
        if claims.get("active") is not True:
            raise Refused.invalid("the token is not active")
        verified = self._verified(claims, audience)
        if not requirement.is_covered_by(verified.scopes):
            raise Refused.insufficient(requirement)
        return verified

    def _claims(self, token: str) -> dict[str, Any]:
        endpoint = self._take()
        try:
            status, body = endpoint.post("/oauth2/introspect", {"token": token}, most=_MAX_ANSWER_BYTES)
            value = parse_strict(body) if status == 200 else None
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise Refused.undecided(f"introspection failed: {type(error).__name__}") from None
        finally:
            self._give_back(endpoint)
        if not isinstance(value, dict):
            raise Refused.undecided(f"introspection was answered with {status}")
        return value

    def _verified(self, claims: dict[str, Any], audience: str) -> VerifiedToken:
        """Of an opaque token, times may be absent."""
        texts = all(isinstance(claims.get(name), str) for name in ("client_id", "jti", "aud"))
        scope = claims.get("scope", "")
        if not texts or not isinstance(scope, str) or claims["aud"] not in (audience, self._issuer):
            raise Refused.invalid("the token is for another service")
        groups = claims.get("groups", [])
        return VerifiedToken(
            client_id=claims["client_id"],
            scopes=frozenset(scope.split()),
            audience=claims["aud"],
            jti=claims["jti"],
            issued_at=claims["iat"] if is_whole(claims.get("iat"), 0, 1 << 53) else 0,
            expires_at=claims["exp"] if is_whole(claims.get("exp"), 0, 1 << 53) else 1 << 53,
            groups=tuple(groups) if isinstance(groups, list) else (),
            realm=self._issuer.rsplit("/", 1)[-1],
            claims=claims,
        )

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for endpoint in idle:
            endpoint.close()

    def _take(self) -> Endpoint:
        with self._lock:
            return self._idle.pop() if self._idle else Endpoint(*self._settings)

    def _give_back(self, endpoint: Endpoint) -> None:
        with self._lock:
            if len(self._idle) < _MAX_IDLE:
                self._idle.append(endpoint)
                return
        endpoint.close()
