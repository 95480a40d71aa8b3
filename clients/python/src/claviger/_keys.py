"""The realm's public keys: which of a key set are usable, and when the set is fetched again."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from typing import Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from ._json import NotStrict, parse_strict
from ._token import Malformed, UnverifiedToken, decode

#: Least time between two fetches that an unknown `kid` causes, and longest age of the set.
FETCH_INTERVAL_MS = 30_000
MAX_AGE_MS = 300_000
MAX_SET_BYTES = 256 * 1024
_MAX_KEYS = 100
_MAX_UNKNOWN = 1_024
_TYPES = {"ES256": ("EC", "P-256"), "EdDSA": ("OKP", "Ed25519"), "RS256": ("RSA", None), "PS256": ("RSA", None)}
#: RFC 7638 with SHA-256.
_THUMBPRINT = re.compile("[A-Za-z0-9_-]{43}")


class PublicKey:
    """Verifies with the one algorithm that the key set names for it."""

    def __init__(self, jwk: dict[str, Any]) -> None:
        alg = jwk["alg"]
        kty, curve = _TYPES[alg]
        if jwk["kty"] != kty or jwk["use"] != "sig" or (curve and jwk["crv"] != curve) or "d" in jwk:
            raise ValueError("a key for another purpose")
        self._key = jwt.PyJWK(jwk, alg)
        self.alg = alg
        if isinstance(self._key.key, RSAPublicKey) and self._key.key.key_size < 2_048:
            raise ValueError("an RSA key that is too short")
        if alg == "ES256":
            # The library takes coordinates of any length that fit.
            if any(len(decode(jwk[name])) != 32 for name in ("x", "y")):
                raise ValueError("coordinates of the wrong length")

    def verifies(self, token: UnverifiedToken) -> bool:
        return token.alg == self.alg and bool(self._key.Algorithm.verify(token.signed, self._key.key, token.signature))


def parse_key_set(data: bytes) -> dict[str, PublicKey]:
    """Skips keys that it cannot use (RFC 7517 §5). Fails without a usable one."""
    value = parse_strict(data)
    listed = value.get("keys") if isinstance(value, dict) else None
    if not isinstance(listed, list):
        raise NotStrict("not a key set")
    keys: dict[str, PublicKey] = {}
    for jwk in listed[:_MAX_KEYS]:
        try:
            if isinstance(jwk["kid"], str):
                keys[jwk["kid"]] = PublicKey(jwk)
        except (KeyError, TypeError, ValueError, UnsupportedAlgorithm, jwt.PyJWTError, Malformed):
            continue
    if not keys:
        raise NotStrict("a key set without a usable key")
    return keys


class KeyStore:
    """Times are of the boot clock, in milliseconds. Only one thread fetches; any number look keys up."""

    def __init__(self) -> None:
        self.renew_locks()
        self.keys: dict[str, PublicKey] = {}
        self.problem: str | None = None
        self._attempted_at: int | None = None
        self._fetched_at: int | None = None
        self._failures = 0
        #: Asked for, and not looked for in a set that was fetched since.
        self._wanted: dict[str, None] = {}
        #: Absent from a set that was fetched since they were asked for; with the time of that.
        self._absent: OrderedDict[str, int] = OrderedDict()

    def renew_locks(self) -> None:
        """After a fork, another thread of the parent may have held the lock forever."""
        self.changed = threading.Condition()

    def find(self, kid: str, now: int) -> PublicKey | bool:
        """The key; else `True` if it may still be published, `False` if it is known not to be."""
        key = self.keys.get(kid)
        if key is not None:
            return key
        if not _THUMBPRINT.fullmatch(kid):
            return False
        with self.changed:
            absent_since = self._absent.get(kid)
            if absent_since is not None and now - absent_since < MAX_AGE_MS:
                return False
            if kid not in self._wanted and len(self._wanted) >= _MAX_UNKNOWN:
                return False
            self._wanted[kid] = None
            self.changed.notify_all()
            return True

    def due_in_ms(self, now: int) -> int:
        """How long until the set may and should be fetched."""
        with self.changed:
            if self._attempted_at is None:
                return 0
            since = now - self._attempted_at
            if not self.keys:
                return max(0, min(250 << min(self._failures, 5), 5_000) - since)
            if self._wanted:
                return max(0, FETCH_INTERVAL_MS - since)
            age = now - (self._fetched_at or 0)
            return max(0, MAX_AGE_MS - age, FETCH_INTERVAL_MS - since)

    def begin_fetch(self, now: int) -> frozenset[str]:
        """The unknown ids that this fetch looks for."""
        with self.changed:
            self._attempted_at = now
            return frozenset(self._wanted)

    def finish_fetch(self, sought: frozenset[str], answer: bytes | Exception, now: int) -> None:
        """A failed fetch evicts nothing."""
        try:
            if isinstance(answer, Exception):
                raise answer
            keys = parse_key_set(answer)
        except Exception as error:
            with self.changed:
                self._failures += 1
                self.problem = str(error) or type(error).__name__
            return
        with self.changed:
            self.keys, self.problem, self._fetched_at, self._failures = keys, None, now, 0
            for kid in sought:
                self._wanted.pop(kid, None)
                if kid not in keys:
                    self._absent[kid] = now
                    self._absent.move_to_end(kid)
            while len(self._absent) > _MAX_UNKNOWN:
                self._absent.popitem(last=False)
            self.changed.notify_all()
