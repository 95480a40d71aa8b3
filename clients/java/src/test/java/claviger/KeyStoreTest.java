package claviger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** When keys are fetched, on a clock of the test's. */
class KeyStoreTest {
  private static final long START = 1_000_000;
  private static final String UNKNOWN = "A".repeat(43);

  private final KeyStore keys = new KeyStore();
  private final Map<String, VerifyingKey> all = parse("all");
  private final Map<String, VerifyingKey> rotated = parse("rotated");
  /** The key that only the later set has. */
  private final String added =
      rotated.keySet().stream().filter(kid -> !all.containsKey(kid)).findFirst().orElseThrow();

  private static Map<String, VerifyingKey> parse(String name) {
    try {
      return KeySet.parse(Vectors.keySet(name));
    } catch (Json.NotStrict error) {
      throw new IllegalStateException(error);
    }
  }

  private void fetch(Map<String, VerifyingKey> found, long now) {
    Set<String> sought = keys.beginFetch(now);
    if (found == null) {
      keys.failFetch("down");
    } else {
      keys.finishFetch(sought, found, now);
    }
  }

  @Test
  void unknownKeyIsFetchedOnceAndNotAgainWithinThirtySeconds() {
    assertEquals(0, keys.dueInMs(START));
    fetch(all, START);
    assertEquals(KeyStore.MAX_AGE_MS, keys.dueInMs(START));
    KeyStore.Found found = keys.find(added, START + 1_000, 0);
    assertTrue(found.mayAppear() && found.key().isEmpty());
    assertEquals(KeyStore.FETCH_INTERVAL_MS - 1_000, found.retryAfterMs());
    assertEquals(KeyStore.FETCH_INTERVAL_MS - 1_000, keys.dueInMs(START + 1_000));
    fetch(rotated, START + KeyStore.FETCH_INTERVAL_MS);
    assertTrue(keys.find(added, START + KeyStore.FETCH_INTERVAL_MS, 0).key().isPresent());
  }

  @Test
  void keyThatIsNotInTheFetchedSetIsKnownToBeAbsent() {
    fetch(all, START);
    keys.find(UNKNOWN, START, 0);
    long later = START + KeyStore.FETCH_INTERVAL_MS;
    fetch(all, later);
    assertFalse(keys.find(UNKNOWN, later, 0).mayAppear());
    assertEquals(KeyStore.MAX_AGE_MS, keys.dueInMs(later), "it is fetched again for an absent key");
    assertTrue(keys.find(UNKNOWN, later + KeyStore.MAX_AGE_MS, 0).mayAppear());
  }

  @Test
  void failedFetchEvictsNothingAndIsNotRepeatedAtOnce() {
    fetch(all, START);
    keys.find(added, START, 0);
    long later = START + KeyStore.FETCH_INTERVAL_MS;
    fetch(null, later);
    assertEquals(all.keySet(), keys.keys().keySet());
    assertEquals("down", keys.problem().orElseThrow());
    assertEquals(KeyStore.FETCH_INTERVAL_MS, keys.dueInMs(later));
    assertTrue(keys.find(added, later, 0).mayAppear());
  }

  @Test
  void withoutAnyKeyFailedFetchesAreRepeatedWithGrowingPauses() {
    long before = 0;
    for (int round = 0; round < 10; round++) {
      fetch(null, START);
      long due = keys.dueInMs(START);
      assertTrue(due >= before && due > 0 && due <= 5_000, due + " ms");
      before = due;
    }
  }

  @Test
  void floodOfUnknownKeysIsBounded() {
    fetch(all, START);
    for (int round = 0; round < 10 * KeyStore.MAX_UNKNOWN; round++) {
      keys.find(String.format("%043d", round), START, 0);
    }
    Set<String> sought = keys.beginFetch(START + KeyStore.FETCH_INTERVAL_MS);
    assertEquals(KeyStore.MAX_UNKNOWN, sought.size());
    // A kid of another form costs nothing, and is never looked for.
    assertFalse(keys.find("../../etc/passwd", START, 0).mayAppear());
  }

  @Test
  void requestThatMeetsNewKeyWaitsForTheOneFetchAndSucceeds() throws Exception {
    fetch(all, START);
    long later = START + KeyStore.FETCH_INTERVAL_MS;
    CompletableFuture<KeyStore.Found> request =
        CompletableFuture.supplyAsync(() -> keys.find(added, later, 10_000));
    while (keys.dueInMs(later) > 0) {
      Thread.onSpinWait();
    }
    Set<String> sought = keys.beginFetch(later);
    assertEquals(Set.of(added), sought);
    keys.finishFetch(sought, rotated, later);
    assertTrue(request.get().key().isPresent());
  }

  @Test
  void requestWaitsNoLongerThanForOneFetchThatFails() throws Exception {
    fetch(all, START);
    long later = START + KeyStore.FETCH_INTERVAL_MS;
    CompletableFuture<KeyStore.Found> request =
        CompletableFuture.supplyAsync(() -> keys.find(added, later, 10_000));
    while (keys.dueInMs(later) > 0) {
      Thread.onSpinWait();
    }
    fetch(null, later);
    assertTrue(request.get().mayAppear());
  }
}
