package claviger.spring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import claviger.ProtectedResource;
import claviger.Verifier;
import claviger.testing.Canary;
import claviger.testing.Conditions;
import claviger.testing.ForgedTokens;
import claviger.testing.TestIssuer;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.oauth2.jose.jws.SignatureAlgorithm;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.config.annotation.EnableWebMvc;

/** What a service of Spring Security answers, over HTTP and through its real filters. One service serves all tests. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Execution(ExecutionMode.SAME_THREAD)
class ResourceServerTest {
  private static final String AUDIENCE = "https://builds.example.org/api";
  private static final String METADATA = "https://builds.example.org/.well-known/oauth-protected-resource/api";
  private static final String NAMED = "resource_metadata=\"" + METADATA + "\"";

  private final TestIssuer issuer = new TestIssuer(AUDIENCE);
  private Service service;

  @BeforeAll
  void open(@TempDir Path folder) throws Exception {
    Map<String, Object> settings = Map.of("issuer", issuer);
    service = new Service(folder, settings, Beans.class, Builds.class);
  }

  @AfterAll
  void close() throws Exception {
    service.close();
    issuer.close();
  }

  @Configuration
  @EnableWebMvc
  @EnableWebSecurity
  static class Beans {
    @Bean(destroyMethod = "")
    Verifier verifier(Environment settings) {
      return settings.getRequiredProperty("issuer", TestIssuer.class).verifier();
    }

    /** With a decoder of the service's own, and the validator. */
    @Bean
    @Order(1)
    SecurityFilterChain ownDecoder(HttpSecurity http, Verifier verifier) throws Exception {
      NimbusJwtDecoder decoder = NimbusJwtDecoder.withJwkSetUri(verifier.issuer() + "/oauth2/jwks")
          .jwsAlgorithm(SignatureAlgorithm.ES256)
          .jwtProcessorCustomizer(processor -> processor.setJWSTypeVerifier(
              new DefaultJOSEObjectTypeVerifier<>(new JOSEObjectType("at+jwt"))))
          .build();
      decoder.setJwtValidator(new VerifierTokenValidator(verifier));
      BearerAnswers answers = new BearerAnswers(ProtectedResource.of(verifier));
      return http.securityMatcher("/own/**")
          .oauth2ResourceServer(server ->
              server.authenticationEntryPoint(answers).jwt(jwt -> jwt.decoder(decoder)))
          .authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
          .build();
    }

    @Bean
    @Order(2)
    SecurityFilterChain introspecting(HttpSecurity http, Verifier verifier) throws Exception {
      return http.securityMatcher("/asks/**")
          .with(ClavigerResourceServer.of(verifier).introspect(), Customizer.withDefaults())
          .authorizeHttpRequests(requests -> requests.anyRequest().access(RequiredScopes.of("ci:read")))
          .build();
    }

    @Bean
    @Order(3)
    SecurityFilterChain security(HttpSecurity http, Verifier verifier) throws Exception {
      return http
          .with(ClavigerResourceServer.of(verifier, "ci:read", "source:read-update"), Customizer.withDefaults())
          .authorizeHttpRequests(requests -> requests
              .requestMatchers("/builds").access(RequiredScopes.of("ci:read", "source:read"))
              .requestMatchers("/any").authenticated()
              .anyRequest().denyAll())
          .build();
    }
  }

  @RestController
  static class Builds {
    @GetMapping({"/builds", "/any", "/own/builds", "/asks/builds"})
    String builds(@AuthenticationPrincipal Jwt token) {
      return token.getSubject() + " " + token.getAudience() + " " + token.getExpiresAt().getEpochSecond();
    }
  }

  private HttpResponse<String> get(String path, String token) throws Exception {
    return service.get(path, "Bearer " + token);
  }

  private static String challenge(HttpResponse<String> answer) {
    return answer.headers().firstValue("WWW-Authenticate").orElse("none");
  }

  @Test
  void activeTokenWithTheScopesIsLetThrough() throws Exception {
    String client = "0197f2a0-0000-7000-8000-000000000001";
    String token = issuer.newToken().clientId(client).scopes("ci:read-update", "source:read").sign();
    HttpResponse<String> answer = get("/builds", token);
    assertEquals(200, answer.statusCode());
    assertTrue(answer.body().startsWith(client + " [" + AUDIENCE + "] "), answer.body());
    assertTrue(answer.headers().firstValue("Set-Cookie").isEmpty());
    assertEquals(200, service.get("/builds", "bearer " + token).statusCode());
  }

  @Test
  void requestWithoutTokenIs401WithoutAnErrorCode() throws Exception {
    for (String[] authorization : new String[][] {{}, {"Basic eDp5"}, {"Bearing x"}}) {
      HttpResponse<String> answer = service.get("/builds", authorization);
      assertEquals(401, answer.statusCode());
      assertEquals("Bearer " + NAMED, challenge(answer));
      assertEquals("", answer.body());
    }
    assertEquals(401, service.get("/elsewhere").statusCode());
    assertEquals(401, service.send("POST", "/builds").statusCode());
    assertEquals(405, service.send("POST", "/any", "Bearer " + issuer.token()).statusCode());
  }

  @Test
  void unclearRequestIs400() throws Exception {
    String token = issuer.token("ci:read", "source:read");
    for (String[] authorization : new String[][] {
        {"Bearer " + token, "Bearer " + token}, {"Bearer"}, {"Bearer a b"}, {"Bearer " + token + " x"}}) {
      HttpResponse<String> answer = service.get("/builds", authorization);
      assertEquals(400, answer.statusCode());
      assertTrue(challenge(answer).startsWith("Bearer error=\"invalid_request\", "), challenge(answer));
    }
  }

  @Test
  void revokedExpiredAndForeignTokensAre401InvalidToken() throws Exception {
    String revoked = issuer.token("ci:read", "source:read");
    assertEquals(200, get("/builds", revoked).statusCode());
    issuer.revoke(revoked);
    String expired = issuer.newToken().lifetime(Duration.ofSeconds(-1)).sign();
    String foreign = issuer.newToken().audience("https://elsewhere.example.org").sign();
    for (String token : List.of(revoked, expired, foreign, "x", "clva_x")) {
      HttpResponse<String> answer = get("/builds", token);
      assertEquals(401, answer.statusCode());
      assertTrue(challenge(answer).startsWith("Bearer error=\"invalid_token\", "), challenge(answer));
      assertTrue(challenge(answer).endsWith(NAMED), challenge(answer));
      assertEquals("no-store", answer.headers().firstValue("Cache-Control").orElse(""));
    }
  }

  @Test
  void missingScopeIs403AndNamesAllThatAreNeeded() throws Exception {
    HttpResponse<String> answer = get("/builds", issuer.token("ci:read"));
    assertEquals(403, answer.statusCode());
    assertTrue(challenge(answer).startsWith("Bearer error=\"insufficient_scope\", "), challenge(answer));
    assertTrue(challenge(answer).contains("scope=\"ci:read source:read\", " + NAMED), challenge(answer));
    assertEquals(200, get("/any", issuer.token()).statusCode());
    HttpResponse<String> denied = get("/elsewhere", issuer.token("ci:read"));
    assertEquals(403, denied.statusCode());
    assertFalse(challenge(denied).contains("scope=\""), challenge(denied));
  }

  @Test
  void lostLeaseIs503WithRetryAfterAndComesBack() throws Exception {
    String token = issuer.token("ci:read", "source:read");
    issuer.loseLease();
    for (String path : List.of("/builds", "/own/builds")) {
      HttpResponse<String> answer = get(path, token);
      assertEquals(503, answer.statusCode());
      assertEquals("1", answer.headers().firstValue("Retry-After").orElse("none"));
      assertEquals("none", challenge(answer));
    }
    // Who presents nothing is asked for a token all the same.
    assertEquals(401, service.get("/builds").statusCode());
    issuer.regainLease();
    assertEquals(200, get("/builds", token).statusCode());
  }

  @Test
  void introspectionIsAskedWithoutLeaseWhereTheServiceWantsIt() throws Exception {
    String token = issuer.token("ci:read");
    String revoked = issuer.token("ci:read");
    issuer.revoke(revoked);
    issuer.loseLease();
    assertEquals(200, get("/asks/builds", token).statusCode());
    assertEquals(403, get("/asks/builds", issuer.token("studio:view")).statusCode());
    assertEquals(401, get("/asks/builds", revoked).statusCode());
    assertEquals(503, get("/builds", token).statusCode());
    issuer.goDown();
    try {
      assertEquals(503, get("/asks/builds", token).statusCode());
    } finally {
      issuer.comeUp();
      issuer.regainLease();
    }
  }

  @Test
  void validatorEndsRevokedTokensOfAnotherDecoder() throws Exception {
    String token = issuer.token("ci:read");
    assertEquals(200, get("/own/builds", token).statusCode());
    issuer.revoke(token);
    HttpResponse<String> answer = get("/own/builds", token);
    assertEquals(401, answer.statusCode());
    assertTrue(challenge(answer).startsWith("Bearer error=\"invalid_token\", "), challenge(answer));
  }

  @Test
  void metadataIsServedToEverybody() throws Exception {
    HttpResponse<String> answer = service.get("/.well-known/oauth-protected-resource/api");
    assertEquals(200, answer.statusCode());
    assertEquals("application/json", answer.headers().firstValue("Content-Type").orElse(""));
    assertEquals("{\"resource\":\"" + AUDIENCE + "\",\"authorization_servers\":[\"" + issuer.issuer() + "\"],"
        + "\"bearer_methods_supported\":[\"header\"],\"scopes_supported\":[\"ci:read\",\"source:read-update\"]}",
        answer.body());
  }

  @Test
  void forgedTokensAreRefusedAndNoneLeadsToConnection() throws Exception {
    try (Canary canary = new Canary()) {
      Map<String, String> forged = ForgedTokens.of(issuer, canary.url());
      for (String path : List.of("/builds", "/own/builds", "/asks/builds")) {
        assertEquals(List.of(), ForgedTokens.accepted(forged, token -> {
          try {
            return get(path, token).statusCode();
          } catch (Exception error) {
            throw new IllegalStateException(error);
          }
        }));
      }
      assertEquals(0, canary.connections());
    }
    Conditions.eventually("it goes on", () -> service.bean(Verifier.class).status().ready());
  }
}
