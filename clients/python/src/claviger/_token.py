"""The compact form of an access token, parsed strictly; unknown members are ignored. No signature is verified here."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any

from ._json import NotStrict, is_whole, parse_strict
from ._scopes import is_scope

MAX_TOKEN_BYTES = 32 * 1024
#: How far `iat` may be ahead of the reader's clock. `exp` has no leeway.
LEEWAY_SECONDS = 60
#: Of a token. The feed goes one further, to end every token of a thing.
LAST_POSITION = (1 << 53) - 2
_MAX_TOKEN_SECONDS = 86_400
_LATEST = 253_402_300_799
_MAX_SCOPE_BYTES = 4_096
_MAX_ISSUER_BYTES = 2_048
_RANDOM_ID_LENGTH = 22

_UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_JTI = re.compile("[A-Za-z0-9_-]{1,64}")
_BASE64URL = re.compile("[A-Za-z0-9_-]*")
_REQUIRED = {"iss", "sub", "client_id", "aud", "iat", "exp", "jti", "realm", "pos"}
#: RFC 9068 §4. Media types have no case.
_TYPES = {"at+jwt", "application/at+jwt"}


class Malformed(ValueError):
    """Not an access token of this kind of server."""


@dataclass(frozen=True)
class UnverifiedToken:
    """Parsed and within its bounds. Neither the signature nor the meaning of a claim is checked."""

    alg: str
    kid: str
    claims: dict[str, Any]
    signed: bytes
    signature: bytes


def parse(token: str) -> UnverifiedToken:
    if len(token) > MAX_TOKEN_BYTES:
        raise Malformed("too long")
    parts = token.split(".")
    if len(parts) != 3 or not parts[2]:
        raise Malformed("not three parts")
    header, claims = _object(parts[0]), _object(parts[1])
    typ, alg, kid = (header.get(name) for name in ("typ", "alg", "kid"))
    if not (isinstance(typ, str) and isinstance(alg, str) and isinstance(kid, str)) or "crit" in header:
        raise Malformed("the header lacks a member, or has a critical extension")
    if typ.lower() not in _TYPES:
        raise Malformed("not an access token")
    if not claims.keys() >= _REQUIRED or not _bounded(claims):
        raise Malformed("claims are missing or out of bounds")
    signed = f"{parts[0]}.{parts[1]}".encode("ascii")
    return UnverifiedToken(alg, kid, claims, signed, decode(parts[2]))


def decode(part: str) -> bytes:
    """base64url without padding, in its one canonical spelling."""
    if not _BASE64URL.fullmatch(part):
        raise Malformed("not base64url")
    try:
        data = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error as error:
        raise Malformed("not base64url") from error
    if base64.urlsafe_b64encode(data).rstrip(b"=") != part.encode("ascii"):
        raise Malformed("not canonical base64url")
    return data


def is_uuid(value: object) -> bool:
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


def grant_of(jti: str) -> str | None:
    """The grant of a token that was issued with a refresh token. Ending the grant ends all its tokens."""
    return jti[:_RANDOM_ID_LENGTH] if len(jti) == 2 * _RANDOM_ID_LENGTH else None


def _object(part: str) -> dict[str, Any]:
    try:
        value = parse_strict(decode(part))
    except NotStrict as error:
        raise Malformed(str(error)) from error
    if not isinstance(value, dict):
        raise Malformed("not an object")
    return value


def _bounded(claims: dict[str, Any]) -> bool:
    """As `AccessTokenClaims::are_bounded` of the server."""
    iat, exp = claims["iat"], claims["exp"]
    if not is_whole(iat, 0, _LATEST) or not is_whole(exp, 0, _LATEST) or not is_whole(claims["pos"], 0, LAST_POSITION):
        return False
    texts = all(isinstance(claims[name], str) for name in ("iss", "aud", "jti", "realm"))
    return (
        texts
        and iat <= exp <= iat + _MAX_TOKEN_SECONDS + LEEWAY_SECONDS
        and is_uuid(claims["sub"])
        and is_uuid(claims["client_id"])
        and _JTI.fullmatch(claims["jti"]) is not None
        and len(claims["iss"].encode()) <= _MAX_ISSUER_BYTES
        and len(claims["aud"].encode()) <= _MAX_ISSUER_BYTES
        and ("scope" not in claims or _is_scope_list(claims["scope"]))
        and ("groups" not in claims or _are_groups(claims["groups"]))
    )


def _is_scope_list(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _MAX_SCOPE_BYTES and all(map(is_scope, value.split(" ")))


def _are_groups(value: object) -> bool:
    return isinstance(value, list) and len(value) <= 50 and all(map(_is_group, value))


def _is_group(name: object) -> bool:
    return isinstance(name, str) and 1 <= len(name) <= 64 and not any(_is_control(letter) for letter in name)


def _is_control(letter: str) -> bool:
    return letter < " " or "\x7f" <= letter <= "\x9f"
