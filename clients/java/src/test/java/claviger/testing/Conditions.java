package claviger.testing;

import claviger.Refused;
import claviger.Requirement;
import claviger.Verifier;
import java.util.function.BooleanSupplier;

/** What tests ask and wait for. */
public final class Conditions {
  public static final String AUDIENCE = "https://builds.example.org";

  private Conditions() {}

  /** Waits for the condition, at most ten seconds. */
  public static void eventually(String what, BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + 10_000_000_000L;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("it did not happen: " + what);
      }
      Thread.sleep(2);
    }
  }

  /** How the verifier answers the token: 200, or the status of its refusal. */
  public static int statusOf(Verifier verifier, String token, String... scopes) {
    try {
      verifier.verify(token, Requirement.of(scopes));
      return 200;
    } catch (Refused refused) {
      return refused.status();
    }
  }
}
