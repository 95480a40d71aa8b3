"""Answers that are no right answers: lies, garbage and gaps."""

from collections.abc import Iterator
from typing import Any

from .feed_script import CLUSTER, LEASE_MS, OTHER_CLUSTER, Script, credential, token
from .scene import CLIENT, JTI, OTHER_CLIENT

ACCEPTED, UNDECIDED = "accepted", "undecided"


def lie_scripts() -> Iterator[Script]:
    lies: list[tuple[str, dict[str, Any]]] = [
        ("the nonce of another request", {"nonce": "AAAAAAAAAAAAAAAAAAAAAA"}),
        ("no nonce", {"nonce": ...}),
        ("no cluster", {"cluster": ...}),
        ("an empty cluster", {"cluster": ""}),
        ("no position", {"position": ...}),
        ("a position that is a text", {"position": "201"}),
        ("a negative position", {"position": -1}),
        ("a position that is no whole number", {"position": 201.5}),
        ("a position beyond 2^53", {"position": (1 << 53) + 2}),
        ("no lease", {"lease_ms": ...}),
        ("a lease of 0", {"lease_ms": 0}),
        ("a negative lease", {"lease_ms": -1}),
        ("a lease of more than a minute", {"lease_ms": 60_001}),
        ("a lease that is a text", {"lease_ms": "3000"}),
        ("no word whether it is complete", {"complete": ...}),
        ("complete is a text", {"complete": "true"}),
        ("next is a number", {"next": 1}),
        ("next is empty", {"next": ""}),
        ("no entries", {"entries": ...}),
        ("entries that are null", {"entries": None}),
        ("an entry that is a text", {"entries": ["x"]}),
        ("an unknown kind of entry", {"entries": [{"kind": "tenant", "before": 1, "forget_after": 2_000_000_000}]}),
        ("an entry without kind", {"entries": [{"before": 1, "forget_after": 2_000_000_000}]}),
        (
            "a credential without client_id",
            {"entries": [{"kind": "credential", "before": 1, "forget_after": 2_000_000_000}]},
        ),
        ("a credential whose id is none", {"entries": [credential("nightly", 1)]}),
        ("a credential without before", {"entries": [{**credential(CLIENT, 1), "before": None}]}),
        ("before beyond 2^53", {"entries": [credential(OTHER_CLIENT, (1 << 53) + 2)]}),
        ("before is a text", {"entries": [{**credential(CLIENT, 1), "before": "1"}]}),
        ("an entry without forget_after", {"entries": [{"kind": "token", "jti": JTI}]}),
        ("from is a text", {"entries": [token(JTI, **{"from": "1900000000"})]}),
        ("a token without jti", {"entries": [{"kind": "token", "forget_after": 2_000_000_000}]}),
        ("a key without kid", {"entries": [{"kind": "key", "forget_after": 2_000_000_000}]}),
        (
            "a resource server without audience",
            {"entries": [{"kind": "resource_server", "before": 1, "forget_after": 2_000_000_000}]},
        ),
        ("more than 10,000 entries", {"entries": {"repeat": credential(OTHER_CLIENT, 1), "count": 10_001}}),
    ]
    for name, changes in lies:
        yield (
            Script(f"a lie: {name}")
            .answer(0, 200)
            .answer(500, 201, after=200, changes=changes, outcome="dropped")
            .check(600, UNDECIDED)
            .answer(700, 201)
            .check(800, ACCEPTED)
        )
    whole = (
        f'{{"cluster":"{CLUSTER}","position":201,"nonce":"$nonce","lease_ms":3000,'
        '"complete":false,"next":null,"entries":[]'
    )
    for name, body in [
        ("nothing", ""),
        ("a page of a proxy", "<html>It works</html>"),
        ("null", "null"),
        ("a list", "[]"),
        ("cut short", whole),
        ("followed by more", whole + "}{}"),
        ("a member twice", whole + ',"position":201}'),
        (
            "a member of an entry twice",
            whole.replace("[]", '[{"kind":"key","kid":"a","kid":"b","forget_after":2000000000}]') + "}",
        ),
    ]:
        yield (
            Script(f"garbage: {name}")
            .answer(0, 200)
            .raw(500, {"status": 200, "body_text": body}, after=200, outcome="dropped")
            .check(600, UNDECIDED)
            .answer(700, 201)
            .check(800, ACCEPTED)
        )
    yield (
        Script("a gap: not complete, although nothing was known")
        .answer(0, 200, complete=False, outcome="dropped")
        .check(100, UNDECIDED)
        .answer(200, 200)
        .check(300, ACCEPTED)
    )
    yield (
        Script("a gap: not complete, of another cluster")
        .answer(0, 200)
        .answer(500, 300, after=200, cluster=OTHER_CLUSTER, outcome="dropped")
        .check(600, UNDECIDED)
        .answer(700, 300, cluster=OTHER_CLUSTER)
        .check(800, ACCEPTED)
    )
    assert LEASE_MS == 3_000
