"""What entries do: which tokens each kind ends, and when."""

from collections.abc import Iterator

from .feed_script import FORGET_AFTER, LEASE_MS, Script, credential, key, realm, resource_server, token
from .scene import (
    AUDIENCE,
    CLIENT,
    END_POSITION,
    ISSUER,
    JTI,
    LAST_POSITION,
    NOW,
    OTHER_AUDIENCE,
    OTHER_CLIENT,
    OTHER_JTI,
    Keys,
    claims,
)

ACCEPTED, INVALID, UNDECIDED = "accepted", "invalid", "undecided"


def tokens(keys: Keys) -> dict[str, str]:
    """All of client `CLIENT` at position 100, unless the name says otherwise."""
    made = {
        "plain": keys.es256.sign(claims()),
        "position 99": keys.es256.sign(claims(pos=99, jti=OTHER_JTI)),
        "position 101": keys.es256.sign(claims(pos=101, jti=OTHER_JTI)),
        "last position": keys.es256.sign(claims(pos=LAST_POSITION, jti=OTHER_JTI)),
        "whole realm": keys.es256.sign(claims(aud=ISSUER, jti=OTHER_JTI)),
        "other client": keys.es256.sign(claims(sub=OTHER_CLIENT, client_id=OTHER_CLIENT, jti=OTHER_JTI)),
        "other key": keys.eddsa.sign(claims(jti=OTHER_JTI)),
        "of a grant": keys.es256.sign(claims(jti=JTI + OTHER_JTI)),
        "expires in 5 seconds": keys.es256.sign(claims(exp=NOW + 5, jti=OTHER_JTI)),
        "expired": keys.es256.sign(claims(exp=NOW - 1)),
        "forged": keys.unknown.sign(claims(), kid=keys.es256.kid),
    }
    return made


def entry_scripts(keys: Keys) -> Iterator[Script]:
    cuts = {
        "credential": (credential(CLIENT, 100), credential(CLIENT, 101), ["other client"]),
        "resource server": (resource_server(AUDIENCE, 100), resource_server(AUDIENCE, 101), ["whole realm"]),
        "realm": (realm(100), realm(101), []),
    }
    for kind, (same, later, others) in cuts.items():
        script = Script(f"{kind}: a token at the position of the cut is alive, an older one is dead")
        script.answer(0, 200, [same]).check(100, ACCEPTED).check(100, INVALID, "position 99")
        script.answer(200, 201, [later], after=200).check(300, INVALID).check(300, ACCEPTED, "position 101")
        for other in others:
            script.check(300, ACCEPTED, other)
        yield script
    ends = {
        "credential": credential(CLIENT, LAST_POSITION),
        "resource server": resource_server(AUDIENCE, LAST_POSITION),
        "realm": realm(LAST_POSITION),
    }
    for kind, entry in ends.items():
        yield (
            Script(f"{kind}: a cut at the end of every log ends every token")
            .answer(0, 200, [entry])
            .check(100, INVALID)
            .check(100, ACCEPTED, "last position")
            .answer(200, 201, [{**entry, "before": END_POSITION}], after=200)
            .check(300, INVALID, "last position")
        )
    yield (
        Script("token: that one alone")
        .answer(0, 200)
        .check(100, ACCEPTED)
        .answer(200, 201, [token(JTI)], after=200)
        .check(300, INVALID)
        .check(300, ACCEPTED, "position 101")
        .check(300, INVALID, "of a grant")
    )
    yield (
        Script("token: the grant ends all its tokens, a token of it ends alone")
        .answer(0, 200, [token(JTI + OTHER_JTI)])
        .check(100, INVALID, "of a grant")
        .check(100, ACCEPTED)
        .answer(200, 201, [token(JTI)], after=200)
        .check(300, INVALID, "of a grant")
        .check(300, INVALID)
    )
    yield (
        Script("key: all tokens that it signed, at any position")
        .answer(0, 200, [key(keys.es256.kid)])
        .check(100, INVALID)
        .check(100, INVALID, "last position")
        .check(100, ACCEPTED, "other key")
    )
    yield (
        Script("resource server: another one's entry changes nothing")
        .answer(0, 200, [resource_server(OTHER_AUDIENCE, END_POSITION)])
        .check(100, ACCEPTED)
    )
    yield (
        Script("realm: ends tokens of every client, key and audience")
        .answer(0, 200, [realm(101)])
        .check(100, INVALID)
        .check(100, INVALID, "other client")
        .check(100, INVALID, "other key")
        .check(100, INVALID, "whole realm")
        .check(100, ACCEPTED, "position 101")
    )
    yield (
        Script("the highest position counts, in whatever order the entries come")
        .answer(0, 200, [credential(CLIENT, 101), credential(CLIENT, 50)])
        .check(100, INVALID)
        .answer(200, 201, [credential(CLIENT, 60)], after=200)
        .check(300, INVALID)
        .held(1)
    )
    yield (
        Script("an entry ends a token although its scope is insufficient")
        .answer(0, 200, [credential(CLIENT, 101)])
        .check(100, INVALID, required=["admin"])
        .check(100, "insufficient_scope", "position 101", ["admin"])
    )
    yield (
        Script("unknown members are ignored")
        .answer(0, 200, [credential(CLIENT, 101, comment="x")], changes={"later": {"a": 1}})
        .check(100, INVALID)
        .check(100, ACCEPTED, "position 101")
    )
    yield from dated(keys)
    yield from forgetting()


