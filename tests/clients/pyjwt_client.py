"""PyJWT, and requests for the rest: what many pipelines and resource servers write by hand."""

import sys
from importlib.metadata import version
from typing import Any

import jwt
import requests

import story


class PyJwt:
    versions = {"pyjwt": version("pyjwt"), "requests": version("requests")}

    def __init__(self, given: story.Given):
        self.given = given
        self.metadata: dict[str, Any] = {}
        self.http = requests.Session()
        self.http.trust_env = False

    def discover(self) -> dict[str, Any]:
        base_url, realm = self.given.issuer.rsplit("/realms/", 1)
        answer = self.http.get(
            f"{base_url}/.well-known/oauth-authorization-server/realms/{realm}", timeout=story.TIMEOUT_SECONDS
        )
        answer.raise_for_status()
        self.metadata = answer.json()
        self.keys = jwt.PyJWKClient(self.metadata["jwks_uri"], timeout=story.TIMEOUT_SECONDS)
        return self.metadata

    def token(self, method: str, resource: str | None = None, wrong_key: str | None = None) -> dict[str, Any]:
        form = {"grant_type": "client_credentials", "scope": self.given.scope, "resource": resource}
        answer = self.post("token_endpoint", form, method, self.given.client_id, wrong_key or self.given.client_key)
        if answer.status_code in (400, 401):
            raise story.Refused(answer.json()["error"])
        answer.raise_for_status()
        return answer.json()

    def verify(self, token: str, audience: str) -> tuple[dict[str, Any], dict[str, Any]]:
        key = self.keys.get_signing_key_from_jwt(token)
        verified = jwt.decode_complete(
            token,
            key,
            algorithms=["ES256"],
            issuer=self.given.issuer,
            audience=audience,
            options={"require": ["iss", "sub", "aud", "exp", "iat", "jti"]},
        )
        return verified["header"], verified["payload"]

    def introspect(self, token: str, method: str) -> dict[str, Any]:
        answer = self.post(
            "introspection_endpoint",
            {"token": token},
            method,
            self.given.resource_server_id,
            self.given.resource_server_key,
        )
        answer.raise_for_status()
        return answer.json()

    def revoke(self, token: str, method: str) -> None:
        answer = self.post("revocation_endpoint", {"token": token}, method, self.given.client_id, self.given.client_key)
        answer.raise_for_status()

    def post(
        self, endpoint: str, form: dict[str, str | None], method: str, client_id: str, client_key: str
    ) -> requests.Response:
        credentials = None
        if method == story.BASIC:
            credentials = (client_id, client_key)
        else:
            form = {**form, "client_id": client_id, "client_secret": client_key}
        return self.http.post(self.metadata[endpoint], data=form, auth=credentials, timeout=story.TIMEOUT_SECONDS)


if __name__ == "__main__":
    sys.exit(story.tell("pyjwt", PyJwt))
