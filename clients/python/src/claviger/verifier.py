"""The verifier that a service holds."""

from __future__ import annotations

import ssl
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass

from ._follower import Follower
from ._introspection import Introspection
from ._judge import Judge
from ._keys import KeyStore
from ._scopes import Requirement
from .refused import Refused
from .verified import VerifiedToken


@dataclass(frozen=True)
class Status:
    """What an operator asks for. It holds no secret."""

    #: Whether tokens are decided offline now.
    ready: bool
    #: The random id of this process at the feed.
    instance: str
    cluster: str | None
    position: int | None
    #: How many revocations are held.
    entries: int
    #: How long the set may still be trusted, in milliseconds.
    lease_ms: int
    #: Why the last answer of the feed was not applied.
    problem: str | None
    #: The ids of the keys that are held.
    keys: tuple[str, ...]
    key_problem: str | None


def _boot_clock() -> int:
    """The clock that goes on while the machine sleeps: a lease must end then, too."""
    clock: int | None = getattr(time, "CLOCK_BOOTTIME", None)
    if clock is None and sys.platform == "darwin":
        clock = time.CLOCK_MONOTONIC  # counts sleep on that system
    if clock is None:
        raise RuntimeError("this system has no clock that goes on while it sleeps")
    return clock


class Verifier:
    """Decides on tokens offline. One for each process is enough; every thread may use it."""

    def __init__(
        self, issuer: str, audience: str, client_id: str, client_key: str, *, tls: ssl.SSLContext | None = None
    ) -> None:
        clock = _boot_clock()
        self.issuer, self.audience = issuer, audience
        self._judge = Judge(
            issuer, audience, KeyStore(), lambda: time.clock_gettime_ns(clock) // 1_000_000, lambda: int(time.time())
        )
        self._follower = Follower(self._judge, client_id, client_key, tls)
        self._introspection = Introspection(issuer, client_id, client_key, tls)

    @classmethod
    def connect(
        cls, issuer: str, audience: str, client_id: str, client_key: str, *, tls: ssl.SSLContext | None = None
    ) -> Verifier:
        """Starts to follow the feed, and returns at once: if the server is down, everything is 503 until it is up.
        The id and the key are those of the resource server with this audience."""
        verifier = cls(issuer, audience, client_id, client_key, tls=tls)
        verifier.start()
        return verifier

    def start(self) -> None:
        """Starts the threads where they do not run: in a process that was forked, the first `verify` does it, too."""
        self._follower.ensure_started()

    def wait_until_ready(self, seconds: float = 5.0) -> bool:
        """Blocks until tokens can be decided, at most so long. For the start of a worker."""
        self.start()
        return self._follower.wait_until_ready(seconds)

    def verify(self, token: str, requirement: Requirement | str | Iterable[str] | None = None) -> VerifiedToken:
        """Does no IO. Raises `Refused`, whose `status` is 401, 403 or 503, unless the token is active and covers the
        scopes that are required."""
        self._follower.ensure_started()
        return self._judge.judge(token, Requirement.of(requirement))

    def verify_or_introspect(
        self, token: str, requirement: Requirement | str | Iterable[str] | None = None
    ) -> VerifiedToken:
        """As `verify`, but asks the server where that cannot tell: after the lease, and for opaque tokens. Blocks for
        seconds at most."""
        wanted = Requirement.of(requirement)
        if not Introspection.is_opaque(token):
            try:
                return self.verify(token, wanted)
            except Refused as refused:
                if not refused.is_undecided:
                    raise
        return self._introspection.ask(token, wanted, self.audience)

    def status(self) -> Status:
        feed, keys, (boot_ms, wall) = self._judge.feed, self._judge.keys, self._judge.clocks()
        pair = feed.pair
        trusted = pair is not None and pair.is_trusted(boot_ms, wall)
        return Status(
            ready=self._follower.is_ready(),
            instance=feed.instance,
            cluster=pair.cluster if pair else None,
            position=pair.position if pair else None,
            entries=len(pair.revocations) if pair else 0,
            lease_ms=pair.lease_until - boot_ms if pair and trusted else 0,
            problem=feed.problem,
            keys=tuple(keys.keys),
            key_problem=keys.problem,
        )

    def close(self) -> None:
        """Stops the threads. What is asked afterwards is 503 when the lease is over."""
        self._follower.stop()
        self._introspection.close()

    def __enter__(self) -> Verifier:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Verifier(issuer={self.issuer!r}, audience={self.audience!r})"
