package claviger.spring;

import claviger.ProtectedResource;
import claviger.Verifier;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.web.header.HeaderWriterFilter;

/**
 * Sets Spring Security up as a resource server that decides by a verifier:
 * {@code http.with(ClavigerResourceServer.of(…), …)}. It answers refused requests, and serves the metadata. For a chain
 * where tokens alone authenticate: it keeps no sessions, so it needs no protection against forged forms either.
 */
public final class ClavigerResourceServer extends AbstractHttpConfigurer<ClavigerResourceServer, HttpSecurity> {
  private final Verifier verifier;
  private final ProtectedResource resource;
  private boolean introspects;

  private ClavigerResourceServer(Verifier verifier, ProtectedResource resource) {
    this.verifier = verifier;
    this.resource = resource;
  }

  public static ClavigerResourceServer of(Verifier verifier, ProtectedResource resource) {
    return new ClavigerResourceServer(verifier, resource);
  }

  /** The URL of the service is its audience. The scopes are those that the service uses. */
  public static ClavigerResourceServer of(Verifier verifier, String... scopes) {
    return of(verifier, ProtectedResource.of(verifier, scopes));
  }

  /** Asks the server where the verifier cannot tell: after the lease, and about opaque tokens. Requests may block. */
  public ClavigerResourceServer introspect() {
    introspects = true;
    return this;
  }

  @Override
  public void init(HttpSecurity http) {
    BearerAnswers answers = new BearerAnswers(resource);
    http.oauth2ResourceServer(server -> server
        .bearerTokenResolver(new HeaderTokenResolver())
        .authenticationEntryPoint(answers)
        .accessDeniedHandler(answers)
        .jwt(jwt -> jwt.decoder(new VerifierJwtDecoder(verifier, introspects))));
    // Also for requests without a token, whatever they accept.
    http.exceptionHandling(handling -> handling.authenticationEntryPoint(answers).accessDeniedHandler(answers));
    http.sessionManagement(session -> session.sessionCreationPolicy(SessionCreationPolicy.STATELESS));
    http.csrf(csrf -> csrf.disable());
  }

  @Override
  public void configure(HttpSecurity http) {
    http.addFilterAfter(new MetadataFilter(resource), HeaderWriterFilter.class);
  }
}
