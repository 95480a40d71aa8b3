package claviger;

import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;

/** Decides on a token: its own form and signature, then the lease, the revocations and the scopes, in this order. */
final class Judge {
  private final String issuer;
  private final String realm;
  private final String audience;
  private final Clocks clocks;
  /** How long a request may wait for the one fetch of keys that it caused. */
  private final long longestWaitMs;

  private final KeyStore keys = new KeyStore();
  private final Feed feed = new Feed();

  Judge(String issuer, String audience, Clocks clocks, long longestWaitMs) {
    this.issuer = issuer;
    this.realm = issuer.substring(issuer.lastIndexOf('/') + 1);
    this.audience = audience;
    this.clocks = clocks;
    this.longestWaitMs = longestWaitMs;
  }

  KeyStore keys() {
    return keys;
  }

  Feed feed() {
    return feed;
  }

  Clocks clocks() {
    return clocks;
  }

  /** Whether tokens are decided now. */
  boolean isReady() {
    Feed.Pair pair = feed.pair();
    return !keys.keys().isEmpty() && pair != null && pair.isTrusted(clocks.bootMsAtMost(), clocks.wall());
  }

  VerifiedToken judge(String text, Requirement requirement) {
    if (text == null) {
      throw Refused.missing();
    }
    UnverifiedToken token = signed(text, clocks.wall());
    // Again, since a request may have waited for keys.
    long wall = clocks.wall();
    checkTimes(token, wall);
    Feed.Pair pair = feed.pair();
    if (pair == null) {
      throw Refused.undecided(0);
    }
    boolean isEnded = pair.revocations().end(token, wall);
    VerifiedToken verified = verified(token);
    boolean isCovered = requirement.isCoveredBy(verified.scopes());
    // After the evaluation, and against the lease of the very set that was used.
    if (!pair.isTrusted(clocks.bootMsAtMost(), wall)) {
      throw Refused.undecided(0);
    }
    if (isEnded) {
      throw Refused.invalid("the token was revoked");
    }
    if (!isCovered) {
      throw Refused.insufficientScope(requirement);
    }
    return verified;
  }

  private UnverifiedToken signed(String text, long wall) {
    UnverifiedToken token;
    try {
      token = UnverifiedToken.parse(text);
    } catch (UnverifiedToken.Malformed error) {
      throw Refused.invalid("the token is malformed: " + error.getMessage());
    }
    checkClaims(token, wall);
    KeyStore.Found found = keys.find(token.kid(), clocks.bootMsAtMost(), longestWaitMs);
    if (found.mayAppear()) {
      throw Refused.undecided(found.retryAfterMs());
    }
    if (found.key().isEmpty() || !found.key().get().verifies(token)) {
      throw Refused.invalid("the signature of the token is not valid");
    }
    return token;
  }

  private void checkClaims(UnverifiedToken token, long wall) {
    if (!token.text("iss").equals(issuer) || !token.text("realm").equals(realm)) {
      throw Refused.invalid("the token is of another issuer");
    }
    if (!token.text("aud").equals(audience) && !token.text("aud").equals(issuer)) {
      throw Refused.invalid("the token is for another service");
    }
    if (!token.text("sub").equals(token.text("client_id"))) {
      throw Refused.invalid("the subject of the token is not its client");
    }
    checkTimes(token, wall);
  }

  private static void checkTimes(UnverifiedToken token, long wall) {
    if (wall >= token.number("exp")) {
      throw Refused.invalid("the token has expired");
    }
    if (token.number("iat") > wall + UnverifiedToken.LEEWAY_SECONDS) {
      throw Refused.invalid("the token is not valid yet");
    }
  }

  private static VerifiedToken verified(UnverifiedToken token) {
    Map<String, Object> claims = token.claims();
    Map<String, Object> header = Map.of("typ", token.typ(), "alg", token.alg(), "kid", token.kid());
    return new VerifiedToken(
        token.text("client_id"), scopes(claims), token.text("aud"), token.text("jti"),
        Instant.ofEpochSecond(token.number("exp")), header, claims);
  }

  static Set<String> scopes(Map<String, Object> claims) {
    String scope = (String) claims.getOrDefault("scope", "");
    return scope.isEmpty() ? Set.of() : Set.copyOf(Arrays.asList(scope.split(" ")));
  }
}
