"""What all vectors share: issuer, audience, time, keys and claims."""

from typing import Any

from .signing import Key

ISSUER = "https://tokens.example.org/realms/acme"
AUDIENCE = "https://builds.example.org"
OTHER_AUDIENCE = "https://archive.example.org"
#: Epoch seconds.
NOW = 1_900_000_000
CLIENT = "0197f2a0-0000-7000-8000-000000000001"
OTHER_CLIENT = "0197f2a0-0000-7000-8000-000000000002"
#: 128 bits in base64url, which is 22 characters.
JTI = "_JXKRjwJFsdPdVUYX3wHKw"
OTHER_JTI = "kq3T0yQ9m2c4b1a8Zx7Wvw"
#: After every position of a token: the largest integer that every JSON reader represents exactly.
END_POSITION = (1 << 53) - 1
LAST_POSITION = END_POSITION - 1
MAX_TOKEN_SECONDS = 86_400
LEEWAY_SECONDS = 60


def claims(**changes: Any) -> dict[str, Any]:
    """Those of a valid token. A change to `...` removes the claim."""
    whole = {
        "iss": ISSUER,
        "sub": CLIENT,
        "client_id": CLIENT,
        "aud": AUDIENCE,
        "iat": NOW - 60,
        "exp": NOW + 3_600,
        "jti": JTI,
        "scope": "ci:read source:read-update",
        "realm": "acme",
        "groups": ["builders"],
        "pos": 100,
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not ...}


class Keys:
    """Made anew in each run."""

    def __init__(self) -> None:
        self.es256, self.eddsa, self.rs256, self.ps256 = (Key(alg) for alg in ("ES256", "EdDSA", "RS256", "PS256"))
        #: Not in any key set.
        self.unknown = Key("ES256")
        #: Published from the set `rotated` on.
        self.next = Key("ES256")
        #: In the set `foreign`, where no verifier may use them.
        self.short = Key("RS256", 1024)
        self.p384 = Key("ES384")
        self.encryption = Key("ES256")
        self.mislabeled = Key("ES256")
        self.unnamed = Key("ES256")

    def sets(self) -> dict[str, Any]:
        signing = [key.jwk for key in (self.es256, self.eddsa, self.rs256, self.ps256)]
        x = self.unknown.jwk["x"]
        foreign = [
            {"kty": "oct", "use": "sig", "alg": "HS256", "kid": "secret", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"},
            {"kty": "AKP", "use": "sig", "alg": "ML-DSA-44", "kid": "later", "pub": "AAAA"},
            {"kty": "EC", "use": "sig", "alg": "ES256", "kid": "off-the-curve", "crv": "P-256", "x": x, "y": x},
            {"kty": "EC", "use": "sig", "alg": "ES256", "kid": "incomplete", "crv": "P-256", "x": x},
            {**self.encryption.jwk, "use": "enc"},
            {**self.mislabeled.jwk, "alg": "RS256"},
            {name: value for name, value in self.unnamed.jwk.items() if name != "kid"},
            self.short.jwk,
            self.p384.jwk,
        ]
        return {
            "all": {"keys": signing},
            "foreign": {"keys": [*foreign, *signing]},
            "rotated": {"keys": [self.next.jwk, *signing[1:]]},
        }

    def usable(self) -> dict[str, list[str]]:
        signing = [key.kid for key in (self.es256, self.eddsa, self.rs256, self.ps256)]
        return {"all": signing, "foreign": signing, "rotated": [self.next.kid, *signing[1:]]}
