package claviger.spring;

import claviger.Refused;
import claviger.Requirement;
import claviger.VerifiedToken;
import claviger.Verifier;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.springframework.security.oauth2.jwt.BadJwtException;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtDecoder;

/** Decodes the tokens that the verifier accepts, and no others. It needs no validator. */
public final class VerifierJwtDecoder implements JwtDecoder {
  private final Verifier verifier;
  private final boolean introspects;

  public VerifierJwtDecoder(Verifier verifier) {
    this(verifier, false);
  }

  /** With {@code introspects}, the server is asked where the verifier cannot tell: requests may block for seconds. */
  public VerifierJwtDecoder(Verifier verifier, boolean introspects) {
    this.verifier = verifier;
    this.introspects = introspects;
  }

  @Override
  public Jwt decode(String token) {
    try {
      Requirement none = Requirement.none();
      VerifiedToken verified =
          introspects ? verifier.verifyOrIntrospect(token, none) : verifier.verify(token, none);
      return jwt(token, verified);
    } catch (Refused refused) {
      if (refused.kind() == Refused.Kind.UNDECIDED) {
        throw new RefusedException(refused);
      }
      throw new BadJwtException(refused.getMessage(), refused);
    }
  }

  private static Jwt jwt(String token, VerifiedToken verified) {
    Map<String, Object> claims = new HashMap<>(verified.claims());
    claims.values().removeIf(value -> value == null);
    claims.put("aud", List.of(verified.audience()));
    for (String time : List.of("iat", "exp")) {
      if (claims.get(time) instanceof Long seconds) {
        claims.put(time, Instant.ofEpochSecond(seconds));
      } else {
        claims.remove(time);
      }
    }
    // Spring Security demands a header. One of an opaque token there is not.
    Map<String, Object> header =
        verified.header().isEmpty() ? Map.of("introspected", true) : verified.header();
    return new Jwt(token, (Instant) claims.get("iat"), (Instant) claims.get("exp"), header, claims);
  }
}
