"""Tokens that are valid or invalid by themselves, whatever the feed says."""

from collections.abc import Iterator
from typing import Any

from . import forged_tokens
from .scene import (
    AUDIENCE,
    CLIENT,
    END_POSITION,
    ISSUER,
    JTI,
    LAST_POSITION,
    LEEWAY_SECONDS,
    MAX_TOKEN_SECONDS,
    NOW,
    OTHER_AUDIENCE,
    OTHER_CLIENT,
    OTHER_JTI,
    Keys,
    claims,
)
from .signing import complement, text

ACCEPTED, INVALID, INSUFFICIENT = "accepted", "invalid", "insufficient_scope"


def case(name: str, token: Any, verdict: str | list[str], **more: Any) -> dict[str, Any]:
    """A token is a text, or a list of texts and of `[text, count]`, which stands for a repetition."""
    given = {"token": token} if isinstance(token, str) else {"parts": token}
    return {"name": name, **given, "verdict": verdict, **more}


def cases(keys: Keys) -> Iterator[dict[str, Any]]:
    yield from good(keys)
    yield from times(keys)
    yield from wrong_claims(keys)
    yield from bounds(keys)
    yield from scopes(keys)
    for name, token, key_set in forged_tokens.forged(keys):
        yield case(name, token, INVALID, **({"key_set": key_set} if key_set else {}))


def good(keys: Keys) -> Iterator[dict[str, Any]]:
    for key in (keys.es256, keys.eddsa, keys.rs256, keys.ps256):
        yield case(f"valid {key.alg}", key.sign(claims()), ACCEPTED)
        yield case(f"valid {key.alg}, set with foreign keys", key.sign(claims()), ACCEPTED, key_set="foreign")
    key = keys.es256
    yield case("whole realm: aud is the issuer", key.sign(claims(aud=ISSUER)), ACCEPTED)
    yield case("no scope, no groups", key.sign(claims(scope=..., groups=...)), ACCEPTED)
    yield case("empty list of groups", key.sign(claims(groups=[])), ACCEPTED)
    yield case("group names of any script", key.sign(claims(groups=["夜間", 'a"b', "é"])), ACCEPTED)
    yield case("jti of a token with a refresh token", key.sign(claims(jti=JTI + OTHER_JTI)), ACCEPTED)
    yield case(
        "members in another order, with spaces",
        key.sign_text(
            f'{{ "kid" : "{key.kid}", "typ": "at+jwt", "alg":"ES256" }}',
            "{ " + text(dict(reversed(claims().items())))[1:-1] + " }",
        ),
        ACCEPTED,
    )
    for typ in ("application/at+jwt", "AT+JWT", "Application/At+Jwt"):
        yield case(f"typ {text(typ)}", key.sign(claims(), typ=typ), ACCEPTED)
    members = {"x": 1, "cty": "JWT", "zip": "DEF", "jku": "http://127.0.0.1:9/keys", "jwk": keys.unknown.jwk, "x5c": []}
    for name, value in members.items():
        yield case(f"member {name} of the header is ignored", key.sign(claims(), **{name: value}), ACCEPTED)
    # Whoever knows the extension refuses it, and whoever does not ignores it: the claims are encoded all the same.
    yield case("b64 is false, not critical", key.sign(claims(), b64=False), [ACCEPTED, INVALID])
    for claim, value in {"nbf": NOW - 60, "cnf": {"jkt": JTI}, "later": [{"a": None}, 1.5, True]}.items():
        yield case(f"claim {claim} is ignored", key.sign(claims(**{claim: value})), ACCEPTED)
    yield case("other valid signature: complement of s", complement(key.sign(claims())), ACCEPTED)
    yield case("key of the next set", keys.next.sign(claims()), ACCEPTED, key_set="rotated")
    yield case("key that was rotated out", key.sign(claims()), INVALID, key_set="rotated")


def times(keys: Keys) -> Iterator[dict[str, Any]]:
    token = keys.es256.sign(claims())
    yield case("last second", token, ACCEPTED, now=NOW + 3_599)
    yield case("expired: at exp", token, INVALID, now=NOW + 3_600)
    yield case("expired: after exp", token, INVALID, now=NOW + 3_601)
    yield case("iat at the leeway", token, ACCEPTED, now=NOW - 60 - LEEWAY_SECONDS)
    yield case("not yet valid: iat beyond the leeway", token, INVALID, now=NOW - 61 - LEEWAY_SECONDS)
    ahead = claims(iat=NOW + LEEWAY_SECONDS + 1)
    yield case("not yet valid: iat ahead", keys.es256.sign(ahead), INVALID)
    longest = MAX_TOKEN_SECONDS + LEEWAY_SECONDS
    yield case("longest lifetime", keys.es256.sign(claims(exp=NOW - 60 + longest)), ACCEPTED)
    yield case("lifetime too long", keys.es256.sign(claims(exp=NOW - 60 + longest + 1)), INVALID)
    yield case("exp before iat", keys.es256.sign(claims(iat=NOW + 30, exp=NOW + 29)), INVALID)


