package claviger.spring;

import claviger.Requirement;
import java.util.List;
import java.util.function.Supplier;
import org.springframework.security.authorization.AuthorizationDecision;
import org.springframework.security.authorization.AuthorizationManager;
import org.springframework.security.authorization.AuthorizationResult;
import org.springframework.security.core.Authentication;
import org.springframework.security.oauth2.server.resource.authentication.JwtAuthenticationToken;

/**
 * Allows requests whose token covers all of these scopes. Unlike {@code hasAuthority("SCOPE_ci:read")}, it knows which
 * scopes imply others, and the answer names the scopes.
 */
public final class RequiredScopes<T> implements AuthorizationManager<T> {
  private final Requirement requirement;

  private RequiredScopes(Requirement requirement) {
    this.requirement = requirement;
  }

  /** For {@code .access(…)}. */
  public static <T> RequiredScopes<T> of(String... scopes) {
    return new RequiredScopes<>(Requirement.of(scopes));
  }

  /** A decision that knows what was required. */
  static final class Decision extends AuthorizationDecision {
    private static final long serialVersionUID = 1;

    private final transient Requirement requirement;

    private Decision(boolean granted, Requirement requirement) {
      super(granted);
      this.requirement = requirement;
    }

    Requirement requirement() {
      return requirement;
    }
  }

  @Override
  public AuthorizationResult authorize(Supplier<? extends Authentication> authentication, T object) {
    if (!(authentication.get() instanceof JwtAuthenticationToken token) || !token.isAuthenticated()) {
      return new Decision(false, requirement);
    }
    String scope = token.getToken().getClaimAsString("scope");
    List<String> held = scope == null ? List.of() : List.of(scope.split(" "));
    return new Decision(requirement.isCoveredBy(held), requirement);
  }
}
