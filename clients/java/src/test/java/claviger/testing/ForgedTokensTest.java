package claviger.testing;

import static claviger.testing.Conditions.AUDIENCE;
import static claviger.testing.Conditions.statusOf;
import static org.junit.jupiter.api.Assertions.assertEquals;

import claviger.Verifier;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Attacks on verifiers of JWS, at the verifier itself. */
class ForgedTokensTest {
  @Test
  void noneIsAcceptedAndNoneLeadsToConnection() throws Exception {
    try (TestIssuer issuer = new TestIssuer(AUDIENCE); Canary canary = new Canary()) {
      Verifier verifier = issuer.verifier();
      Map<String, String> forged = ForgedTokens.of(issuer, canary.url());
      assertEquals(30, forged.size());
      assertEquals(List.of(), ForgedTokens.accepted(forged, token -> statusOf(verifier, token)));
      assertEquals(200, statusOf(verifier, issuer.token()));
      assertEquals(0, canary.connections());
      assertEquals(1, issuer.requests("/jwks"));
    }
  }
}
