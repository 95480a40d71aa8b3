package claviger.spring;

import claviger.Refused;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;
import org.springframework.security.oauth2.core.OAuth2Error;

/**
 * A refusal on its way through the filters of Spring Security. It is no {@code JwtException}: of those, Spring Security
 * answers one that is undecided with 500.
 */
final class RefusedException extends OAuth2AuthenticationException {
  private static final long serialVersionUID = 1;

  RefusedException(Refused refused) {
    super(new OAuth2Error(refused.error().orElse("temporarily_unavailable"), refused.getMessage(), null), refused);
  }

  /** The refusal that is the cause of the exception, if any. */
  static Refused causeOf(Throwable error) {
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      if (cause instanceof Refused refused) {
        return refused;
      }
    }
    return null;
  }
}
