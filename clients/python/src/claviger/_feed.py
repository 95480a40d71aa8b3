"""How a verifier follows the feed: what it asks, and what an answer does. No IO and no clock; one thread drives it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from ._answer import Answer, Lie, parse_answer
from ._revocations import FORGETTING_MARGIN_SECONDS, Entry, Revocations

#: A set of more pages than this, of 10,000 entries each, is a lie.
_MAX_PAGES = 1_000

APPLIED, PAGE, IGNORED, DROPPED = "applied", "page", "ignored", "dropped"


@dataclass(frozen=True)
class Pair:
    """A set, and until when it may be trusted: one immutable value, replaced as a whole."""

    revocations: Revocations
    #: On the boot clock, in milliseconds; over at that very moment.
    lease_until: int
    cluster: str
    position: int

    def is_trusted(self, boot_ms: int, wall: int) -> bool:
        """Not after the clock was set back: what was forgotten by the later time may matter again."""
        return boot_ms < self.lease_until and wall >= self.revocations.forgotten_at - FORGETTING_MARGIN_SECONDS


@dataclass
class _Pages:
    """A paging that is under way."""

    started_ms: int
    first: Answer
    lease_ms: int
    entries: list[Entry] = field(default_factory=list)
    cursors: list[str] = field(default_factory=list)


class Feed:
    """`pair` may be read by any thread; all else belongs to the one that polls."""

    def __init__(self) -> None:
        self.pair: Pair | None = None
        #: Why the last answer was not applied.
        self.problem: str | None = "the feed has not answered yet"
        self.instance = secrets.token_urlsafe(16)
        self._nonce = ""
        self._pages: _Pages | None = None
        #: The highest position that was applied, and its cluster. It outlives the set.
        self._floor: tuple[str, int] | None = None

    def request(self, wall: int) -> dict[str, str]:
        """The query of the next request. It acknowledges what was applied, and nothing else."""
        pair = self.pair
        if pair is not None and wall < pair.revocations.forgotten_at - FORGETTING_MARGIN_SECONDS:
            self._drop("the wall clock was set back")
            pair = None
        self._nonce = secrets.token_urlsafe(16)
        query = {"verifier": self.instance, "nonce": self._nonce, "wait": "1"}
        if pair is not None:
            query |= {"after": str(pair.position), "cluster": pair.cluster}
        if self._pages is not None:
            query["cursor"] = self._pages.cursors[-1]
        return query

    def apply(self, sent_ms: int, answer: tuple[int, bytes] | Exception, wall: int) -> str:
        """`sent_ms` is the boot clock before the request was sent. Returns what became of the answer."""
        if isinstance(answer, Exception):
            return self._ignore(f"no answer: {answer}")
        status, body = answer
        if status != 200:
            return self._ignore(f"the feed answered {status}")
        try:
            return self._apply(sent_ms, parse_answer(body, self._nonce), wall)
        except Lie as lie:
            return self._drop(str(lie))

    def _apply(self, sent_ms: int, answer: Answer, wall: int) -> str:
        if self._floor is not None and answer.cluster == self._floor[0] and answer.position < self._floor[1]:
            # A page that goes back behind the first is a lie of its own.
            if self._pages is None or answer.position >= self._pages.first.position:
                return self._ignore(f"the feed went back to position {answer.position}")
        pages = self._pages
        if pages is None:
            self._check_start(answer)
            pages = _Pages(sent_ms, answer, answer.lease_ms)
        else:
            self._check_page(pages, answer)
        pages.entries += answer.entries
        pages.lease_ms = min(pages.lease_ms, answer.lease_ms)
        if answer.next is not None:
            if answer.next in pages.cursors or len(pages.cursors) >= _MAX_PAGES:
                raise Lie("the pages of the answer do not end")
            pages.cursors.append(answer.next)
            self._pages = pages
            return PAGE
        return self._finish(pages, wall)

    def _check_start(self, answer: Answer) -> None:
        pair = self.pair
        if not answer.complete and pair is None:
            raise Lie("there is a gap: the answer is not complete, and nothing was known")
        if not answer.complete and pair is not None and answer.cluster != pair.cluster:
            raise Lie("there is a gap: the answer is not complete, and of another cluster")

    @staticmethod
    def _check_page(pages: _Pages, answer: Answer) -> None:
        first = pages.first
        same = answer.cluster == first.cluster and answer.complete == first.complete
        if not same or answer.position < first.position:
            raise Lie("a page does not belong to the first one")

    def _finish(self, pages: _Pages, wall: int) -> str:
        first, pair = pages.first, self.pair
        known = pair.revocations if pair is not None and not first.complete else Revocations()
        until = pages.started_ms + pages.lease_ms
        self.pair = Pair(known.with_entries(pages.entries, wall), until, first.cluster, first.position)
        self._floor = (first.cluster, first.position)
        self._pages, self.problem = None, None
        return APPLIED

    def _ignore(self, why: str) -> str:
        self._pages, self.problem = None, why
        return IGNORED

    def _drop(self, why: str) -> str:
        self.pair, self._pages = None, None
        self.problem = f"{why}; the set was dropped"
        return DROPPED
