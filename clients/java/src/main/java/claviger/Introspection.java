package claviger;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/** Asks the server about one token (RFC 7662). Nothing is cached: a cached answer would accept revoked tokens. */
final class Introspection {
  private static final int MAX_ANSWER_BYTES = 64 * 1024;
  private static final Duration TIMEOUT = Duration.ofSeconds(4);

  private final Endpoint endpoint;
  private final String issuer;
  private final String audience;

  Introspection(Endpoint endpoint, String issuer, String audience) {
    this.endpoint = endpoint;
    this.issuer = issuer;
    this.audience = audience;
  }

  /** API tokens and personal access tokens, which only the server can check. */
  static boolean isOpaque(String token) {
    return token.startsWith("clva_") || token.startsWith("clvp_");
  }

  VerifiedToken ask(String token, Requirement requirement) {
    if (token.length() > UnverifiedToken.MAX_BYTES) {
      throw Refused.invalid("the token is too long");
    }
    Map<String, Object> claims = claims(token);
    if (!Boolean.TRUE.equals(claims.get("active"))) {
      throw Refused.invalid("the token is not active");
    }
    VerifiedToken verified = verified(claims);
    if (!requirement.isCoveredBy(verified.scopes())) {
      throw Refused.insufficientScope(requirement);
    }
    return verified;
  }

  private Map<String, Object> claims(String token) {
    try {
      Endpoint.Received answer =
          endpoint.post("/oauth2/introspect", Map.of("token", token), MAX_ANSWER_BYTES, TIMEOUT);
      if (answer.status() == 200) {
        return Json.parseObject(answer.body());
      }
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
    } catch (IOException | Json.NotStrict error) {
      // The client gets no reason: it is the operator's.
      throw Refused.undecided(0);
    }
    throw Refused.undecided(0);
  }

  /** Of an opaque token, times may be absent. */
  private VerifiedToken verified(Map<String, Object> claims) {
    if (!(claims.get("client_id") instanceof String clientId)
        || !(claims.get("jti") instanceof String id)
        || !(claims.get("aud") instanceof String aud)
        || !(claims.getOrDefault("scope", "") instanceof String)
        || !(aud.equals(audience) || aud.equals(issuer))) {
      throw Refused.invalid("the token is for another service");
    }
    boolean ends = Json.isWhole(claims.get("exp"), 0, UnverifiedToken.LATEST);
    Instant end = ends ? Instant.ofEpochSecond((Long) claims.get("exp")) : Instant.MAX;
    return new VerifiedToken(clientId, Judge.scopes(claims), aud, id, end, Map.of(), claims);
  }
}