def dated(keys: Keys) -> Iterator[Script]:
    """Entries with `from`."""
    for kind, entry in {
        "credential": credential(CLIENT, END_POSITION),
        "token": token(JTI),
        "key": key(keys.es256.kid),
        "resource server": resource_server(AUDIENCE, END_POSITION),
        "realm": realm(END_POSITION),
    }.items():
        yield (
            Script(f"dated ahead: {kind} ends at the second of `from`, without another answer")
            .answer(0, 200, [{**entry, "from": NOW + 2}])
            .check(1_999, ACCEPTED)
            .check(2_000, INVALID)
            .check(2_900, INVALID)
            .check(2_900, ACCEPTED if kind == "token" else INVALID, "last position")
        )
    yield (
        Script("dated in the past: in force at once")
        .answer(0, 200, [credential(CLIENT, 101, **{"from": NOW - 5})])
        .check(100, INVALID)
    )
    yield (
        Script("dated ahead beside one in force: both count")
        .answer(0, 200, [credential(CLIENT, 100), credential(CLIENT, END_POSITION, **{"from": NOW + 2})])
        .check(100, ACCEPTED)
        .check(100, INVALID, "position 99")
        .check(100, ACCEPTED, "last position")
        .check(2_000, INVALID)
        .check(2_000, INVALID, "last position")
    )
    yield (
        Script("dated ahead, then cut at once: does not wait for its time")
        .answer(0, 200, [credential(CLIENT, END_POSITION, **{"from": NOW + 1_000})])
        .check(100, ACCEPTED)
        .answer(200, 201, [credential(CLIENT, 101)], after=200)
        .check(300, INVALID)
        .check(300, ACCEPTED, "position 101")
    )


def forgetting() -> Iterator[Script]:
    day = 100_000_000
    yield (
        Script("an entry is held until the last second before forget_after")
        .answer(0, 200, [credential(CLIENT, 101, forget_after=NOW + 3)])
        .check(2_999, INVALID)
        .held(1)
    )
    yield (
        Script("an entry is not held forever")
        .answer(0, 200, [credential(CLIENT, 101), token(JTI)])
        .held(2)
        .answer(day, 200, after=200)
        .held(0)
    )
    yield (
        Script("an entry that matters no more is not taken in")
        .answer(0, 200, [credential(CLIENT, 101, forget_after=NOW - 7_200)])
        .held(0)
    )
    yield (
        Script("the later forget_after counts")
        .answer(0, 200, [credential(CLIENT, 101, forget_after=NOW + 1)])
        .answer(500, 201, [credential(CLIENT, 101, forget_after=FORGET_AFTER)], after=200)
        .answer(2_500, 201, after=201)
        .check(2_600, INVALID)
    )
    # Whoever forgets by a wrong clock must not accept by the right one.
    yield (
        Script("a clock that was ahead and is set back revives no token")
        .answer(0, 200, [credential(CLIENT, 101)])
        .check(100, INVALID)
        .set_wall_clock(200_000)
        .answer(500, 200, after=200, outcome=["applied", "dropped"])
        .set_wall_clock(0)
        .check(700, [INVALID, UNDECIDED])
    )
    # Seconds after `NOW` at the first answer, when the entry comes, and after the clock is set back. With and without
    # a minute between the answers, and for verifiers that keep entries for a minute or an hour.
    for first, late, back in ((0, 30, 0), (10, 69, 0), (10, 75, 0), (35, 90, 0), (61, 120, 2), (3_620, 3_670, 0)):
        entry = credential(CLIENT, 101, forget_after=NOW + 5)
        yield (
            Script(f"an entry that comes {late - 5} s late revives no token when the clock is set back {late - back} s")
            .set_wall_clock(first)
            .answer(0, 200)
            .set_wall_clock(late)
            .answer(500, 201, [entry], after=200, outcome=["applied", "dropped"])
            .set_wall_clock(back)
            .check(700, [INVALID, UNDECIDED], "expires in 5 seconds")
        )
    assert LEASE_MS > 2_999
