"""The explicit way past the lease: asking the server about one token."""

import os

import pytest
from conditions import AUDIENCE, eventually, status_of

from claviger import Refused, Verifier
from claviger.testing import Issuer


def status(verifier: Verifier, token: str, wanted: str | None = None) -> int:
    try:
        verifier.verify_or_introspect(token, wanted)
    except Refused as refused:
        return refused.status
    return 200


def unattached(issuer: Issuer, client_key: str | None = None) -> Verifier:
    """It does not follow the feed, and never will."""
    verifier = Verifier(issuer.issuer, AUDIENCE, issuer.client_id, client_key or issuer.client_key)
    verifier._follower.stop()
    return verifier


def introspections(issuer: Issuer) -> int:
    return issuer.requests.count("/realms/test/oauth2/introspect")


def test_server_is_asked_only_where_the_verifier_cannot_tell() -> None:
    with Issuer(AUDIENCE) as issuer, issuer.verifier() as verifier:
        token = issuer.token("ci:read")
        assert status(verifier, token, "ci:read") == 200
        assert status(verifier, token, "ci:read-update") == 403
        assert status(verifier, token + "x") == 401
        assert introspections(issuer) == 0
        # An opaque token is told only by the server.
        assert status(verifier, "clva_" + "0" * 38) == 401
        assert introspections(issuer) == 1 and status_of(verifier, "clva_" + "0" * 38) == 401


def test_without_a_lease_each_request_is_introspected() -> None:
    with Issuer(AUDIENCE) as issuer:
        token, other = issuer.token("ci:read"), issuer.token(aud="https://archive.example.org")
        with unattached(issuer) as verifier:
            assert status_of(verifier, token) == 503
            assert verifier.verify_or_introspect(token, "ci:read").scopes == {"ci:read"}
            assert status(verifier, token, "admin") == 403
            # By its audience, without asking.
            assert status(verifier, other) == 401
            issuer.revoke(token)
            assert status(verifier, token) == 401
            assert introspections(issuer) == 3


def test_failed_introspection_refuses() -> None:
    issuer = Issuer(AUDIENCE)
    issuer.lease_ms = 1_000
    token = issuer.token()
    with unattached(issuer, "wrong") as wrong:
        assert status(wrong, token) == 503
    with Verifier.connect(issuer.issuer, AUDIENCE, issuer.client_id, issuer.client_key) as verifier:
        issuer.close()
        eventually(lambda: status_of(verifier, token) == 503)
        assert status(verifier, token) == 503


@pytest.mark.parametrize(
    "answer", [b"", b"[]", b'{"active":"true"}', b'{"active":true}', b'{"active":true,"active":true}']
)
def test_odd_answers_are_not_active(answer: bytes) -> None:
    class Odd(Issuer):
        def introspect(self, token: str) -> bytes:  # type: ignore[override]
            return answer

    with Odd(AUDIENCE) as issuer:
        with unattached(issuer) as verifier:
            assert status(verifier, issuer.token()) in (401, 503)


def test_child_of_a_fork_does_not_share_the_connection() -> None:
    with Issuer(AUDIENCE) as issuer, issuer.verifier() as verifier:
        opaque = "clva_" + "0" * 38
        assert status(verifier, opaque) == 401
        assert len(verifier._introspection._idle) == 1
        child = os.fork()
        if child == 0:
            os._exit(len(verifier._introspection._idle) + (0 if status(verifier, opaque) == 401 else 100))
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert status(verifier, opaque) == 401
