package claviger.testing;

import static claviger.testing.Conditions.AUDIENCE;
import static claviger.testing.Conditions.eventually;
import static claviger.testing.Conditions.statusOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import claviger.Refused;
import claviger.Requirement;
import claviger.VerifiedToken;
import claviger.Verifier;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A verifier with its threads, against an issuer on the loopback interface that is down or lies. */
class FollowerTest {
  @Test
  void revocationIsKnownWhenRevokeReturns() {
    try (TestIssuer issuer = new TestIssuer(AUDIENCE)) {
      Verifier verifier = issuer.verifier();
      for (int round = 0; round < 20; round++) {
        String token = issuer.token("ci:read");
        String other = issuer.token("ci:read");
        assertEquals(200, statusOf(verifier, token, "ci:read"));
        issuer.revoke(token);
        assertEquals(401, statusOf(verifier, token, "ci:read"));
        assertEquals(200, statusOf(verifier, other, "ci:read"));
        assertEquals(403, statusOf(verifier, other, "ci:read-update"));
      }
      assertEquals(20, verifier.status().entries());
    }
  }

  @Test
  void endOfClientEndsItsOlderTokensAlone() {
    try (TestIssuer issuer = new TestIssuer(AUDIENCE)) {
      Verifier verifier = issuer.verifier();
      String client = "0197f2a0-0000-7000-8000-000000000001";
      String old = issuer.newToken().clientId(client).sign();
      assertEquals(200, statusOf(verifier, old));
      issuer.revokeClient(client);
      assertEquals(401, statusOf(verifier, old));
      assertEquals(200, statusOf(verifier, issuer.newToken().clientId(client).sign()));
      assertEquals(200, statusOf(verifier, issuer.token()));
    }
  }

  @Test
  void serverThatIsDownAtTheStartLeavesEverythingUndecidedUntilItIsUp() throws Exception {
    try (TestIssuer issuer = new TestIssuer(AUDIENCE)) {
      String token = issuer.token();
      issuer.goDown();
      try (Verifier verifier =
          Verifier.connect(issuer.issuer(), AUDIENCE, issuer.clientId(), issuer.clientKey())) {
        Refused refused = assertThrows(Refused.class, () -> verifier.verify(token));
        assertEquals(Refused.Kind.UNDECIDED, refused.kind());
        assertTrue(Long.parseLong(refused.headers().get("Retry-After")) >= 1);
        // What is invalid by itself is so without a server.
        assertEquals(401, statusOf(verifier, token.substring(0, token.lastIndexOf('.'))));
        eventually("it says why", () -> verifier.status().problem().orElse("").startsWith("no answer"));
        assertFalse(verifier.status().ready());
        issuer.comeUp();
        eventually("it decides", () -> statusOf(verifier, token) == 200);
        assertTrue(verifier.status().problem().isEmpty());
      }
    }
  }

  @Test
  void leaseEndsWhenTheServerIsGone() throws Exception {
    try (TestIssuer issuer = new TestIssuer(AUDIENCE)) {
      issuer.leaseMs = 1_500;
      Verifier verifier = issuer.verifier();
      String token = issuer.token();
      eventually("it decides", () -> statusOf(verifier, token) == 200);
      issuer.goDown();
      // Every request that was answered had been sent before.
      long over = System.nanoTime() + issuer.leaseMs * 1_000_000;
      eventually("time passes", () -> System.nanoTime() >= over);
      assertEquals(503, statusOf(verifier, token));
      assertEquals(0, verifier.status().leaseMs());
      assertEquals(401, statusOf(verifier, token.substring(0, token.length() - 6) + "AAAAAA"));
    }
  }

  static Stream<Arguments> lies() {
    return Stream.of(
        lie("nonce", answer -> answer.replaceFirst("\"nonce\":\"[^\"]*\"", "\"nonce\":\"x\"")),
        lie("JSON", answer -> "<html>"),
        lie("JSON", answer -> answer.substring(0, answer.length() - 1)),
        lie("repeated", answer -> answer.replace("{\"cluster\"", "{\"position\":7,\"cluster\"")),
        lie("gap", answer -> answer.replaceFirst("\"cluster\":\"[^\"]*\"", "\"cluster\":\"other\"")),
        lie("lease", answer -> answer.replace("\"lease_ms\":3000", "\"lease_ms\":3600000")),
        lie("unknown kind", answer -> answer.replace("[]", "[{\"kind\":\"planet\",\"forget_after\":1}]")));
  }

  private static Arguments lie(String told, UnaryOperator<String> change) {
    return Arguments.of(told, change);
  }

  /** It fetches the whole set again, and is lied to again when it asks what follows. */
  @ParameterizedTest
  @MethodSource("lies")
  void lieDropsTheSetAndIsTold(String told, UnaryOperator<String> change) throws Exception {
    try (TestIssuer issuer = new TestIssuer(AUDIENCE)) {
      Verifier verifier = issuer.verifier();
      String token = issuer.token();
      String revoked = issuer.token();
      issuer.revoke(revoked);
      issuer.lieWith(answer -> answer.contains("\"complete\":false") ? change.apply(answer) : "");
      eventually("the set is dropped: " + verifier.status(), () -> statusOf(verifier, token) == 503);
      assertEquals(503, statusOf(verifier, revoked));
      assertTrue(verifier.status().problem().orElse("").contains("the set was dropped"), verifier.status().toString());
      assertEquals(-1, verifier.status().position());

      issuer.lieWith(answer -> answer.contains("\"complete\":false") ? change.apply(answer) : answer);
      eventually("it says why", () -> verifier.status().problem().orElse("").contains(told));

      issuer.lieWith(UnaryOperator.identity());
      eventually("it decides", () -> statusOf(verifier, token) == 200);
      assertEquals(401, statusOf(verifier, revoked));
    }
  }

