"""Strict JSON: UTF-8, no repeated member, no NaN, no lone surrogate."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

_SURROGATE = re.compile("[\ud800-\udfff]")


class NotStrict(ValueError):
    """The text is not strict JSON."""


def parse_strict(data: bytes) -> Any:
    try:
        text = data.decode("utf-8")
        return _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise NotStrict("not strict JSON") from error


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(members)
    if len(made) != len(members):
        raise NotStrict("a member is repeated")
    # Only an escape can bring a lone surrogate past the decoder of UTF-8.
    for name, value in members:
        if _SURROGATE.search(name) or has_surrogate(value):
            raise NotStrict("a lone surrogate")
    return made


def has_surrogate(value: Any) -> bool:
    """Of a text, or of a list of texts. Objects are checked when they are made."""
    if isinstance(value, str):
        return _SURROGATE.search(value) is not None
    return isinstance(value, list) and any(has_surrogate(one) for one in value)


def _constant(name: str) -> NoReturn:
    raise NotStrict(f"{name} is no JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)


def is_whole(value: object, least: int, most: int) -> bool:
    """Whether it is a whole number within the bounds; `True` is none."""
    return type(value) is int and least <= value <= most
