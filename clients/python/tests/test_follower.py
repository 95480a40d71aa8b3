"""A verifier with its threads, against an issuer on the loopback interface that is down, slow or lies."""

import os
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from conditions import AUDIENCE, eventually, status_of

from claviger import Refused, Verifier
from claviger.testing import Issuer

Lie = Callable[[dict[str, Any]], Any]


class LyingIssuer(Issuer):
    """Lies to every request with a position, as long as it has a lie."""

    hold = 0.05
    lie: Lie | None = None
    lies_told = 0

    def answer(self, query: dict[str, str], after: int | None) -> Any:
        answer = super().answer(query, after)
        if self.lie is None or after is None:
            return answer
        self.lies_told += 1
        return self.lie(answer)


def test_revocation_is_known_when_revoke_returns() -> None:
    with Issuer(AUDIENCE) as issuer, issuer.verifier() as verifier:
        for _ in range(20):
            token, other = issuer.token("ci:read"), issuer.token("ci:read")
            assert status_of(verifier, token) == 200
            issuer.revoke(token)
            assert status_of(verifier, token) == 401
            assert status_of(verifier, other) == 200


def test_server_that_is_down_at_the_start_leaves_everything_undecided_until_it_is_up() -> None:
    issuer = Issuer(AUDIENCE)
    token, settings = issuer.token(), (issuer.issuer, AUDIENCE, issuer.client_id, issuer.client_key)
    issuer.close()
    with Verifier.connect(*settings) as verifier:
        assert status_of(verifier, token) == 503
        assert status_of(verifier, token + "x") == 401
        eventually(lambda: "refused" in str(verifier.status().problem))
        assert not verifier.status().ready
        with pytest.raises(Refused) as caught:
            verifier.verify(token)
        assert caught.value.headers()["Retry-After"] == "1"
        with issuer.reopened():
            eventually(lambda: status_of(verifier, token) == 200)
            assert verifier.status().problem is None


def test_lease_ends_when_the_server_is_gone() -> None:
    issuer = Issuer(AUDIENCE)
    issuer.lease_ms = 1_500
    with issuer.verifier() as verifier:
        token = issuer.token()
        eventually(lambda: status_of(verifier, token) == 200)
        closed = time.monotonic()
        issuer.close()
        asked = closed
        while status_of(verifier, token) == 200:
            assert asked - closed <= 1.5
            asked = time.monotonic()
        assert status_of(verifier, token) == 503
        assert verifier.status().lease_ms == 0 and verifier.status().problem
        # What is invalid by itself stays so.
        assert status_of(verifier, token[:-6] + "AAAAAA") == 401


@pytest.mark.parametrize(
    ("lie", "told"),
    [
        (lambda answer: {**answer, "nonce": "x"}, "nonce"),
        (lambda answer: b"<html>", "JSON"),
        (lambda answer: {**answer, "cluster": "another"}, "gap"),
        (lambda answer: {**answer, "entries": [{"kind": "tenant"}]}, "unknown kind"),
        (lambda answer: {**answer, "lease_ms": 10**9}, "lease"),
    ],
    ids=["nonce", "garbage", "gap", "unknown kind", "lease"],
)
def test_feed_that_lies_loses_its_set_and_status_says_why(lie: Lie, told: str) -> None:
    with LyingIssuer(AUDIENCE) as issuer, issuer.verifier() as verifier:
        token = issuer.token()
        said: list[str] = []
        feed = verifier._judge.feed
        drop = feed._drop

        def noting(why: str) -> str:
            outcome = drop(why)
            said.append(str(verifier.status().problem))
            assert status_of(verifier, token) == 503 and not verifier.status().ready
            said.append("was undecided")
            return outcome

        feed._drop = noting  # type: ignore[method-assign]
        issuer.lie = lie
        eventually(lambda: "was undecided" in said)
        assert told in said[0] and said[0].endswith("the set was dropped")
        issuer.lie = None
        eventually(lambda: status_of(verifier, token) == 200)


def test_position_that_goes_back_renews_no_lease() -> None:
    with LyingIssuer(AUDIENCE) as issuer, issuer.verifier() as verifier:
        issuer.lease_ms = 500
        token = issuer.token()
        eventually(lambda: verifier.status().lease_ms <= 500)
        issuer.lie = lambda answer: {**answer, "position": answer["position"] - 1}
        eventually(lambda: status_of(verifier, token) == 503 and "went back" in str(verifier.status().problem))
        assert verifier.status().position == issuer.position
        issuer.lie = None
        eventually(lambda: status_of(verifier, token) == 200)


