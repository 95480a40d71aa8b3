package claviger.testing;

import static claviger.testing.Conditions.AUDIENCE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import claviger.Refused;
import claviger.Verifier;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** No other verifier runs beside this test, which looks at the threads of the process. */
@Isolated
class ClosingTest {
  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(Thread::isAlive)
        .map(Thread::getName)
        .filter(List.of("claviger-feed", "claviger-keys")::contains)
        .sorted()
        .toList();
  }

  @Test
  void closedVerifierLeavesNoThreadAndDecidesNothingPastItsLease() {
    try (TestIssuer issuer = new TestIssuer(AUDIENCE)) {
      issuer.leaseMs = 1_000;
      Verifier verifier = issuer.verifier();
      assertEquals(List.of("claviger-feed", "claviger-keys"), threads());
      verifier.close();
      assertEquals(List.of(), threads());
      String token = issuer.token();
      Refused refused = assertThrows(Refused.class, () -> {
        while (true) {
          verifier.verify(token);
        }
      });
      assertEquals(Map.of("Cache-Control", "no-store", "Retry-After", "1"), refused.headers());
    }
  }
}
