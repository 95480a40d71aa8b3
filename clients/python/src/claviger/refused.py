"""Why a request is refused, with what its answer must say."""

from __future__ import annotations

from ._scopes import Requirement


class Refused(Exception):
    """`status` is 401, 403 or 503; 400 where the request itself is unclear. The message never holds the token."""

    def __init__(
        self,
        status: int,
        error: str | None,
        description: str,
        *,
        scope: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(description)
        self.status = status
        #: `invalid_token`, `insufficient_scope` or `invalid_request` (RFC 6750 §3.1).
        #: `None` if no token was presented, and for 503.
        self.error = error
        self.description = description
        #: The scopes that the request needs, for 403.
        self.scope = scope
        #: Seconds, for 503.
        self.retry_after = retry_after

    @classmethod
    def invalid(cls, description: str) -> Refused:
        return cls(401, "invalid_token", description)

    @classmethod
    def insufficient(cls, requirement: Requirement) -> Refused:
        return cls(403, "insufficient_scope", f"the request needs the scope {requirement}", scope=str(requirement))

    @classmethod
    def undecided(cls, why: str) -> Refused:
        """Neither active nor inactive: the verifier cannot tell now."""
        return cls(503, None, f"tokens cannot be verified now: {why}", retry_after=1)

    @classmethod
    def missing(cls) -> Refused:
        """No token was presented, so there is no error code (RFC 6750 §3.1)."""
        return cls(401, None, "the request has no bearer token")

    @classmethod
    def unclear(cls, description: str) -> Refused:
        return cls(400, "invalid_request", description)

    @property
    def is_undecided(self) -> bool:
        return self.status == 503

    def headers(self, resource_metadata: str | None = None) -> dict[str, str]:
        """Of the answer: `WWW-Authenticate` (RFC 6750 §3, RFC 9728 §5.1) or `Retry-After`."""
        if self.is_undecided:
            return {"Retry-After": str(self.retry_after or 1), "Cache-Control": "no-store"}
        parts = {
            "error": self.error,
            "error_description": self.description if self.error else None,
            "scope": self.scope,
            "resource_metadata": resource_metadata,
        }
        said = ", ".join(f'{name}="{value}"' for name, value in parts.items() if value)
        return {"WWW-Authenticate": f"Bearer {said}".rstrip(), "Cache-Control": "no-store"}

    def body(self) -> dict[str, str]:
        """For an answer in JSON."""
        error = self.error or ("temporarily_unavailable" if self.is_undecided else "unauthorized")
        # The reason why it cannot tell is for the operator, in `status()`.
        description = "tokens cannot be verified now" if self.is_undecided else self.description
        return {"error": error, "error_description": description}