  @Test
  void feedThatLiesIsNotAskedInLoop() throws Exception {
    assertNotAskedInLoop(answer -> answer.contains("\"complete\":false") ? "" : answer, 14);
  }

  @Test
  void feedThatDoesNotWaitIsNotAskedInLoop() throws Exception {
    assertNotAskedInLoop(UnaryOperator.identity(), 14);
  }

  private static void assertNotAskedInLoop(UnaryOperator<String> lie, int requests) throws Exception {
    try (TestIssuer issuer = new TestIssuer(AUDIENCE)) {
      issuer.holdMs = 0;
      issuer.verifier();
      issuer.lieWith(lie);
      int before = issuer.requests("/revocations");
      long started = System.nanoTime();
      eventually("it asks", () -> issuer.requests("/revocations") >= before + requests);
      long tookMs = (System.nanoTime() - started) / 1_000_000;
      assertTrue(tookMs >= 1_000, requests + " requests in " + tookMs + " ms");
    }
  }

  @Test
  void positionThatGoesBackIsIgnoredAndItsLeaseIsNot() throws Exception {
    try (TestIssuer issuer = new TestIssuer(AUDIENCE)) {
      issuer.leaseMs = 1_500;
      Verifier verifier = issuer.verifier();
      String revoked = issuer.token();
      issuer.revoke(revoked);
      long position = verifier.status().position();
      issuer.lieWith(answer -> answer.replaceFirst("\"position\":\\d+", "\"position\":1"));
      eventually("it says why", () -> verifier.status().problem().orElse("").contains("went back"));
      eventually("the lease is over", () -> statusOf(verifier, revoked) == 503);
      assertEquals(position, verifier.status().position());
      issuer.lieWith(UnaryOperator.identity());
      eventually("it decides", () -> statusOf(verifier, revoked) == 401);
    }
  }

  @Test
  void instancesAndNoncesAreNeverTheSame() {
    try (TestIssuer issuer = new TestIssuer(AUDIENCE)) {
      assertEquals(2, Set.of(issuer.verifier().status().instance(), issuer.verifier().status().instance()).size());
    }
  }

  @Test
  void wrongClientKeyIsToldToTheOperator() throws Exception {
    try (TestIssuer issuer = new TestIssuer(AUDIENCE);
        Verifier verifier = Verifier.connect(issuer.issuer(), AUDIENCE, issuer.clientId(), "secret-value")) {
      eventually("it says why", () -> verifier.status().problem().orElse("").equals("the feed answered 401"));
      assertEquals(503, statusOf(verifier, issuer.token()));
      assertFalse((verifier + " " + verifier.status()).contains("secret-value"));
    }
  }

  @Test
  void introspectionDecidesPastTheLeaseAndAboutOpaqueTokens() {
    try (TestIssuer issuer = new TestIssuer(AUDIENCE)) {
      Verifier verifier = issuer.verifier();
      String token = issuer.token("ci:read");
      String revoked = issuer.token("ci:read");
      issuer.revoke(revoked);
      Requirement read = Requirement.of("ci:read");
      verifier.verifyOrIntrospect(token, read);
      assertEquals(0, issuer.requests("/introspect"));

      issuer.loseLease();
      VerifiedToken verified = verifier.verifyOrIntrospect(token, read);
      assertTrue(verified.covers("ci:read"));
      assertEquals(401, assertThrows(Refused.class, () -> verifier.verifyOrIntrospect(revoked, read)).status());
      Requirement update = Requirement.of("ci:read-update");
      assertEquals(403, assertThrows(Refused.class, () -> verifier.verifyOrIntrospect(token, update)).status());
      assertEquals(401, assertThrows(Refused.class, () -> verifier.verifyOrIntrospect("clva_x", read)).status());
      assertEquals(4, issuer.requests("/introspect"));

      issuer.goDown();
      assertEquals(503, assertThrows(Refused.class, () -> verifier.verifyOrIntrospect(token, read)).status());
    }
  }

  @Test
  void missingOrUnsafeConfigurationFailsAtTheStart() {
    String issuer = "https://tokens.example.org/realms/acme";
    for (String[] given : new String[][] {
        {null, AUDIENCE, "id", "key"}, {issuer, "", "id", "key"}, {issuer, AUDIENCE, " ", "key"},
        {issuer, AUDIENCE, "id", null}, {issuer + "/", AUDIENCE, "id", "key"}, {"acme", AUDIENCE, "id", "key"},
        {"http://tokens.example.org/realms/acme", AUDIENCE, "id", "key"},
        {"http://127.0.0.1.example.org/realms/acme", AUDIENCE, "id", "key"},
        {"https://id@tokens.example.org/realms/acme", AUDIENCE, "id", "key"}}) {
      assertThrows(IllegalArgumentException.class, () -> Verifier.connect(given[0], given[1], given[2], given[3]));
    }
    assertThrows(IllegalArgumentException.class, () -> Requirement.of("ci:read source:read"));
  }
}
