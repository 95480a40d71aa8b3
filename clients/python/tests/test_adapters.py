"""FastAPI, Flask and Django: the same requests, the same answers (RFC 6750, RFC 9728)."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from conditions import AUDIENCE

from claviger import Verifier
from claviger.testing import Issuer

METADATA_URL = "https://builds.example.org/.well-known/oauth-protected-resource"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: Any


#: path and headers → answer
Client = Callable[..., Answer]


def fastapi_client(verifier: Verifier, introspect: bool) -> Client:
    from fastapi import Depends, FastAPI
    from fastapi.testclient import TestClient

    from claviger import VerifiedToken
    from claviger.fastapi import Guard

    guard, app = Guard(verifier, scopes=["ci:read"], introspect=introspect), FastAPI()
    app.include_router(guard.router)

    @app.get("/builds")
    async def builds(token: VerifiedToken = Depends(guard("ci:read"))) -> dict[str, str]:  # noqa: B008
        return {"client_id": token.client_id}

    client = TestClient(app)

    def send(path: str, headers: list[tuple[str, str]]) -> Answer:
        answer = client.get(path, headers=headers)
        body = answer.json()
        return Answer(answer.status_code, dict(answer.headers), body.get("detail", body))

    return send


def flask_client(verifier: Verifier, introspect: bool) -> Client:
    from flask import Flask, g

    from claviger.flask import Guard

    guard, app = Guard(verifier, scopes=["ci:read"], introspect=introspect), Flask(__name__)
    app.register_blueprint(guard.blueprint)

    @app.get("/builds")
    @guard("ci:read")
    def builds() -> dict[str, str]:
        return {"client_id": g.token.client_id}

    def send(path: str, headers: list[tuple[str, str]]) -> Answer:
        answer = app.test_client().get(path, headers=headers)
        return Answer(answer.status_code, {name.lower(): value for name, value in answer.headers}, answer.json)

    return send


def configured_django() -> None:
    """Once for each process, as Django wants it."""
    import django
    from django.conf import settings

    if not settings.configured:
        settings.configure(ALLOWED_HOSTS=["*"], SECRET_KEY="of tests")
        django.setup()


def django_client(verifier: Verifier, introspect: bool, asynchronous: bool = False) -> Client:
    import asyncio
    import types

    from django.conf import settings
    from django.http import HttpRequest, JsonResponse
    from django.test import AsyncClient
    from django.test import Client as SyncClient
    from django.urls import clear_url_caches, path, set_urlconf

    from claviger.django import Guard

    configured_django()
    guard = Guard(verifier, scopes=["ci:read"], introspect=introspect)

    @guard("ci:read")
    def builds(request: HttpRequest) -> JsonResponse:
        return JsonResponse({"client_id": request.token.client_id})

    @guard("ci:read")
    async def builds_later(request: HttpRequest) -> JsonResponse:
        return JsonResponse({"client_id": request.token.client_id})

    urls = types.ModuleType("urls")
    urls.urlpatterns = [*guard.urls, path("builds", builds_later if asynchronous else builds)]  # type: ignore[attr-defined]

    def send(path: str, headers: list[tuple[str, str]]) -> Answer:
        settings.ROOT_URLCONF = urls
        clear_url_caches()
        set_urlconf(None)
        # A WSGI server joins headers of the same name.
        joined: dict[str, str] = {}
        for name, value in headers:
            joined[name] = f"{joined[name]},{value}" if name in joined else value
        if asynchronous:
            answer = asyncio.run(AsyncClient().get(path, headers=joined))
        else:
            answer = SyncClient().get(path, headers=joined)
        found = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(answer.status_code, found, json.loads(answer.content))

    return send


def django_async_client(verifier: Verifier, introspect: bool) -> Client:
    return django_client(verifier, introspect, asynchronous=True)


CLIENTS = [fastapi_client, flask_client, django_client, django_async_client]
adapters = pytest.mark.parametrize("make", CLIENTS)


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with Issuer(AUDIENCE) as issuer:
        yield issuer


@pytest.fixture(scope="module")
def verifier(issuer: Issuer) -> Iterator[Verifier]:
    with issuer.verifier() as verifier:
        yield verifier


def bearer(token: str, scheme: str = "Bearer") -> list[tuple[str, str]]:
    return [("Authorization", f"{scheme} {token}")]


@adapters
def test_active_token_with_the_scope_is_admitted(make: Any, issuer: Issuer, verifier: Verifier) -> None:
    send, client_id = make(verifier, False), "0197f2a0-0000-7000-8000-000000000001"
    for scope in ("ci:read", "ci:read-update", "tool ci:read"):
        for scheme in ("Bearer", "bearer"):
            answer = send("/builds", bearer(issuer.token(scope, client_id=client_id), scheme))
            assert (answer.status, answer.body) == (200, {"client_id": client_id})


@adapters
def test_refusals_say_what_rfc_6750_says(make: Any, issuer: Issuer, verifier: Verifier) -> None:
    send = make(verifier, False)
    revoked = issuer.token("ci:read")
    issuer.revoke(revoked)
    metadata = f'resource_metadata="{METADATA_URL}"'
    for headers in ([], [("Authorization", "Basic YTpi")], [("Authorization", "")]):
        answer = send("/builds", headers)
        assert answer.status == 401 and answer.headers["www-authenticate"] == f"Bearer {metadata}"
    for token in (revoked, revoked[:-8] + "AAAAAAAA", "x", issuer.token("ci:read", exp=1_700_000_000)):
        answer = send("/builds", bearer(token))
        challenge = answer.headers["www-authenticate"]
        assert answer.status == 401 and challenge.startswith('Bearer error="invalid_token", error_description="')
        assert challenge.endswith(metadata) and answer.body["error"] == "invalid_token"
        assert answer.headers["cache-control"] == "no-store"
    answer = send("/builds", bearer(issuer.token("source:read")))
    challenge = answer.headers["www-authenticate"]
    assert answer.status == 403 and challenge.startswith('Bearer error="insufficient_scope"')
    assert 'scope="ci:read"' in challenge and challenge.endswith(metadata)
    for headers in (bearer("a b"), bearer(""), bearer('a"b'), bearer("a,b"), [*bearer("a"), *bearer("b")]):
        answer = send("/builds", headers)
        assert answer.status == 400, headers
        assert answer.headers["www-authenticate"].startswith('Bearer error="invalid_request"'), headers


@adapters
def test_metadata_of_the_service_is_served(make: Any, issuer: Issuer, verifier: Verifier) -> None:
    answer = make(verifier, False)("/.well-known/oauth-protected-resource", [])
    assert answer.status == 200
    assert answer.body == {
        "resource": AUDIENCE,
        "authorization_servers": [issuer.issuer],
        "bearer_methods_supported": ["header"],
        "scopes_supported": ["ci:read"],
    }


@adapters
def test_undecided_is_503_unless_the_server_may_be_asked(make: Any, issuer: Issuer) -> None:
    verifier = Verifier(issuer.issuer, AUDIENCE, issuer.client_id, issuer.client_key)
    verifier._follower.stop()
    token = issuer.token("ci:read")
    answer = make(verifier, False)("/builds", bearer(token))
    assert answer.status == 503 and answer.headers["retry-after"] == "1" and "www-authenticate" not in answer.headers
    assert answer.body == {"error": "temporarily_unavailable", "error_description": "tokens cannot be verified now"}
    assert make(verifier, True)("/builds", bearer(token)).status == 200
    assert make(verifier, True)("/builds", bearer(token + "x")).status == 401
    verifier.close()


def test_path_of_the_resource_is_in_the_address_of_its_metadata(verifier: Verifier) -> None:
    from claviger._guard import Protection

    one = Protection(verifier, resource="https://example.org/api/builds")
    assert one.metadata_url == "https://example.org/.well-known/oauth-protected-resource/api/builds"
    assert one.metadata_path == "/.well-known/oauth-protected-resource/api/builds"
    for bad in ("urn:builds", "builds", "https://example.org/?a=b"):
        with pytest.raises(ValueError, match="resource"):
            Protection(verifier, resource=bad)


def test_requirement_that_is_no_scope_is_an_error_of_the_service(verifier: Verifier) -> None:
    with pytest.raises(ValueError, match="is no scope"):
        verifier.verify("x", "ci:*")
