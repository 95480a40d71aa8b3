package claviger.spring;

import claviger.ProtectedResource;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.springframework.web.filter.OncePerRequestFilter;

/** Serves the metadata of the service (RFC 9728 §3) to everybody. */
final class MetadataFilter extends OncePerRequestFilter {
  private final ProtectedResource resource;

  MetadataFilter(ProtectedResource resource) {
    this.resource = resource;
  }

  @Override
  protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    boolean isRead = request.getMethod().equals("GET") || request.getMethod().equals("HEAD");
    if (!isRead || !request.getRequestURI().equals(resource.metadataPath())) {
      chain.doFilter(request, response);
      return;
    }
    byte[] body = resource.metadata().getBytes(StandardCharsets.UTF_8);
    response.setContentType("application/json");
    response.setContentLength(body.length);
    response.getOutputStream().write(body);
  }
}
