package claviger.spring;

import claviger.ProtectedResource;
import claviger.Refused;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import org.springframework.security.oauth2.server.resource.web.BearerTokenResolver;

/** Takes tokens from the one Authorization header. A request that is unclear is refused with 400. */
final class HeaderTokenResolver implements BearerTokenResolver {
  @Override
  public String resolve(HttpServletRequest request) {
    try {
      return ProtectedResource.bearerToken(Collections.list(request.getHeaders("Authorization")));
    } catch (Refused refused) {
      if (refused.kind() == Refused.Kind.MISSING) {
        return null;
      }
      throw new RefusedException(refused);
    }
  }
}
