package claviger.testing;

import static claviger.testing.Conditions.AUDIENCE;
import static claviger.testing.Conditions.statusOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import claviger.Verifier;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Fetches of the key set, counted at an issuer. {@code KeyStoreTest} has the times between them. */
class KeyRotationTest {
  @Test
  void badSignatureUnderKnownKeyFetchesNothing() {
    try (TestIssuer issuer = new TestIssuer(AUDIENCE)) {
      Verifier verifier = issuer.verifier();
      String token = issuer.token();
      for (int round = 0; round < 50; round++) {
        assertEquals(401, statusOf(verifier, token.substring(0, token.length() - 6) + "AAAAAA"));
      }
      assertEquals(1, issuer.requests("/jwks"));
    }
  }

  /** Less than 30 s have passed since the first fetch, so nothing is fetched. */
  @Test
  void newKeyWithinThirtySecondsIsUndecidedAndNamesTheTime() {
    try (TestIssuer issuer = new TestIssuer(AUDIENCE)) {
      Verifier verifier = issuer.verifier();
      issuer.rotateKey();
      String token = issuer.token();
      for (int round = 0; round < 50; round++) {
        assertEquals(503, statusOf(verifier, token));
      }
      assertEquals(1, issuer.requests("/jwks"));
      assertTrue(verifier.status().keyProblem().isEmpty());
    }
  }

  /** The requests that come before any key is known wait for the one fetch, and succeed. */
  @Test
  void requestsThatMeetNewKeyWaitForOneFetch() throws Exception {
    try (TestIssuer issuer = new TestIssuer(AUDIENCE)) {
      issuer.holdKeys();
      Verifier verifier = Verifier.connect(issuer.issuer(), AUDIENCE, issuer.clientId(), issuer.clientKey());
      Conditions.eventually("the feed is followed", () -> verifier.status().position() >= 0);
      String token = issuer.token();
      ExecutorService threads = Executors.newFixedThreadPool(8);
      try (verifier) {
        Callable<Integer> request = () -> statusOf(verifier, token);
        List<Future<Integer>> answers = IntStream.range(0, 8).mapToObj(one -> threads.submit(request)).toList();
        Conditions.eventually("it waits", () -> issuer.requests("/jwks") == 1
            && Thread.getAllStackTraces().entrySet().stream().filter(KeyRotationTest::waitsForKeys).count() == 8);
        issuer.releaseKeys();
        for (Future<Integer> answer : answers) {
          assertEquals(200, answer.get());
        }
        assertEquals(1, issuer.requests("/jwks"));
      } finally {
        threads.shutdownNow();
      }
    }
  }

  private static boolean waitsForKeys(java.util.Map.Entry<Thread, StackTraceElement[]> thread) {
    return IntStream.range(0, thread.getValue().length)
        .mapToObj(index -> thread.getValue()[index])
        .anyMatch(frame -> frame.getClassName().equals("claviger.KeyStore") && frame.getMethodName().equals("find"));
  }
}
