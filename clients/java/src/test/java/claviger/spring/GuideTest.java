package claviger.spring;

import static claviger.testing.Conditions.AUDIENCE;
import static claviger.testing.Conditions.eventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import claviger.Verifier;
import claviger.testing.TestIssuer;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.oauth2.jwt.BadJwtException;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.web.servlet.config.annotation.EnableWebMvc;

/** The code of {@code docs/guides/protect-a-service-java.md} is compiled and run. */
class GuideTest {
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```java (\\S+)\\n(.*?)^```$");

  @TempDir static Path folder;
  private static ClassLoader guide;

  @Configuration
  @EnableWebMvc
  static class Web {}

  @BeforeAll
  static void compile() throws Exception {
    Path repository = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(repository.resolve("docs/guides"))) {
      repository = repository.getParent();
    }
    String page = Files.readString(repository.resolve("docs/guides/protect-a-service-java.md"));
    List<String> arguments = new ArrayList<>(List.of(
        "-Xlint:cast,deprecation,rawtypes,unchecked", "-Werror", "-parameters", "--release", "17",
        "-d", folder.toString(), "-cp", System.getProperty("java.class.path")));
    Matcher block = BLOCK.matcher(page);
    while (block.find()) {
      Path file = folder.resolve(block.group(1));
      Files.writeString(file, block.group(2));
      arguments.add(file.toString());
    }
    assertEquals(5, arguments.stream().filter(argument -> argument.endsWith(".java")).count());
    int status = ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(String[]::new));
    assertEquals(0, status, "the code of the guide does not compile");
    guide = new URLClassLoader(new URL[] {folder.toUri().toURL()}, GuideTest.class.getClassLoader());
  }

  @Test
  void serviceOfTheGuideAnswersAsItSays() throws Exception {
    try (TestIssuer issuer = new TestIssuer(AUDIENCE)) {
      Map<String, Object> settings = Map.of(
          "claviger.issuer", issuer.issuer(), "claviger.audience", AUDIENCE,
          "claviger.client-id", issuer.clientId(), "claviger.client-key", issuer.clientKey());
      Class<?>[] beans = {guide.loadClass("ServiceSecurity"), guide.loadClass("Builds"), Web.class};
      try (Service service = new Service(folder.resolve("tomcat"), settings, beans)) {
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
      Object made = guide.loadClass("OwnDecoder").getMethod("of", Verifier.class).invoke(null, issuer.verifier());
      JwtDecoder decoder = (JwtDecoder) made;
      String token = issuer.token("ci:read");
      assertEquals("ci:read", decoder.decode(token).getClaimAsString("scope"));
      issuer.revoke(token);
      assertThrows(BadJwtException.class, () -> decoder.decode(token));
    }
  }

  @Test
  void testOfTheGuidePasses() throws Exception {
    Class<?> test = guide.loadClass("BuildsTest");
    try {
      test.getMethod("requestsAreRefused").invoke(test.getDeclaredConstructor().newInstance());
    } catch (InvocationTargetException error) {
      throw new AssertionError(error.getCause());
    }
  }
}
