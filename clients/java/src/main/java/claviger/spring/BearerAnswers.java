package claviger.spring;

import claviger.ProtectedResource;
import claviger.Refused;
import claviger.Requirement;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.authorization.AuthorizationDeniedException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.access.AccessDeniedHandler;

/** Answers refused requests as RFC 6750 §3 and RFC 9728 §5.1 say: 400, 401, 403 and 503. */
public final class BearerAnswers implements AuthenticationEntryPoint, AccessDeniedHandler {
  private final ProtectedResource resource;

  public BearerAnswers(ProtectedResource resource) {
    this.resource = resource;
  }

  @Override
  public void commence(HttpServletRequest request, HttpServletResponse response, AuthenticationException error)
      throws IOException {
    Refused refused = RefusedException.causeOf(error);
    if (refused == null && error instanceof OAuth2AuthenticationException) {
      // Of a decoder of the service's own.
      refused = Refused.invalid("the token is not valid");
    }
    answer(response, refused == null ? Refused.missing() : refused);
  }

  @Override
  public void handle(HttpServletRequest request, HttpServletResponse response, AccessDeniedException error)
      throws IOException {
    boolean isByScopes = error instanceof AuthorizationDeniedException denied
        && denied.getAuthorizationResult() instanceof RequiredScopes.Decision;
    Requirement requirement = isByScopes
        ? ((RequiredScopes.Decision) ((AuthorizationDeniedException) error).getAuthorizationResult()).requirement()
        : Requirement.none();
    answer(response, Refused.insufficientScope(requirement));
  }

  private void answer(HttpServletResponse response, Refused refused) {
    refused.headers(resource).forEach(response::setHeader);
    response.setStatus(refused.status());
  }
}
