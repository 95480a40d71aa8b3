"""The set of revocations: what the feed has told, in 32 bytes an entry once there are many. A set never changes: adding
makes another one that shares what it can."""

from __future__ import annotations

import hashlib
import os
import struct
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from ._token import LAST_POSITION, UnverifiedToken, grant_of

#: After every position: a token or key is ended whatever its position is.
_EVERY_POSITION = LAST_POSITION + 1
#: An entry is kept this much longer than the feed demands, for a wall clock that is set back a little.
FORGETTING_MARGIN_SECONDS = 60
_RECORD = struct.Struct(">16sQQ")
_SMALLEST_RUN = 1_024
_DIGEST_KEY = os.urandom(16)


class Entry(NamedTuple):
    """An entry of the feed: the thing that it is about, and which tokens of it are dead."""

    kind: str
    name: str
    before: int
    forget_after: int
    #: From when on it counts; 0 is at once.
    since: int

    @classmethod
    def ending(cls, kind: str, name: str, forget_after: int, since: int) -> Entry:
        return cls(kind, name, _EVERY_POSITION, forget_after, since)


def _digest(kind: str, name: str) -> bytes:
    """128 bits: equal for two things never in practice, also by intent, since the key is of this process."""
    return hashlib.blake2b(f"{kind}\0{name}".encode(), digest_size=16, key=_DIGEST_KEY).digest()


def _later(known: tuple[int, int] | None, entry: Entry) -> tuple[int, int]:
    before, forget_after = known or (0, 0)
    return max(before, entry.before), max(forget_after, entry.forget_after)


class _Run:
    """Sorted records in one piece of memory, as a sequence of their digests."""

    def __init__(self, packed: bytes = b"") -> None:
        self.packed = packed

    def __len__(self) -> int:
        return len(self.packed) // _RECORD.size

    def __getitem__(self, index: int) -> bytes:
        return self.packed[index * _RECORD.size : index * _RECORD.size + 16]

    def find(self, digest: bytes) -> tuple[int, int] | None:
        index = bisect_left(self, digest)
        if index < len(self) and self[index] == digest:
            _, before, forget_after = _RECORD.unpack_from(self.packed, index * _RECORD.size)
            return before, forget_after
        return None


@dataclass(frozen=True)
class Revocations:
    """Immutable: `run` and `recent` are never changed once they are here."""

    run: _Run = field(default_factory=_Run)
    #: Digest → (before, forget_after).
    recent: dict[bytes, tuple[int, int]] = field(default_factory=dict)
    #: With `from`, few: (digest, from) → (before, forget_after).
    dated: dict[tuple[bytes, int], tuple[int, int]] = field(default_factory=dict)
    #: The wall clock by which entries were forgotten last.
    forgotten_at: int = 0

    def __len__(self) -> int:
        return len(self.run) + sum(self.run.find(digest) is None for digest in self.recent) + len(self.dated)

    def with_entries(self, entries: Iterable[Entry], wall: int) -> Revocations:
        entries = list(entries)
        if not entries:
            return self._forgetting(wall)
        recent, dated = dict(self.recent), dict(self.dated)
        for entry in entries:
            # Not by a later clock than the one that is noted: it may be set back.
            if entry.forget_after + FORGETTING_MARGIN_SECONDS < self.forgotten_at:
                continue
            digest = _digest(entry.kind, entry.name)
            if entry.since > 0:
                place = digest, entry.since
                dated[place] = _later(dated.get(place), entry)
            else:
                recent[digest] = _later(recent.get(digest) or self.run.find(digest), entry)
        return replace(self, recent=recent, dated=dated)._merged()._forgetting(wall)

    def end(self, token: UnverifiedToken, wall: int) -> bool:
        """Whether an entry ends the token."""
        claims = token.claims
        position, jti = claims["pos"], claims["jti"]
        things = [
            ("credential", claims["client_id"]),
            ("token", jti),
            ("key", token.kid),
            ("resource_server", claims["aud"]),
            ("realm", ""),
        ]
        grant = grant_of(jti)
        if grant is not None:
            things.append(("token", grant))
        digests = [_digest(kind, name) for kind, name in things]
        for digest in digests:
            found = self.recent.get(digest) or self.run.find(digest)
            if found is not None and position < found[0]:
                return True
        return any(
            digest in digests and since <= wall and position < before
            for (digest, since), (before, _) in self.dated.items()
        )

    def _merged(self) -> Revocations:
        """Packs recent entries when there are many of them, compared with what is packed."""
        if len(self.recent) <= max(_SMALLEST_RUN, len(self.run) // 16):
            return self
        return replace(self, run=_Run(self._packed(self.forgotten_at)), recent={})

    def _forgetting(self, wall: int) -> Revocations:
        """Looks through all entries once a minute of the wall clock."""
        if wall < self.forgotten_at + FORGETTING_MARGIN_SECONDS:
            return self
        limit = wall - FORGETTING_MARGIN_SECONDS
        recent = {digest: found for digest, found in self.recent.items() if found[1] >= limit}
        dated = {place: found for place, found in self.dated.items() if found[1] >= limit}
        run = self.run
        if len(run):
            run = _Run(replace(self, recent={})._packed(wall))
        return Revocations(run, recent, dated, wall)

    def _packed(self, wall: int) -> bytes:
        size, packed, recent = _RECORD.size, self.run.packed, self.recent
        records = [packed[at : at + size] for at in range(0, len(packed), size)]
        records = [record for record in records if record[:16] not in recent]
        records += [_RECORD.pack(digest, *found) for digest, found in recent.items()]
        limit = max(wall - FORGETTING_MARGIN_SECONDS, 0).to_bytes(8, "big", signed=False)
        records = [record for record in records if record[24:] >= limit]
        records.sort()
        return b"".join(records)
