package claviger;

import java.time.Instant;
import java.util.Map;
import java.util.Set;

/**
 * A token that was active when it was verified.
 *
 * @param clientId who presents it
 * @param scopes what it carries, without the scopes that these imply
 * @param audience this service, or the issuer for a token of the whole realm
 * @param id its {@code jti}
 * @param expiresAt {@link Instant#MAX} for an opaque token without an end
 * @param header of the token, without members that are not used; empty if the server was asked
 * @param claims all of them
 */
public record VerifiedToken(
    String clientId,
    Set<String> scopes,
    String audience,
    String id,
    Instant expiresAt,
    Map<String, Object> header,
    Map<String, Object> claims) {

  /** Also where only a token of this scope, or of one that implies it, may go on. */
  public boolean covers(String... wanted) {
    return Requirement.of(wanted).isCoveredBy(scopes);
  }

  /** Without the claims. */
  @Override
  public String toString() {
    return "VerifiedToken[clientId=" + clientId + ", scopes=" + scopes + "]";
  }
}