def wrong_claims(keys: Keys) -> Iterator[dict[str, Any]]:
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("iss of another realm", {"iss": ISSUER.replace("acme", "other")}),
        ("iss of another realm, realm too", {"iss": ISSUER.replace("acme", "other"), "realm": "other"}),
        ("iss with a slash", {"iss": ISSUER + "/"}),
        ("iss in capitals", {"iss": ISSUER.replace("tokens", "TOKENS")}),
        ("iss without TLS", {"iss": ISSUER.replace("https", "http")}),
        ("iss is a list", {"iss": [ISSUER]}),
        ("aud of another service", {"aud": OTHER_AUDIENCE}),
        ("aud with a slash", {"aud": AUDIENCE + "/"}),
        ("aud is a list", {"aud": [AUDIENCE]}),
        ("aud is null", {"aud": None}),
        ("aud is empty", {"aud": ""}),
        ("realm is not that of the issuer", {"realm": "other"}),
        ("realm is no label", {"realm": "Acme"}),
        ("sub is not client_id", {"sub": OTHER_CLIENT}),
        ("client_id is not sub", {"client_id": OTHER_CLIENT}),
        ("sub is no id", {"sub": "nightly", "client_id": "nightly"}),
        ("scope is a list", {"scope": ["ci:read"]}),
        ("groups is a text", {"groups": "builders"}),
        ("groups is null", {"groups": None}),
    ]
    for bad in ("1900003600", 1900003600.0, 1900003600.5, -1, 1 << 63, 1 << 70, None, True, [NOW + 3_600]):
        shown = "a list" if isinstance(bad, list) else text(bad)
        wrong += [
            (f"exp is {shown}", {"exp": bad}),
            (f"iat is {shown}", {"iat": bad}),
            (f"pos is {shown}", {"pos": bad}),
        ]
    for name in claims():
        if name not in ("scope", "groups"):
            wrong.append((f"no {name}", {name: ...}))
    for name, changes in wrong:
        yield case(name, keys.es256.sign(claims(**changes)), INVALID)


def bounds(keys: Keys) -> Iterator[dict[str, Any]]:
    scope = " ".join(f"s{index:03}:read" for index in range(409)) + " xxxxxx"
    assert len(scope) == 4_096, len(scope)
    largest = {"scope": scope, "groups": [f"{index:02}" + "g" * 33 for index in range(50)], "jti": JTI + OTHER_JTI}
    good_ones: list[tuple[str, dict[str, Any]]] = [
        ("largest token", largest),
        ("last position", {"pos": LAST_POSITION}),
        ("position 0", {"pos": 0}),
        ("jti of one character", {"jti": "a"}),
        ("jti of 64 characters", {"jti": "a" * 64}),
    ]
    bad_ones: list[tuple[str, dict[str, Any]]] = [
        ("position at the end of every log", {"pos": END_POSITION}),
        ("position after the end of every log", {"pos": END_POSITION + 1}),
        ("jti is empty", {"jti": ""}),
        ("jti of 65 characters", {"jti": "a" * 65}),
        ("jti with a space", {"jti": "a b"}),
        ("jti with NUL", {"jti": "a\0"}),
        ("jti is not ASCII", {"jti": "ä"}),
        ("scope is empty", {"scope": ""}),
        ("scope with two spaces", {"scope": "ci:read  source:read"}),
        ("scope in capitals", {"scope": "CI:read"}),
        ("scope too long", {"scope": scope + "x"}),
        ("too many groups", {"groups": ["g"] * 51}),
        ("group name with a control character", {"groups": ["a\u0007"]}),
        ("group name too long", {"groups": ["g" * 65]}),
        ("group name is empty", {"groups": [""]}),
        ("audience too long", {"aud": AUDIENCE + "/" + "x" * 2_048}),
    ]
    for verdict, changed in ((ACCEPTED, good_ones), (INVALID, bad_ones)):
        for name, changes in changed:
            yield case(name, keys.es256.sign(claims(**changes)), verdict)


def scopes(keys: Keys) -> Iterator[dict[str, Any]]:
    held = keys.es256.sign(claims(scope="ci:read source:read-update studio/one:view tool"))
    for wanted, verdict in [
        ([], ACCEPTED),
        (["ci:read"], ACCEPTED),
        (["source:read"], ACCEPTED),
        (["source:read-update"], ACCEPTED),
        (["ci/any.thing-1:read"], ACCEPTED),
        (["source/one:read"], ACCEPTED),
        (["studio/one:view"], ACCEPTED),
        (["tool"], ACCEPTED),
        (["ci:read", "tool"], ACCEPTED),
        (["ci:read-update"], INSUFFICIENT),
        (["studio:view"], INSUFFICIENT),
        (["studio/two:view"], INSUFFICIENT),
        (["source:create"], INSUFFICIENT),
        (["source:delete"], INSUFFICIENT),
        (["tool:read"], INSUFFICIENT),
        (["cix:read"], INSUFFICIENT),
        (["ci:read", "admin"], INSUFFICIENT),
    ]:
        yield case(f"needs {' and '.join(wanted) or 'nothing'}", held, verdict, required=wanted)
    none = keys.es256.sign(claims(scope=...))
    yield case("needs a scope, has none", none, INSUFFICIENT, required=["ci:read"])
    yield case("expired and without the scope", none, INVALID, required=["ci:read"], now=NOW + 3_600)
    other = keys.es256.sign(claims(client_id=CLIENT, aud=OTHER_AUDIENCE))
    yield case("for another service, with the scope", other, INVALID, required=["ci:read"])
