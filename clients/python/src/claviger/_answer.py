"""An answer of the feed, parsed strictly. Whatever is not a right answer to its request is a lie."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ._json import NotStrict, is_whole, parse_strict
from ._revocations import Entry
from ._token import is_uuid

#: The largest answer has 10,000 entries with audiences of 2,048 bytes.
MAX_ANSWER_BYTES = 32 * 1024 * 1024
MAX_LEASE_MS = 60_000
_MAX_ENTRIES = 10_000
#: The largest integer that every reader of JSON represents exactly.
_MAX_POSITION = 1 << 53
_LATEST = 253_402_300_799
#: The member that names the thing, and whether a position goes with it.
_KINDS = {
    "credential": ("client_id", True),
    "token": ("jti", False),
    "key": ("kid", False),
    "resource_server": ("audience", True),
    "realm": (None, True),
}


class Lie(Exception):
    """An answer that contradicts itself, its request or what is known."""


@dataclass(frozen=True)
class Answer:
    cluster: str
    position: int
    lease_ms: int
    complete: bool
    next: str | None
    entries: list[Entry]


def parse_answer(body: bytes, nonce: str) -> Answer:
    try:
        value = parse_strict(body)
    except NotStrict as error:
        raise Lie(f"the answer is {error}") from error
    if not isinstance(value, dict):
        raise Lie("the answer is no object")
    if value.get("nonce") != nonce:
        raise Lie("the answer is to another request: its nonce differs")
    cluster, following, entries = value.get("cluster"), value.get("next", ...), value.get("entries")
    if not isinstance(cluster, str) or not 1 <= len(cluster) <= 256:
        raise Lie("the answer names no cluster")
    if not is_whole(value.get("position"), 0, _MAX_POSITION):
        raise Lie("the answer has no position")
    if not is_whole(value.get("lease_ms"), 1, MAX_LEASE_MS):
        raise Lie("the answer has no lease of at most a minute")
    if not isinstance(value.get("complete"), bool):
        raise Lie("the answer does not say whether it is complete")
    if following is not None and not (isinstance(following, str) and 1 <= len(following) <= 4_096):
        raise Lie("the cursor of the answer is no text")
    if not isinstance(entries, list) or len(entries) > _MAX_ENTRIES:
        raise Lie("the answer has no list of at most 10,000 entries")
    return Answer(cluster, value["position"], value["lease_ms"], value["complete"], following, list(_entries(entries)))


def _entries(listed: list[Any]) -> Iterator[Entry]:
    for entry in listed:
        kind = entry.get("kind") if isinstance(entry, dict) else None
        if kind not in _KINDS:
            raise Lie("the answer has an entry of an unknown kind, which this version cannot apply")
        member, has_position = _KINDS[kind]
        name = entry.get(member) if member else ""
        since = entry.get("from", 0)
        if not isinstance(name, str) or (member and not 1 <= len(name) <= 2_048):
            raise Lie(f"an entry of the kind {kind} has no {member}")
        if kind == "credential" and not is_uuid(name):
            raise Lie("an entry of the kind credential names no credential")
        if not is_whole(entry.get("forget_after"), 0, _LATEST) or not is_whole(since, 0, _LATEST):
            raise Lie(f"an entry of the kind {kind} has no valid time")
        if not has_position:
            yield Entry.ending(kind, name, entry["forget_after"], since)
        elif is_whole(entry.get("before"), 0, _MAX_POSITION):
            yield Entry(kind, name, entry["before"], entry["forget_after"], since)
        else:
            raise Lie(f"an entry of the kind {kind} has no position")
