"""Two threads beside the service: one polls the feed, one fetches keys. After a fork the child starts its own."""

from __future__ import annotations

import random
import ssl
import threading
import time

from ._answer import MAX_ANSWER_BYTES
from ._feed import APPLIED, DROPPED, PAGE, Feed
from ._fork import at_fork
from ._http import FEED_TIMEOUT_SECONDS, TIMEOUT_SECONDS, Endpoint
from ._judge import Judge
from ._keys import MAX_SET_BYTES

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0
#: Least time between two answers that bring nothing new: a server that does not wait is not asked in a loop.
_QUIET_PAUSE = 0.1
_TOO_MANY = 429
_TOO_MANY_PAUSE = 5.0


class Follower:
    """Keeps a judge's keys and revocations in step with the server."""

    def __init__(self, judge: Judge, client_id: str, client_key: str, context: ssl.SSLContext | None) -> None:
        self._judge = judge
        timeouts = FEED_TIMEOUT_SECONDS, TIMEOUT_SECONDS
        self._endpoints = [
            Endpoint(judge.issuer, client_id, client_key, context, timeout=timeout) for timeout in timeouts
        ]
        self._reset()
        at_fork(self)

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._news = threading.Condition()
        self._threads: list[threading.Thread] = []

    def ensure_started(self) -> None:
        """Cheap when it runs, which is nearly always."""
        if self._threads:
            return
        with self._lock:
            if self._threads or self._stopped.is_set():
                return
            works = {"claviger-feed": self._follow, "claviger-keys": self._renew_keys}
            threads = [threading.Thread(target=work, name=name, daemon=True) for name, work in works.items()]
            for thread in threads:
                thread.start()
            self._threads = threads

    def forget_parent(self) -> None:
        """In the child of a fork: its threads are gone, and what the parent was granted is not the child's. The child
        is a verifier of its own, with a random id of its own."""
        self._reset()
        self._judge.feed = Feed()
        self._judge.keys.renew_locks()
        for endpoint in self._endpoints:
            endpoint.close()

    def stop(self) -> None:
        self._stopped.set()
        with self._judge.keys.changed:
            self._judge.keys.changed.notify_all()
        for endpoint in self._endpoints:
            endpoint.abort()
        for thread in self._threads:
            thread.join(timeout=10)

    def wait_until_ready(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        with self._news:
            while not self.is_ready():
                left = deadline - time.monotonic()
                if left <= 0 or self._stopped.is_set():
                    return False
                self._news.wait(left)
        return True

    def is_ready(self) -> bool:
        pair = self._judge.feed.pair
        return bool(self._judge.keys.keys) and pair is not None and pair.is_trusted(*self._judge.clocks())

    def _tell(self) -> None:
        with self._news:
            self._news.notify_all()

    def _follow(self) -> None:
        endpoint, feed, stopped = self._endpoints[0], self._judge.feed, self._stopped
        failures = 0
        while not stopped.is_set():
            before, started = feed.pair, time.monotonic()
            outcome, status = self._poll(endpoint, feed)
            self._tell()
            after = feed.pair
            if outcome in (APPLIED, PAGE):
                # Not by a whole set alone: a feed that lies about what follows would be asked for it in a loop.
                failures = 0 if before is not None else failures
                news = outcome == PAGE or before is None or after is None or before.position != after.position
                pause = 0.0 if news else max(0.0, _QUIET_PAUSE - (time.monotonic() - started))
            else:
                # A set that was dropped is fetched anew at once, but not again and again.
                longest = _TOO_MANY_PAUSE if status == _TOO_MANY else _LONGEST_PAUSE
                pause = min(_FIRST_PAUSE * 2 ** min(failures, 10), longest) * random.uniform(0.8, 1.0)  # noqa: S311
                pause = longest if status == _TOO_MANY else 0.0 if outcome == DROPPED and failures == 0 else pause
                failures += 1
            if pause:
                stopped.wait(pause)
        endpoint.close()

    def _poll(self, endpoint: Endpoint, feed: Feed) -> tuple[str, int | None]:
        query = feed.request(self._judge.clocks()[1])
        sent_ms, _ = self._judge.clocks()
        answer: tuple[int, bytes] | Exception
        try:
            answer = endpoint.get("/revocations", query, most=MAX_ANSWER_BYTES)
        except Exception as error:
            answer = error
        status = answer[0] if isinstance(answer, tuple) else None
        return feed.apply(sent_ms, answer, self._judge.clocks()[1]), status

    def _renew_keys(self) -> None:
        endpoint, keys, stopped = self._endpoints[1], self._judge.keys, self._stopped
        while not stopped.is_set():
            with keys.changed:
                due = keys.due_in_ms(self._judge.clocks()[0])
                if due > 0:
                    # A newly wanted key wakes this up, and may make it due earlier.
                    keys.changed.wait(min(due, 1_000) / 1_000)
                    continue
            sought = keys.begin_fetch(self._judge.clocks()[0])
            answer: bytes | Exception
            try:
                status, body = endpoint.get_public("/oauth2/jwks", most=MAX_SET_BYTES)
                answer = body if status == 200 else OSError(f"the key set was answered with {status}")
            except Exception as error:
                answer = error
            keys.finish_fetch(sought, answer, self._judge.clocks()[0])
            self._tell()
        endpoint.close()
