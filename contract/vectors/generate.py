#!/usr/bin/env python3
"""Writes the test vectors beside this file: key_sets.json, tokens.json, feed.json. Needs the package `cryptography`."""

import json
from pathlib import Path
from typing import Any

from generator import feed_cases, feed_faults, feed_lies, token_cases
from generator.scene import AUDIENCE, ISSUER, NOW, Keys

FOLDER = Path(__file__).parent


def unique(named: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = [one["name"] for one in named]
    assert len(names) == len(set(names)), sorted(name for name in names if names.count(name) > 1)
    return named


def vectors() -> dict[str, Any]:
    """File name → content, with new keys."""
    keys = Keys()
    usable = keys.usable()
    common = {"issuer": ISSUER, "audience": AUDIENCE}
    scripts = [
        *feed_cases.entry_scripts(keys),
        *feed_faults.lease_scripts(),
        *feed_faults.set_scripts(),
        *feed_faults.page_scripts(),
        *feed_lies.lie_scripts(),
    ]
    return {
        "key_sets.json": {name: {"usable": usable[name], "key_set": value} for name, value in keys.sets().items()},
        "tokens.json": {**common, "now": NOW, "cases": unique(list(token_cases.cases(keys)))},
        "feed.json": {
            **common,
            "key_set": "all",
            "tokens": feed_cases.tokens(keys),
            "scripts": unique([script.done() for script in scripts]),
        },
    }


if __name__ == "__main__":
    for name, value in vectors().items():
        (FOLDER / name).write_text(json.dumps(value, indent=1, ensure_ascii=True) + "\n")
