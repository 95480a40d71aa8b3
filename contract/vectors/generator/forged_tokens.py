"""Tokens that no verifier may accept: forged, malformed, of another kind (RFC 8725; JK-07, JK-08, BC-01 to BC-06)."""

from collections.abc import Iterator
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from .scene import Keys, claims
from .signing import authenticate, encode, loosened, text

Forged = tuple[str, Any, str | None]

OTHER_TYPES = [
    "application/jwt",
    "application/rt+jwt",
    "application/application/at+jwt",
    "text/at+jwt",
    "/at+jwt",
    "at",
    "at+jwt ",
    "application/at+jwt;x=1",
    "at+jwt\0",
    "",
    "JWT",
    "jwt",
    "JOSE",
    "JOSE+JSON",
    "rt+jwt",
    "dpop+jwt",
    "secevent+jwt",
    "token-introspection+jwt",
    "statuslist+jwt",
    "client-authentication+jwt",
    "logout+jwt",
]


def forged(keys: Keys) -> Iterator[Forged]:
    for name, token in (*algorithms(keys), *headers(keys), *signatures(keys), *spellings(keys), *payloads(keys)):
        yield name, token, None
    for key, name in [
        (keys.short, "RSA key of 1,024 bits"),
        (keys.p384, "algorithm that is not ours"),
        (keys.encryption, "key for encryption"),
        (keys.mislabeled, "key under another algorithm"),
        (keys.unnamed, "key without kid"),
    ]:
        yield name, key.sign(claims()), "foreign"


def algorithms(keys: Keys) -> Iterator[tuple[str, Any]]:
    for key in (keys.es256, keys.rs256):
        for alg in ("none", "None", "NONE", "nOnE", ""):
            head = encode(text({**key.header(), "alg": alg}).encode())
            body = encode(text(claims()).encode())
            yield f"alg {alg or 'empty'}, no signature, key {key.alg}", f"{head}.{body}."
            yield f"alg {alg or 'empty'}, signature of {key.alg}", key.sign(claims(), alg=alg)
    for key in (keys.rs256, keys.es256, keys.eddsa):
        header = {**key.header(), "alg": "HS256"}
        secrets = {"PEM": key.pem(), "PEM without its last line feed": key.pem().strip(), "JWK": text(key.jwk).encode()}
        for form, secret in secrets.items():
            yield f"HS256 with the public {key.alg} key as {form}", authenticate(secret, header, claims())
    yield "HS256 with an empty key", authenticate(b"", {**keys.es256.header(), "alg": "HS256"}, claims())
    for key, alg in [(keys.rs256, "PS256"), (keys.ps256, "RS256")]:
        header = {**key.header(), "alg": alg}
        token = key.sign_text(text(header), text(claims()), alg)
        yield f"{alg} with a key that is for {key.alg}", token
    for alg in ("ES384", "EdDSA", "RS256", "es256", "ES256 ", "ES256K", None, ["ES256"], 1):
        yield f"header says alg {text(alg)}, signed with ES256", keys.es256.sign(claims(), alg=alg)
    yield "no alg", keys.es256.sign(claims(), alg=...)


