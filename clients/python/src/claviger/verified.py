"""A token that was verified."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class VerifiedToken:
    """Active when it was checked. It does not hold the token itself."""

    client_id: str
    scopes: frozenset[str]
    audience: str
    jti: str
    issued_at: int
    expires_at: int
    groups: tuple[str, ...]
    realm: str
    #: All claims, as in the token or in the answer of introspection.
    claims: dict[str, Any]

    @classmethod
    def from_claims(cls, claims: dict[str, Any]) -> VerifiedToken:
        return cls(
            client_id=claims["client_id"],
            scopes=frozenset(claims.get("scope", "").split()),
            audience=claims["aud"],
            jti=claims["jti"],
            issued_at=claims["iat"],
            expires_at=claims["exp"],
            groups=tuple(claims.get("groups", ())),
            realm=claims["realm"],
            claims=claims,
        )
