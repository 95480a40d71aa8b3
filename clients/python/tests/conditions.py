"""Waiting by condition, and what every test of a running verifier needs."""

import time
from collections.abc import Callable

from claviger import Refused, Verifier

AUDIENCE = "https://builds.example.org"


def eventually(condition: Callable[[], object], seconds: float = 30.0) -> None:
    """Fails if the condition does not get true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not get true"
        time.sleep(0.005)


def status_of(verifier: Verifier, token: str, wanted: str | None = None) -> int:
    """200, or the status of the refusal."""
    try:
        verifier.verify(token, wanted)
    except Refused as refused:
        return refused.status
    return 200
