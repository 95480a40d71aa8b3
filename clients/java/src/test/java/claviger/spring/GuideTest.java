package claviger.spring;

import static claviger.testing.Conditions.AUDIENCE;
import static claviger.testing.Conditions.eventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import claviger.Verifier;
import claviger.testing.TestIssuer;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.security.oauth2.jwt.BadJwtException;
import org.springframework.security.oauth2.jwt.JwtDecoder;

/** The code of {@code docs/guides/protect-a-service-java.md} is compiled and run. */
class GuideTest {
  @TempDir static Path folder;
  private static Guide guide;

  @BeforeAll
  static void compile() throws Exception {
    guide = Guide.compiled(folder);
  }

  @Test
  void serviceOfTheGuideAnswersAsItSays() throws Exception {
    try (TestIssuer issuer = new TestIssuer(AUDIENCE)) {
      Map<String, Object> settings = Map.of(
          "claviger.issuer", issuer.issuer(), "claviger.audience", AUDIENCE,
          "claviger.client-id", issuer.clientId(), "claviger.client-key", issuer.clientKey());
      try (Service service = new Service(folder.resolve("tomcat"), settings, guide.service())) {
        Verifier verifier = service.bean(Verifier.class);
        eventually("it is ready", () -> verifier.status().ready());
        String client = "0197f2a0-0000-7000-8000-000000000001";
        String token = issuer.newToken().clientId(client).scopes("ci:read-update").sign();
        assertEquals(client, service.get("/builds", "Bearer " + token).body());
        assertEquals(403, service.get("/builds", "Bearer " + issuer.token("studio:view")).statusCode());
        assertEquals(401, service.get("/builds").statusCode());
        assertEquals(200, service.get("/.well-known/oauth-protected-resource").statusCode());
        issuer.revoke(token);
        assertEquals(401, service.get("/builds", "Bearer " + token).statusCode());
        String other = issuer.token("ci:read");
        issuer.loseLease();
        assertEquals(503, service.get("/builds", "Bearer " + other).statusCode());
        issuer.regainLease();
        assertEquals(200, service.get("/builds", "Bearer " + other).statusCode());
      }
    }
  }

  @Test
  void decoderOfTheGuideRefusesRevokedTokens() throws Exception {
    try (TestIssuer issuer = new TestIssuer(AUDIENCE)) {
      Object made = guide.type("OwnDecoder").getMethod("of", Verifier.class).invoke(null, issuer.verifier());
      JwtDecoder decoder = (JwtDecoder) made;
      String token = issuer.token("ci:read");
      assertEquals("ci:read", decoder.decode(token).getClaimAsString("scope"));
      issuer.revoke(token);
      assertThrows(BadJwtException.class, () -> decoder.decode(token));
    }
  }

  @Test
  void testOfTheGuidePasses() throws Exception {
    Class<?> test = guide.type("BuildsTest");
    try {
      test.getMethod("requestsAreRefused").invoke(test.getDeclaredConstructor().newInstance());
    } catch (InvocationTargetException error) {
      throw new AssertionError(error.getCause());
    }
  }
}
