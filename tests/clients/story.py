"""The story that each Python client walks with its own library: get a token, verify it, revoke it, be refused.

Standard input holds one JSON document:

    {"base_url", "realm", "client_id", "client_key",
     "resource_server": {"client_id", "client_key", "audience"}, "scope"}

Every step prints one line of JSON. The exit code is 0 only if all of them went as expected.
No line ever holds a key or a token.
"""

import json
import os
import sys
from typing import Any, Protocol

# the server under test is on this machine: no proxy of the environment has a say
os.environ["no_proxy"] = "*"

BASIC, POST = "client_secret_basic", "client_secret_post"
TIMEOUT_SECONDS = 30


class Refused(Exception):
    """The authorization server said no, with an error code of RFC 6749 §5.2."""

    def __init__(self, error: str):
        super().__init__(error)
        self.error = error


class Unexpected(Exception):
    """The server's answer is well-formed and wrong."""


class Client(Protocol):
    """What each library has to do. `introspect` speaks as the resource server, everything else as the client."""

    versions: dict[str, str]

    def discover(self) -> dict[str, Any]: ...
    def token(self, method: str, resource: str | None = None, wrong_key: str | None = None) -> dict[str, Any]: ...
    def verify(self, token: str, audience: str) -> tuple[dict[str, Any], dict[str, Any]]: ...
    def introspect(self, token: str, method: str) -> dict[str, Any]: ...
    def revoke(self, token: str, method: str) -> None: ...


class Given:
    """The document on standard input."""

    def __init__(self, document: dict[str, Any]):
        self.issuer = f"{document['base_url'].rstrip('/')}/realms/{document['realm']}"
        self.client_id: str = document["client_id"]
        self.client_key: str = document["client_key"]
        self.resource_server_id: str = document["resource_server"]["client_id"]
        self.resource_server_key: str = document["resource_server"]["client_key"]
        self.audience: str = document["resource_server"]["audience"]
        self.scope: str = document["scope"]

    @property
    def wrong_key(self) -> str:
        """Right in form and length, one character off."""
        return self.client_key[:-1] + ("1" if self.client_key.endswith("0") else "0")


class Teller:
    """Prints the steps, and keeps what must not be printed out of them."""

    def __init__(self, client: str):
        self.client = client
        self.step = "input"
        self.secrets: list[str] = []

    def keep_quiet_about(self, *secrets: str) -> None:
        self.secrets.extend(secrets)

    def say(self, ok: bool, **facts: Any) -> None:
        line = json.dumps({"client": self.client, "step": self.step, "ok": ok, **facts})
        for secret in self.secrets:
            line = line.replace(secret, "[secret]")
        print(line, flush=True)


def expect(condition: bool, otherwise: str) -> None:
    if not condition:
        raise Unexpected(otherwise)


def words(scope: str | None) -> set[str]:
    return set((scope or "").split())


def tell(name: str, connect: Any) -> int:
    """Walks the story with `connect(given)`, a `Client`; answers the exit code."""
    teller = Teller(name)
    try:
        given = Given(json.load(sys.stdin))
        teller.keep_quiet_about(given.client_key, given.wrong_key, given.resource_server_key)
        walk(teller, given, connect(given))
    except Exception as error:  # every failure ends the story, and says at which step
        teller.say(False, error=f"{type(error).__name__}: {error}")
        return 1
    return 0


def walk(teller: Teller, given: Given, client: Client) -> None:
    teller.step = "discover"
    discover(teller, given, client)

    teller.step = "token"
    by_basic = get_token(teller, given, client, BASIC)
    by_post = get_token(teller, given, client, POST)
    for_audience = get_token(teller, given, client, BASIC, resource=given.audience)
    audiences = [(by_basic, given.issuer), (by_post, given.issuer), (for_audience, given.audience)]

    teller.step = "verify"
    verified = [verify(teller, given, client, token, audience) for token, audience in audiences]
    expect(len({claims["jti"] for claims in verified}) == len(verified), "two tokens have the same jti")

    teller.step = "introspect"
    for (token, _), claims, method in zip(audiences, verified, [BASIC, POST, BASIC], strict=True):
        introspect(teller, client, token, claims, method)

    for token, method in [(by_basic, BASIC), (by_post, POST)]:
        teller.step = "revoke"
        client.revoke(token, method)
        teller.say(True, method=method)

        teller.step = "introspect_revoked"
        answer = client.introspect(token, BASIC)
        expect(answer == {"active": False}, f"a revoked token's answer is not exactly active: false: {answer}")
        teller.say(True, active=False)

    teller.step = "introspect_other"
    expect(client.introspect(for_audience, BASIC).get("active") is True, "revoking two tokens killed a third")
    teller.say(True, active=True)

    teller.step = "wrong_key"
    for method in [BASIC, POST]:
        wrong_key(teller, given, client, method)


