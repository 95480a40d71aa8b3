"""Decides on a token: its own form and signature, then the lease, the revocations and the scopes, in this order."""

from __future__ import annotations

from collections.abc import Callable

from ._feed import Feed
from ._keys import KeyStore
from ._scopes import Requirement
from ._token import LEEWAY_SECONDS, Malformed, UnverifiedToken, parse
from .refused import Refused
from .verified import VerifiedToken


class Judge:
    """No IO. `boot_ms` and `wall` are clocks: milliseconds since some moment, and epoch seconds."""

    def __init__(
        self, issuer: str, audience: str, keys: KeyStore, boot_ms: Callable[[], int], wall: Callable[[], int]
    ) -> None:
        self.issuer, self.audience, self.keys, self.feed = issuer, audience, keys, Feed()
        self.realm = issuer.rsplit("/", 1)[-1]
        self._boot_ms, self._wall = boot_ms, wall

    def clocks(self) -> tuple[int, int]:
        """Boot clock and wall clock, as `Pair.is_trusted` takes them."""
        return self._boot_ms(), self._wall()

    def judge(self, text: str, requirement: Requirement) -> VerifiedToken:
        """Raises `Refused` unless the token is active and covers the requirement."""
        wall = self._wall()
        token = self._signed(text, wall)
        pair = self.feed.pair
        if pair is None:
            raise Refused.undecided(self.feed.problem or "there is no set of revocations")
        ended = pair.revocations.end(token, wall)
        verified = VerifiedToken.from_claims(token.claims)
        covered = requirement.is_covered_by(verified.scopes)
        # After the evaluation, and against the lease of the very set that was used.
        if not pair.is_trusted(self._boot_ms(), wall):
            raise Refused.undecided(self.feed.problem or "the lease is over")
        if ended:
            raise Refused.invalid("the token was revoked")
        if not covered:
            raise Refused.insufficient(requirement)
        return verified

    def _signed(self, text: str, wall: int) -> UnverifiedToken:
        try:
            token = parse(text)
        except Malformed as error:
            raise Refused.invalid(f"the token is malformed: {error}") from None
        self._check_claims(token, wall)
        key = self.keys.find(token.kid, self._boot_ms())
        if key is True:
            raise Refused.undecided(self.keys.problem or "the key of the token is not known yet")
        if key is False or not key.verifies(token):
            raise Refused.invalid("the signature of the token is not valid")
        return token

    def _check_claims(self, token: UnverifiedToken, wall: int) -> None:
        claims = token.claims
        if claims["iss"] != self.issuer or claims["realm"] != self.realm:
            raise Refused.invalid("the token is of another issuer")
        if claims["aud"] not in (self.audience, self.issuer):
            raise Refused.invalid("the token is for another service")
        if claims["sub"] != claims["client_id"]:
            raise Refused.invalid("the subject of the token is not its client")
        if wall >= claims["exp"]:
            raise Refused.invalid("the token has expired")
        if claims["iat"] > wall + LEEWAY_SECONDS:
            raise Refused.invalid("the token is not valid yet")
