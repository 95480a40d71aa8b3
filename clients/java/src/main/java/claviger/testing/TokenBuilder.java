package claviger.testing;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/** A token that is to be signed. Without a change it is active, for the audience of the issuer, and has no scope. */
public final class TokenBuilder {
  private final TestIssuer issuer;
  private final Map<String, Object> header = new LinkedHashMap<>();
  private final Map<String, Object> claims = new LinkedHashMap<>();

  TokenBuilder(TestIssuer issuer, String jti, long position) {
    this.issuer = issuer;
    long now = Instant.now().getEpochSecond();
    header.put("typ", "at+jwt");
    header.put("alg", "ES256");
    claims.put("iss", issuer.issuer());
    clientId(UUID.randomUUID().toString());
    audience(issuer.audience());
    claims.put("iat", now);
    lifetime(Duration.ofMinutes(15));
    claims.put("jti", jti);
    claims.put("realm", TestIssuer.REALM);
    claims.put("pos", position);
  }

  public TokenBuilder scopes(String... scopes) {
    return scopes.length == 0 ? this : claim("scope", String.join(" ", scopes));
  }

  public TokenBuilder clientId(String clientId) {
    return claim("sub", clientId).claim("client_id", clientId);
  }

  public TokenBuilder audience(String audience) {
    return claim("aud", audience);
  }

  /** From now on. A token with a negative lifetime has expired. */
  public TokenBuilder lifetime(Duration lifetime) {
    long end = Instant.now().plus(lifetime).getEpochSecond();
    return claim("exp", end).claim("iat", Math.min(end, (Long) claims.get("iat")));
  }

  /** Any claim; null removes it. */
  public TokenBuilder claim(String name, Object value) {
    return change(claims, name, value);
  }

  /** Any member of the header; null removes it. */
  public TokenBuilder header(String name, Object value) {
    return change(header, name, value);
  }

  /** Signs with the current key of the issuer. */
  public String sign() {
    return issuer.sign(header, claims);
  }

  private TokenBuilder change(Map<String, Object> members, String name, Object value) {
    if (value == null) {
      members.remove(name);
    } else {
      members.put(name, value);
    }
    return this;
  }
}
