"""What a child process must not share with its parent: locks, threads, connections, and what the parent was granted."""

from __future__ import annotations

import os
import weakref
from typing import Protocol


class Forkable(Protocol):
    def forget_parent(self) -> None: ...


_ALL: weakref.WeakSet[Forkable] = weakref.WeakSet()


def at_fork(one: Forkable) -> None:
    """Calls its `forget_parent` in every child, as long as it exists."""
    _ALL.add(one)


def _after_fork() -> None:
    for one in list(_ALL):
        one.forget_parent()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