def discover(teller: Teller, given: Given, client: Client) -> None:
    metadata = client.discover()
    expect(metadata["issuer"] == given.issuer, f"issuer is {metadata['issuer']}, not {given.issuer}")
    endpoints = {
        "token_endpoint": "token",
        "introspection_endpoint": "introspect",
        "revocation_endpoint": "revoke",
        "jwks_uri": "jwks",
    }
    for member, name in endpoints.items():
        expected = f"{given.issuer}/oauth2/{name}"
        expect(metadata.get(member) == expected, f"{member} is {metadata.get(member)}, not {expected}")
    for member in ["token", "introspection", "revocation"]:
        methods = metadata.get(f"{member}_endpoint_auth_methods_supported") or []
        expect({BASIC, POST} <= set(methods), f"{member}_endpoint_auth_methods_supported lacks one: {methods}")
    teller.say(True, issuer=metadata["issuer"], versions=client.versions)


def get_token(teller: Teller, given: Given, client: Client, method: str, resource: str | None = None) -> str:
    answer = client.token(method, resource=resource)
    token = answer["access_token"]
    teller.keep_quiet_about(token)
    expect(answer["token_type"].lower() == "bearer", f"token_type is {answer['token_type']}")
    expect(type(answer["expires_in"]) is int and answer["expires_in"] > 0, "expires_in is no positive integer")
    expect(words(answer.get("scope")) == words(given.scope), f"scope is {answer.get('scope')!r}")
    expect("refresh_token" not in answer, "there is a refresh token")
    teller.say(
        True,
        method=method,
        resource=resource,
        token_type=answer["token_type"],
        expires_in=answer["expires_in"],
        scope=answer.get("scope"),
    )
    return token


def verify(teller: Teller, given: Given, client: Client, token: str, audience: str) -> dict[str, Any]:
    header, claims = client.verify(token, audience)
    expect(header["alg"] == "ES256", f"alg is {header['alg']}")
    expect(header["typ"] == "at+jwt", f"typ is {header['typ']}")
    expect(claims["client_id"] == given.client_id, "client_id is another's")
    expect(claims["sub"] == given.client_id, "sub is not the client id")
    expect(words(claims.get("scope")) == words(given.scope), f"scope is {claims.get('scope')!r}")
    teller.say(True, kid=header["kid"], alg=header["alg"], typ=header["typ"], aud=claims["aud"])
    return claims


def introspect(teller: Teller, client: Client, token: str, claims: dict[str, Any], method: str) -> None:
    answer = client.introspect(token, method)
    expect(answer.get("active") is True, "a live token is not active")
    for claim in ["iss", "sub", "client_id", "aud", "iat", "exp", "jti", "scope"]:
        expect(
            answer.get(claim) == claims.get(claim),
            f"{claim} is {answer.get(claim)!r}, and {claims.get(claim)!r} in the token",
        )
    teller.say(True, active=True, method=method, aud=answer["aud"], exp=answer["exp"])


def wrong_key(teller: Teller, given: Given, client: Client, method: str) -> None:
    try:
        answer = client.token(method, wrong_key=given.wrong_key)
    except Refused as refused:
        expect(refused.error == "invalid_client", f"error is {refused.error}")
        teller.say(True, method=method, error=refused.error)
    else:
        teller.keep_quiet_about(str(answer.get("access_token")))
        raise Unexpected("a wrong key got a token")