def headers(keys: Keys) -> Iterator[tuple[str, Any]]:
    key = keys.es256
    for typ in OTHER_TYPES:
        yield f"typ {text(typ)}", key.sign(claims(), typ=typ)
    for typ in (None, ["at+jwt"], 1):
        yield f"typ is {text(typ)}", key.sign(claims(), typ=typ)
    yield "no typ", key.sign(claims(), typ=...)
    yield "no kid", key.sign(claims(), kid=...)
    for kid in (
        None,
        1,
        "",
        "../../etc/passwd",
        "' OR 1=1 --",
        "a\0b",
        key.kid + "\0",
        key.kid + " ",
        "http://127.0.0.1/",
    ):
        yield f"kid {text(kid)}", key.sign(claims(), kid=kid)
    yield "unknown kid", keys.unknown.sign(claims())
    yield "kid of another key", keys.unknown.sign(claims(), kid=key.kid)
    yield "kid of a key of another algorithm", key.sign(claims(), kid=keys.eddsa.kid)
    long = encode(text({**key.header(), "kid": "a" * 10_240}).encode())
    yield "kid of 10 KiB", key.sign_parts(long, encode(text(claims()).encode()))
    members: list[tuple[str, dict[str, Any]]] = [
        ("crit of an unknown extension", {"crit": ["x"], "x": 1}),
        ("crit of a known claim", {"crit": ["exp"]}),
        ("crit is empty", {"crit": []}),
        ("b64 is false", {"b64": False, "crit": ["b64"]}),
        ("b64 is true", {"b64": True, "crit": ["b64"]}),
        ("crit is null", {"crit": None}),
    ]
    for name, changes in members:
        yield name, key.sign(claims(), **changes)
    own = keys.unknown
    for name, value in [
        ("jwk", own.jwk),
        ("jku", "http://127.0.0.1:9/keys"),
        ("x5u", "http://127.0.0.1:9/chain"),
        ("x5c", ["AAAA"]),
    ]:
        yield f"{name} in the header, its own key", own.sign(claims(), **{name: value})
        yield f"{name} in the header, its own key, known kid", own.sign(claims(), kid=key.kid, **{name: value})
    kid, body = key.kid, text(claims())
    for name, header in [
        ("typ", f'{{"typ":"at+jwt","typ":"at+jwt","alg":"ES256","kid":"{kid}"}}'),
        ("alg", f'{{"typ":"at+jwt","alg":"none","alg":"ES256","kid":"{kid}"}}'),
        ("kid", f'{{"typ":"at+jwt","alg":"ES256","kid":"x","kid":"{kid}"}}'),
        ("kid, escaped", f'{{"typ":"at+jwt","alg":"ES256","kid":"{kid}","\\u006bid":"{kid}"}}'),
    ]:
        yield f"header with {name} twice", key.sign_text(header, body)
    for name, header in [
        ("a list", "[]"),
        ("a text", '"at+jwt"'),
        ("null", "null"),
        ("empty", ""),
        ("not JSON", "{"),
        ("followed by more", text(key.header()) + "{}"),
        ("led by a byte order mark", "\ufeff" + text(key.header())),
    ]:
        yield f"header is {name}", key.sign_text(header, body)
    start, end = encode(b'{"typ":"at+jwt","alg":"ES256","kid":"'), encode(b'"}')
    yield "header of 1 MiB", [start, ["YWFh", 262_144], end, ".", encode(body.encode()), ".", "A" * 86]
    # A valid signature over a header that is padded with spaces beyond the largest token.
    pad = encode(text(key.header()).encode() + b" " * (-len(text(key.header())) % 3))
    count = 9_000
    signature = encode(key.signature(pad + "ICAg" * count + "." + encode(body.encode())))
    yield "valid but for its 36 KB of spaces", [pad, ["ICAg", count], ".", encode(body.encode()), ".", signature]


def signatures(keys: Keys) -> Iterator[tuple[str, Any]]:
    valid = keys.es256.sign(claims())
    signed, signature = valid.rsplit(".", 1)
    head, body = signed.split(".")
    yield "signature of other claims", f"{head}.{encode(text(claims(scope='admin')).encode())}.{signature}"
    yield (
        "signature of another header",
        f"{encode(text({**keys.es256.header(), 'kid': keys.next.kid}).encode())}.{body}.{signature}",
    )
    yield "no signature", signed + "."
    yield "zero signature", f"{signed}.{encode(bytes(64))}"
    yield "signature of ones", f"{signed}.{encode(bytes([255]) * 64)}"
    yield "signature with r = 0", f"{signed}.{encode(bytes(32) + bytes([1]) * 32)}"
    yield "signature cut short", valid[:-4]
    yield "signature with a byte more", f"{signed}.{encode(keys.es256.signature(signed) + bytes(1))}"
    yield "signature in DER", f"{signed}.{encode(der(keys, signed))}"
    yield "zero signature of EdDSA", keys.eddsa.sign(claims()).rsplit(".", 1)[0] + "." + encode(bytes(64))
    yield "zero signature of RS256", keys.rs256.sign(claims()).rsplit(".", 1)[0] + "." + encode(bytes(256))
    yield "zero signature of PS256", keys.ps256.sign(claims()).rsplit(".", 1)[0] + "." + encode(bytes(256))


def der(keys: Keys, signed: str) -> bytes:
    return keys.es256.private.sign(signed.encode(), ec.ECDSA(hashes.SHA256()))


