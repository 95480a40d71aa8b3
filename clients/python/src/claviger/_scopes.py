"""Scopes, and which of them imply others."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_WORD = "[a-z][a-z0-9_-]{0,63}"
_SCOPE = re.compile(f"{_WORD}|{_WORD}(/[A-Za-z0-9._-]{{1,128}})?:{_WORD}")


def is_scope(text: str) -> bool:
    """`type:action`, `type/name:action` or a word."""
    return _SCOPE.fullmatch(text) is not None


def implies(held: str, wanted: str) -> bool:
    """`x:read-update` implies `x:read`, and `type:action` implies `type/name:action`. The two compose."""
    if held == wanted:
        return True
    target, separator, action = held.partition(":")
    wanted_target, wanted_separator, wanted_action = wanted.partition(":")
    if not separator or not wanted_separator:
        return False
    if action != wanted_action and (action, wanted_action) != ("read-update", "read"):
        return False
    return target == wanted_target or target == wanted_target.partition("/")[0]


@dataclass(frozen=True)
class Requirement:
    """The scopes that a request needs, all of them. Without any, an active token suffices."""

    scopes: tuple[str, ...] = ()

    @classmethod
    def of(cls, wanted: Requirement | str | Iterable[str] | None) -> Requirement:
        """From scopes separated by spaces, or from several. A text that is no scope raises `ValueError`."""
        if isinstance(wanted, Requirement):
            return wanted
        scopes = tuple(wanted.split()) if isinstance(wanted, str) else tuple(wanted or ())
        for scope in scopes:
            if not is_scope(scope):
                raise ValueError(f"{scope!r} is no scope: type:action, type/name:action or a word")
        return cls(scopes)

    def is_covered_by(self, held: Iterable[str]) -> bool:
        held = tuple(held)
        return all(any(implies(one, wanted) for one in held) for wanted in self.scopes)

    def __str__(self) -> str:
        return " ".join(self.scopes)
