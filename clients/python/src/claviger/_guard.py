"""What the adapters of all frameworks share: the token of a request, and the metadata of the service (RFC 9728)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from ._scopes import Requirement
from .refused import Refused
from .verified import VerifiedToken
from .verifier import Verifier

Wanted = Requirement | str | Iterable[str] | None
_WELL_KNOWN = "/.well-known/oauth-protected-resource"
#: RFC 6750 §2.1.
_TOKEN = re.compile("[A-Za-z0-9._~+/-]+=*")


class Protection:
    """`resource` is the URL of the service; its audience if absent. With `introspect`, the server is asked where the
    verifier cannot tell: requests may then block for seconds."""

    def __init__(
        self, verifier: Verifier, *, resource: str | None = None, scopes: Sequence[str] = (), introspect: bool = False
    ) -> None:
        self.resource = resource or verifier.audience
        parts = urlsplit(self.resource)
        if parts.scheme not in ("https", "http") or not parts.netloc or parts.query or parts.fragment:
            raise ValueError(f"resource: {self.resource!r} is no URL; name the service's own")
        self.introspects = introspect
        self._check: Callable[[str, Requirement], VerifiedToken] = (
            verifier.verify_or_introspect if introspect else verifier.verify
        )
        #: Where the document is, below the host (RFC 9728 §3.1).
        self.metadata_path = _WELL_KNOWN + parts.path.rstrip("/")
        self.metadata_url = f"{parts.scheme}://{parts.netloc}{self.metadata_path}"
        self.metadata: dict[str, Any] = {
            "resource": self.resource,
            "authorization_servers": [verifier.issuer],
            "bearer_methods_supported": ["header"],
            **({"scopes_supported": list(Requirement.of(scopes).scopes)} if scopes else {}),
        }

    def check(self, authorization: Sequence[str], requirement: Requirement) -> VerifiedToken:
        """`authorization` are the values of all headers of that name."""
        return self._check(bearer_token(authorization), requirement)

    def headers(self, refused: Refused) -> dict[str, str]:
        return refused.headers(self.metadata_url)


def bearer_token(authorization: Sequence[str]) -> str:
    if len(authorization) > 1:
        raise Refused.unclear("the request has several Authorization headers")
    scheme, _, token = (authorization[0] if authorization else "").strip().partition(" ")
    if scheme.lower() != "bearer":
        raise Refused.missing()
    token = token.strip(" ")
    if not _TOKEN.fullmatch(token):
        raise Refused.unclear("the bearer token is malformed")
    return token
