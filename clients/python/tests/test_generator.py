"""The committed vectors are those of their generator, apart from the keys, which each run makes anew."""

import json
import sys
from typing import Any

import pytest
from test_vectors import VECTORS


def shape(value: Any) -> Any:
    """Without keys, and without what is signed with them."""
    if isinstance(value, dict):
        hidden = {"kid", "x", "y", "n", "usable"}
        shown = {name: shape(one) for name, one in value.items() if name not in hidden}
        if "verdict" in shown and "step" not in shown:
            shown |= {name: ... for name in ("token", "parts") if name in shown}
            shown["name"] = shown["name"] if "kid" not in shown["name"] else "kid"
        return shown
    if isinstance(value, list):
        return [shape(one) for one in value]
    return value


def test_committed_vectors_are_those_of_the_generator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(VECTORS))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    from generate import vectors  # type: ignore[import-not-found]

    made = json.loads(json.dumps(vectors()))
    for name, value in made.items():
        committed = json.loads((VECTORS / name).read_text())
        if name == "feed.json":
            assert value.pop("tokens").keys() == committed.pop("tokens").keys()
        assert shape(committed) == shape(value), name
