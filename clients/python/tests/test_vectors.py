"""The shared vectors, whose format `contract/vectors/README.md` defines."""

import json
from pathlib import Path
from typing import Any

import pytest

from claviger._feed import Feed
from claviger._judge import Judge
from claviger._keys import KeyStore, parse_key_set
from claviger._scopes import Requirement
from claviger.refused import Refused

VECTORS = Path(__file__).parents[3] / "contract/vectors"


def load(name: str) -> Any:
    return json.loads((VECTORS / name).read_text())


KEY_SETS, TOKENS, FEED = load("key_sets.json"), load("tokens.json"), load("feed.json")
NAMES = {401: "invalid", 403: "insufficient_scope", 503: "undecided"}


class Clocks:
    def __init__(self) -> None:
        self.boot, self.wall = 0, 0


class Bench:
    """A verifier without threads."""

    def __init__(self, given: Any, key_set: str) -> None:
        self.clocks, self.keys = Clocks(), KeyStore()
        self.keys.finish_fetch(frozenset(), json.dumps(KEY_SETS[key_set]["key_set"]).encode(), 0)
        assert self.keys.problem is None
        self.judge = Judge(
            given["issuer"], given["audience"], self.keys, lambda: self.clocks.boot, lambda: self.clocks.wall
        )

    def verdict(self, token: str, required: list[str]) -> str:
        try:
            self.judge.judge(token, Requirement.of(required))
        except Refused as refused:
            return NAMES[refused.status]
        return "accepted"


def answer(position: int, nonce: str) -> tuple[int, bytes]:
    body = {
        "cluster": "c", "position": position, "nonce": nonce, "lease_ms": 3_000, "complete": True, "next": None,
        "entries": [],
    }  # fmt: skip
    return 200, json.dumps(body).encode()


@pytest.mark.parametrize("name", KEY_SETS)
def test_usable_keys_of_a_set(name: str) -> None:
    assert set(parse_key_set(json.dumps(KEY_SETS[name]["key_set"]).encode())) == set(KEY_SETS[name]["usable"])


def token_of(case: Any) -> str:
    if "token" in case:
        return str(case["token"])
    return "".join(part if isinstance(part, str) else part[0] * part[1] for part in case["parts"])


@pytest.mark.parametrize("case", TOKENS["cases"], ids=lambda case: case["name"])
def test_token(case: Any) -> None:
    bench = Bench(TOKENS, case.get("key_set", "all"))
    bench.clocks.wall = case.get("now", TOKENS["now"])
    feed = bench.judge.feed
    assert feed.apply(0, answer(1, feed.request(bench.clocks.wall)["nonce"]), bench.clocks.wall) == "applied"
    token, required = token_of(case), case.get("required", [])
    verdict = bench.verdict(token, required)
    if verdict == "undecided":
        # A well-formed kid that is not in the set: the set is fetched once more.
        again = json.dumps(KEY_SETS[case.get("key_set", "all")]["key_set"]).encode()
        bench.keys.finish_fetch(bench.keys.begin_fetch(30_000), again, 30_000)
        verdict = bench.verdict(token, required)
    assert verdict in one_of(case["verdict"])


def body_of(response: Any, nonce: str) -> bytes:
    if "body_text" in response:
        return str(response["body_text"]).replace("$nonce", nonce).encode()
    body = dict(response["body"])
    repeated = body.get("entries")
    if isinstance(repeated, dict):
        body["entries"] = [repeated["repeat"]] * repeated["count"]
    return json.dumps(body).replace("$nonce", nonce).encode()


def one_of(expected: str | list[str]) -> list[str]:
    return expected if isinstance(expected, list) else [expected]


@pytest.mark.parametrize("script", FEED["scripts"], ids=lambda script: script["name"])
def test_feed(script: Any) -> None:
    bench = Bench(FEED, FEED["key_set"])
    feed: Feed = bench.judge.feed
    nonces = set()
    for number, step in enumerate(script["steps"]):
        told = f"step {number}: {step}"
        if step["step"] == "poll":
            query = feed.request(bench.clocks.wall)
            nonce, instance = query.pop("nonce"), query.pop("verifier")
            assert nonce not in nonces and instance == feed.instance, told
            nonces.add(nonce)
            assert query == step["request"], told
            response, received = step["response"], step["received"]
            bench.clocks.boot, bench.clocks.wall = received["boot_ms"], received["wall"]
            given = OSError("refused") if response is None else (response["status"], body_of(response, nonce))
            assert feed.apply(step["sent_boot_ms"], given, bench.clocks.wall) in one_of(step["outcome"]), told
            assert step["outcome"] not in ("ignored", "dropped") or feed.problem, told
            assert step["outcome"] != "applied" or feed.problem is None, told
        elif step["step"] == "check":
            bench.clocks.boot, bench.clocks.wall = step["boot_ms"], step["wall"]
            assert bench.verdict(FEED["tokens"][step["token"]], step["required"]) in one_of(step["verdict"]), told
        else:
            assert feed.pair is not None and len(feed.pair.revocations) == step["entries"], told
