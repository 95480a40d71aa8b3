#!/usr/bin/env python3
"""Writes the test vectors beside this file: key_sets.json, tokens.json, feed.json. Needs the package `cryptography`."""

import json
from pathlib import Path
from typing import Any

from generator import feed_cases, feed_faults, token_cases
from generator.scene import AUDIENCE, ISSUER, NOW, Keys

FOLDER = Path(__file__).parent


def write(name: str, value: Any) -> None:
    (FOLDER / name).write_text(json.dumps(value, indent=1, ensure_ascii=True) + "\n")


def unique(named: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = [one["name"] for one in named]
    assert len(names) == len(set(names)), sorted(name for name in names if names.count(name) > 1)
    return named


def main() -> None:
    keys = Keys()
    usable = keys.usable()
    sets = {name: {"usable": usable[name], "key_set": value} for name, value in keys.sets().items()}
    write("key_sets.json", sets)
    common = {"issuer": ISSUER, "audience": AUDIENCE}
    write("tokens.json", {**common, "now": NOW, "cases": unique(list(token_cases.cases(keys)))})
    scripts = [
        *feed_cases.entry_scripts(keys), *feed_faults.lease_scripts(), *feed_faults.set_scripts(),
        *feed_faults.page_scripts(), *feed_faults.lie_scripts(),
    ]
    write("feed.json", {
        **common, "key_set": "all", "tokens": feed_cases.tokens(keys), "scripts": unique([one.done() for one in scripts]),
    })


if __name__ == "__main__":
    main()