def test_lying_feed_is_not_asked_in_a_loop() -> None:
    with LyingIssuer(AUDIENCE) as issuer, issuer.verifier():
        issuer.lie = lambda answer: {**answer, "nonce": "x"}
        eventually(lambda: issuer.lies_told >= 1)
        before, started = len(issuer.requests), time.monotonic()
        eventually(lambda: time.monotonic() - started > 1)
        assert len(issuer.requests) - before < 40


def test_pages_are_put_together() -> None:
    class Paged(Issuer):
        def answer(self, query: dict[str, str], after: int | None) -> dict[str, Any]:
            answer = super().answer(query, after)
            start = int(query.get("cursor", 0))
            entries = answer["entries"][start : start + 2]
            following = str(start + 2) if start + 2 < len(answer["entries"]) else None
            return {**answer, "entries": entries, "next": following}

        def feed(self, query: dict[str, str]) -> tuple[int, Any]:
            return (200, self.answer(query, None)) if "cursor" in query else super().feed(query)

    with Paged(AUDIENCE) as issuer:
        tokens = [issuer.token() for _ in range(7)]
        for token in tokens[:5]:
            issuer.revoke(token)
        with issuer.verifier() as verifier:
            assert [status_of(verifier, token) for token in tokens] == [401] * 5 + [200] * 2
            assert verifier.status().entries == 5


def test_silent_server_ends_the_lease_and_is_left_for_another_connection() -> None:
    """It accepts, and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        issuer = f"http://127.0.0.1:{silent.getsockname()[1]}/realms/test"
        with Issuer(AUDIENCE) as real:
            with Verifier.connect(issuer, AUDIENCE, "id", "key") as verifier:
                eventually(lambda: "timed out" in str(verifier.status().problem))
                assert status_of(verifier, real.token()) == 401


def test_child_of_a_fork_is_a_verifier_of_its_own() -> None:
    with Issuer(AUDIENCE) as issuer, issuer.verifier() as verifier:
        token, parent = issuer.token(), verifier.status().instance
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            # What the parent was granted is not the child's.
            held = verifier.status()
            said = [held.position, held.lease_ms, verifier.wait_until_ready(30), status_of(verifier, token)]
            os.write(writing, f"{said} {verifier.status().instance}\n".encode())
            # The parent revokes now, and waits for this process too.
            try:
                eventually(lambda: status_of(verifier, token) == 401)
                os.write(writing, b"revoked\n")
            finally:
                os._exit(0)
        with os.fdopen(reading) as child_says:
            answers, _, instance = child_says.readline().strip().rpartition(" ")
            assert answers == "[None, 0, True, 200]" and instance != parent
            assert {parent, instance} <= issuer.acknowledged.keys()
            issuer.revoke(token)
            assert issuer.acknowledged[instance][0] == issuer.position
            os.close(writing)
            assert child_says.readline() == "revoked\n"
        os.waitpid(child, 0)
        assert verifier.status().instance == parent and status_of(verifier, token) == 401


def test_threads_share_one_verifier() -> None:
    with Issuer(AUDIENCE) as issuer, issuer.verifier() as verifier:
        tokens = [issuer.token("ci:read") for _ in range(8)]
        verdicts: list[int] = []

        def use(token: str) -> None:
            verdicts.extend(status_of(verifier, token, "ci:read") for _ in range(50))

        threads = [threading.Thread(target=use, args=(token,)) for token in tokens]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert verdicts == [200] * 400


def test_close_stops_the_threads() -> None:
    with Issuer(AUDIENCE) as issuer:
        verifier = issuer.verifier()
        assert threads_of_verifiers() == ["claviger-feed", "claviger-keys"]
        verifier.close()
        assert threads_of_verifiers() == []


def threads_of_verifiers() -> list[str]:
    return sorted(one.name for one in threading.enumerate() if one.name.startswith("claviger"))


@pytest.mark.parametrize(
    "issuer", ["http://tokens.example.org/realms/a", "tokens.example.org", "https://u:p@x/realms/a"]
)
def test_issuer_without_tls_is_refused(issuer: str) -> None:
    with pytest.raises(ValueError, match="https"):
        Verifier(issuer, AUDIENCE, "id", "key")


def test_nothing_shows_a_secret() -> None:
    with Issuer(AUDIENCE) as issuer, issuer.verifier() as verifier:
        token = issuer.token()
        shown = f"{verifier!r} {verifier.status()!r} {verifier.verify(token)!r} {vars(verifier)}"
        for broken in (token + "x", token[:-8] + "AAAAAAAA"):
            with pytest.raises(Refused) as caught:
                verifier.verify(broken)
            shown += f"{caught.value!r} {caught.value.headers('x')} {caught.value.body()}"
        assert issuer.client_key not in shown and token[-40:-10] not in shown
