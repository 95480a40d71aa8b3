package claviger.spring;

import claviger.Refused;
import claviger.Verifier;
import org.springframework.security.oauth2.core.OAuth2Error;
import org.springframework.security.oauth2.core.OAuth2TokenValidator;
import org.springframework.security.oauth2.core.OAuth2TokenValidatorResult;
import org.springframework.security.oauth2.jwt.Jwt;

/**
 * For a decoder of the service's own, such as {@code NimbusJwtDecoder}: one validator more, that ends revoked tokens.
 * It relies on nothing that the decoder has checked, and verifies the token again.
 */
public final class VerifierTokenValidator implements OAuth2TokenValidator<Jwt> {
  private final Verifier verifier;

  public VerifierTokenValidator(Verifier verifier) {
    this.verifier = verifier;
  }

  @Override
  public OAuth2TokenValidatorResult validate(Jwt jwt) {
    try {
      verifier.verify(jwt.getTokenValue());
      return OAuth2TokenValidatorResult.success();
    } catch (Refused refused) {
      if (refused.kind() == Refused.Kind.UNDECIDED) {
        // A failure would be answered with 401, and the client would fetch another token in vain.
        throw new RefusedException(refused);
      }
      return OAuth2TokenValidatorResult.failure(new OAuth2Error("invalid_token", refused.getMessage(), null));
    }
  }
}