def spellings(keys: Keys) -> Iterator[tuple[str, Any]]:
    """Each is signed as it is spelled, so that the spelling alone is wrong."""
    key = keys.es256
    valid = key.sign(claims())
    head, body, signature = valid.split(".")
    header, payload = text(key.header()).encode(), text(claims()).encode()
    # A space more, until the last group is not whole.
    loose_header = encode(header + b" " * (1 if len(header) % 3 == 0 else 0))
    loose_payload = encode(payload + b" " * (1 if len(payload) % 3 == 0 else 0))
    yield "header in non-canonical base64url", key.sign_parts(loosened(loose_header), body)
    yield "claims in non-canonical base64url", key.sign_parts(head, loosened(loose_payload))
    yield "signature in non-canonical base64url", f"{head}.{body}.{loosened(signature)}"
    padded = loose_header + "=" * (-len(loose_header) % 4)
    yield "header with padding", key.sign_parts(padded, body)
    padded = loose_payload + "=" * (-len(loose_payload) % 4)
    yield "claims with padding", key.sign_parts(head, padded)
    yield "signature with padding", valid + "=="
    plain = encode(payload[:-1] + b" " * (-(len(payload)) % 3) + b"}")
    yield "claims with a line feed", key.sign_parts(head, plain[:8] + "\n" + plain[8:])
    yield "claims with a space", key.sign_parts(head, plain[:8] + " " + plain[8:])
    plus = encode(text(claims(groups=["ÿÿÿ>>>???"])).encode()).replace("-", "+").replace("_", "/")
    assert {"+", "/"} & set(plus)
    yield "claims in base64 of the other alphabet", key.sign_parts(head, plus)
    yield from [
        ("trailing letter", valid + "A"),
        ("trailing dot", valid + "."),
        ("trailing part", valid + ".AAAA"),
        ("trailing line feed", valid + "\n"),
        ("trailing NUL", valid + "\0"),
        ("leading space", " " + valid),
        ("with its scheme", "Bearer " + valid),
        ("in quotes", f'"{valid}"'),
        ("two parts", f"{head}.{body}"),
        ("one part", head),
        ("five parts, as an encrypted token", f"{head}..AAAA.{body}.{signature}"),
        ("empty", ""),
        ("dots alone", ".."),
        ("not ASCII", valid[:-1] + "é"),
    ]
    flattened = {"payload": body, "protected": head, "signature": signature}
    yield "JSON serialization, flattened", text(flattened)
    yield "JSON serialization", text({"payload": body, "signatures": [{"protected": head, "signature": signature}]})


def payloads(keys: Keys) -> Iterator[tuple[str, Any]]:
    key, header = keys.es256, text(keys.es256.header())
    valid = text(claims())
    for name, payload in [
        ("exp twice", valid[:-1] + f',"exp":{claims()["exp"]}}}'),
        ("scope twice", valid[:-1] + ',"scope":"admin"}'),
        ("aud twice, escaped", valid[:-1] + f',"\\u0061ud":"{claims()["aud"]}"}}'),
        ("followed by more", valid + "{}"),
        ("led by a byte order mark", "\ufeff" + valid),
        ("a list", f"[{valid}]"),
        ("an empty object", "{}"),
        ("a text", text(valid)),
        ("null", "null"),
        ("empty", ""),
        ("exp is NaN", valid.replace(str(claims()["exp"]), "NaN")),
        ("exp is Infinity", valid.replace(str(claims()["exp"]), "Infinity")),
        ("with a comment", valid[:-1] + "/**/}"),
        ("lone surrogate in a group name", valid.replace('"builders"', '"\\ud800"')),
    ]:
        yield f"claims: {name}", key.sign_text(header, payload)
    yield "claims: not UTF-8", key.sign_text(header, valid.encode().replace(b"builders", b"build\xe9rs"))
    yield "claims: UTF-16", key.sign_text(header, valid.encode("utf-16"))
    head, count = encode(header.encode()), 6_000
    signature = encode(key.signature(f"{head}.{'W1tb' * count}"))
    yield "claims: 18,000 opening brackets", [head, ".", ["W1tb", count], ".", signature]
    inner = key.sign(claims())
    yield "a token within a token", key.sign_text(header, inner)
