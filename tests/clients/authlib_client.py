"""Authlib: its OAuth 2.0 session, its RFC 8414 metadata and its RFC 9068 validator."""

import sys
from importlib.metadata import version
from typing import Any

from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from authlib.oidc.discovery import OpenIDProviderMetadata
from authlib.oidc.discovery import get_well_known_url as get_openid_url
from joserfc import jws
from joserfc.jwk import KeySet

import story


class Validator(JWTBearerTokenValidator):
    """What a resource server built with Authlib puts in front of its routes."""

    def __init__(self, issuer: str, audience: str, keys: KeySet):
        super().__init__(issuer=issuer, resource_server=audience)
        self.keys = keys

    def get_jwks(self) -> KeySet:
        return self.keys


class Authlib:
    versions = {"authlib": version("authlib"), "joserfc": version("joserfc")}

    def __init__(self, given: story.Given):
        self.given = given
        self.metadata = AuthorizationServerMetadata()

    def discover(self) -> dict[str, Any]:
        address = get_well_known_url(self.given.issuer, external=True)
        answer = self.client(story.BASIC).get(address, withhold_token=True)
        answer.raise_for_status()
        self.metadata = AuthorizationServerMetadata(answer.json())
        for member in AuthorizationServerMetadata.REGISTRY_KEYS:
            if member != "response_types_supported":
                getattr(self.metadata, f"validate_{member}")()
        # Authlib takes the empty list for a missing one; without an authorization endpoint no other value is true
        story.expect(
            self.metadata["response_types_supported"] == [],
            f"response_types_supported is {self.metadata['response_types_supported']}",
        )
        answer = self.client(story.BASIC).get(
            get_openid_url(self.given.issuer, external=True), withhold_token=True
        )
        answer.raise_for_status()
        # this document passes both of Authlib's validations as a whole
        AuthorizationServerMetadata(answer.json()).validate()
        OpenIDProviderMetadata(answer.json()).validate()
        return self.metadata

    def token(self, method: str, resource: str | None = None, wrong_key: str | None = None) -> dict[str, Any]:
        parameters = {"resource": resource} if resource else {}
        try:
            return self.client(method, wrong_key).fetch_token(
                self.metadata["token_endpoint"],
                grant_type="client_credentials",
                scope=self.given.scope,
                **parameters,
            )
        except OAuthError as error:
            raise story.Refused(error.error) from None

    def verify(self, token: str, audience: str) -> tuple[dict[str, Any], dict[str, Any]]:
        answer = self.client(story.BASIC).get(self.metadata["jwks_uri"], withhold_token=True)
        answer.raise_for_status()
        keys = KeySet.import_key_set(answer.json())
        jws.deserialize_compact(token, keys, algorithms=["ES256"])
        validator = Validator(self.given.issuer, audience, keys)
        claims = validator.authenticate_token(token)
        validator.validate_token(claims, scopes=[self.given.scope], request=None)
        return claims.header, dict(claims)

    def introspect(self, token: str, method: str) -> dict[str, Any]:
        answer = self.resource_server(method).introspect_token(
            self.metadata["introspection_endpoint"], token=token, token_type_hint="access_token"
        )
        answer.raise_for_status()
        return answer.json()

    def revoke(self, token: str, method: str) -> None:
        answer = self.client(method).revoke_token(
            self.metadata["revocation_endpoint"], token=token, token_type_hint="access_token"
        )
        answer.raise_for_status()

    def client(self, method: str, wrong_key: str | None = None) -> OAuth2Session:
        return self.session(self.given.client_id, wrong_key or self.given.client_key, method)

    def resource_server(self, method: str) -> OAuth2Session:
        return self.session(self.given.resource_server_id, self.given.resource_server_key, method)

    def session(self, client_id: str, client_key: str, method: str) -> OAuth2Session:
        session = OAuth2Session(
            client_id,
            client_key,
            token_endpoint_auth_method=method,
            revocation_endpoint_auth_method=method,
            default_timeout=story.TIMEOUT_SECONDS,
        )
        session.trust_env = False
        return session


if __name__ == "__main__":
    sys.exit(story.tell("authlib", Authlib))
