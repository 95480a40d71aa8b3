"""How a verifier follows the feed: leases, sets, pages, and answers that are late or lost."""

from collections.abc import Iterator
from typing import Any

from .feed_script import OTHER_CLUSTER, Script, credential, realm, token
from .scene import CLIENT, JTI, OTHER_CLIENT, OTHER_JTI

ACCEPTED, INVALID, UNDECIDED = "accepted", "invalid", "undecided"


def lease_scripts() -> Iterator[Script]:
    yield (
        Script("no answer yet: only what is invalid by itself is decided")
        .check(0, UNDECIDED)
        .check(0, INVALID, "expired")
        .check(0, INVALID, "forged")
        .check(0, UNDECIDED, required=["admin"])
        .raw(0, None)
        .check(100, UNDECIDED)
        .raw(200, {"status": 503, "body_text": ""})
        .check(300, UNDECIDED)
        .answer(400, 200)
        .check(500, ACCEPTED)
    )
    yield (
        Script("the lease counts from the request, and is over at its end")
        .answer(0, 200, took=900)
        .check(2_999, ACCEPTED)
        .check(3_000, UNDECIDED)
        .check(3_000, INVALID, "expired")
        .check(3_000, UNDECIDED, required=["admin"])
    )
    yield (
        Script("each answer renews the lease, also without an entry")
        .answer(0, 200)
        .answer(2_000, 200, after=200, took=900)
        .check(4_999, ACCEPTED)
        .check(5_000, UNDECIDED)
        .answer(9_000, 205, after=200)
        .check(9_100, ACCEPTED)
        .answer(9_500, 205, after=205)
        .check(9_600, ACCEPTED)
    )
    yield (
        Script("no set is used beyond its lease, not even to refuse")
        .answer(0, 200, [credential(CLIENT, 101)])
        .check(2_999, INVALID)
        .check(3_000, UNDECIDED)
    )
    yield (
        Script("an answer after its own lease is applied and acknowledged, and grants nothing")
        .answer(0, 200)
        .answer(1_000, 201, [credential(CLIENT, 101)], after=200, took=3_500)
        .check(4_600, UNDECIDED)
        .answer(4_700, 201, after=201)
        .check(4_800, INVALID)
    )
    yield (
        Script("a shorter lease of the answer counts")
        .answer(0, 200, changes={"lease_ms": 500})
        .check(499, ACCEPTED)
        .check(500, UNDECIDED)
    )
    for status in (400, 401, 403, 404, 429, 500, 502, 503):
        yield (
            Script(f"status {status} grants nothing and drops nothing")
            .answer(0, 200, [token(OTHER_JTI)])
            .raw(500, {"status": status, "body_text": '{"error":"x"}'}, after=200)
            .check(2_999, ACCEPTED)
            .check(2_999, INVALID, "position 101")
            .check(3_000, UNDECIDED)
            .answer(3_100, 200, after=200)
            .check(3_200, ACCEPTED)
            .check(3_200, INVALID, "position 101")
        )
    yield (
        Script("no connection grants nothing and drops nothing")
        .answer(0, 200)
        .raw(500, None, after=200)
        .check(2_999, ACCEPTED)
        .check(3_000, UNDECIDED)
    )


def set_scripts() -> Iterator[Script]:
    yield (
        Script("incremental answers add up")
        .answer(0, 200, [token(JTI)])
        .answer(100, 201, [credential(OTHER_CLIENT, 101)], after=200)
        .held(2)
        .check(200, INVALID)
        .check(200, INVALID, "other client")
        .check(200, ACCEPTED, "position 101")
    )
    yield (
        Script("a complete answer replaces the set")
        .answer(0, 200, [token(JTI)])
        .answer(100, 300, [token(OTHER_JTI)], after=200, complete=True)
        .held(1)
        .check(200, ACCEPTED)
        .check(200, INVALID, "position 101")
        .answer(300, 300, after=300)
    )
    yield (
        Script("another cluster with its whole set: everything starts anew, at a lower position too")
        .answer(0, 200, [token(OTHER_JTI)])
        .answer(100, 90, [realm(100)], after=200, cluster=OTHER_CLUSTER, complete=True)
        .check(200, ACCEPTED)
        .check(200, INVALID, "position 99")
        .held(1)
        .answer(300, 91, after=90, asked=OTHER_CLUSTER, cluster=OTHER_CLUSTER)
        .check(3_200, ACCEPTED)
    )
    yield (
        Script("an answer below `after` is ignored")
        .answer(0, 200, [token(OTHER_JTI)])
        .answer(500, 199, after=200, outcome="ignored")
        .check(2_999, ACCEPTED)
        .check(2_999, INVALID, "position 101")
        .check(3_000, UNDECIDED)
        .answer(3_100, 200, after=200)
        .check(3_200, ACCEPTED)
    )
    yield (
        Script("a complete answer below `after` is ignored too")
        .answer(0, 200, [token(JTI)])
        .answer(500, 199, after=200, complete=True, outcome="ignored")
        .check(2_999, INVALID)
        .check(3_000, UNDECIDED)
        .answer(3_100, 200, after=200)
        .check(3_200, INVALID)
    )
    yield (
        Script("positions never go back, not even after the set was dropped")
        .answer(0, 200, [token(JTI)])
        .answer(500, 201, after=200, changes={"nonce": "x"}, outcome="dropped")
        .answer(600, 199, outcome="ignored")
        .check(700, UNDECIDED)
        .answer(800, 200, [token(JTI)])
        .check(900, INVALID)
        .check(900, ACCEPTED, "position 101")
    )


