"""Verifies access tokens of Claviger offline, and learns of revocations before they are acknowledged.

    from claviger import Verifier

    verifier = Verifier.connect(issuer, audience, client_id, client_key)
    token = verifier.verify(text, "ci:read")

Frameworks: `claviger.fastapi`, `claviger.flask`, `claviger.django`. Tests of services: `claviger.testing`.
"""

from ._scopes import Requirement
from .refused import Refused
from .verified import VerifiedToken
from .verifier import Status, Verifier

__all__ = ["Refused", "Requirement", "Status", "VerifiedToken", "Verifier"]