def page_scripts() -> Iterator[Script]:
    first = [token(OTHER_JTI)]
    yield (
        Script("pages: nothing is granted before the last, then from the first page's request")
        .answer(0, 200, first, next="b", outcome="page")
        .check(100, UNDECIDED)
        .answer(500, 200, [credential(OTHER_CLIENT, 101)], cursor="b", next="c", outcome="page")
        .check(600, UNDECIDED)
        .answer(1_000, 200, [token(JTI + OTHER_JTI)], cursor="c", took=500)
        .held(3)
        .check(1_600, ACCEPTED)
        .check(1_600, INVALID, "position 101")
        .check(1_600, INVALID, "other client")
        .check(1_600, INVALID, "of a grant")
        .check(2_999, ACCEPTED)
        .check(3_000, UNDECIDED)
    )
    yield (
        Script("pages: the last one comes after the lease of the first")
        .answer(0, 200, first, next="b", outcome="page")
        .answer(2_900, 200, [token(JTI)], cursor="b", took=200)
        .check(3_200, UNDECIDED)
        .answer(3_300, 200, after=200)
        .check(3_400, INVALID)
        .check(3_400, INVALID, "position 101")
    )
    yield (
        Script("pages of an incremental answer: the old lease goes on, and is not extended")
        .answer(0, 200)
        .answer(1_000, 210, first, after=200, next="b", outcome="page")
        .check(2_999, ACCEPTED)
        .check(3_000, UNDECIDED)
        .answer(3_100, 210, [token(JTI)], after=200, cursor="b")
        .check(3_200, INVALID)
        .check(3_200, INVALID, "position 101")
        .check(3_999, INVALID)
        .check(4_000, UNDECIDED)
        .answer(4_100, 210, after=210)
    )
    yield (
        Script("pages: a complete one replaces the set when the last page is in")
        .answer(0, 200, [token(JTI)])
        .answer(500, 300, first, after=200, complete=True, next="b", outcome="page")
        .check(600, INVALID)
        .answer(700, 300, after=200, complete=True, cursor="b")
        .check(800, ACCEPTED)
        .check(800, INVALID, "position 101")
        .check(3_499, ACCEPTED)
        .check(3_500, UNDECIDED)
    )
    yield (
        Script("pages: a later page may be of a later position, the first page's counts")
        .answer(0, 200, first, next="b", outcome="page")
        .answer(100, 205, [token(JTI)], cursor="b")
        .check(200, INVALID)
        .answer(300, 206, after=200)
    )
    yield (
        Script("pages: after a failure it starts again with the first page")
        .answer(0, 200, first, next="b", outcome="page")
        .raw(100, {"status": 503, "body_text": ""}, cursor="b")
        .answer(200, 200, first, next="d", outcome="page")
        .raw(300, None, cursor="d")
        .answer(400, 201, [token(JTI)])
        .held(1)
        .check(500, INVALID)
        .check(500, ACCEPTED, "position 101")
    )
    odd: list[tuple[str, dict[str, Any]]] = [
        ("of a lower position", {"position": 199}),
        ("of another cluster", {"position": 200, "cluster": OTHER_CLUSTER}),
        ("not complete, after one that was", {"position": 200, "complete": False}),
        ("with the nonce of another request", {"position": 200, "changes": {"nonce": "x"}}),
        ("that leads to itself", {"position": 200, "next": "b"}),
    ]
    for name, page in odd:
        yield (
            Script(f"pages: an old page or one {name} is a lie")
            .answer(0, 200, first, next="b", outcome="page")
            .answer(100, cursor="b", outcome="dropped", **page)
            .check(200, UNDECIDED)
            .answer(300, 200)
            .check(400, ACCEPTED)
        )
