package claviger;

import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The realm's public keys, and when they are fetched. Only one thread fetches; any number look keys up. Times are of
 * the boot clock, in milliseconds.
 */
final class KeyStore {
  /** Least time between two fetches, and longest age of the set. */
  static final long FETCH_INTERVAL_MS = 30_000;

  static final long MAX_AGE_MS = 300_000;
  static final int MAX_UNKNOWN = 1_024;
  /** Without a key, a fetch that failed is repeated sooner: nothing can be decided. */
  private static final long FIRST_RETRY_MS = 250;

  private static final long LONGEST_RETRY_MS = 5_000;
  /** RFC 7638 with SHA-256. */
  private static final Pattern THUMBPRINT = Pattern.compile("[A-Za-z0-9_-]{43}");

  private volatile Map<String, VerifyingKey> keys = Map.of();
  private volatile String problem;
  private Long attemptedAt;
  private long fetchedAt;
  private int failures;
  private boolean fetching;
  private long fetches;
  /** Asked for, and not looked for in a set that was fetched since. */
  private final Set<String> wanted = new LinkedHashSet<>();
  /** Absent from a set that was fetched after they were asked for, the oldest first; with the time of that. */
  private final Map<String, Long> absent = new LinkedHashMap<>();

  /** What a look-up found. */
  record Found(Optional<VerifyingKey> key, boolean mayAppear, long retryAfterMs) {}

  Map<String, VerifyingKey> keys() {
    return keys;
  }

  Optional<String> problem() {
    return Optional.ofNullable(problem);
  }

  /** Asks for a fetch if the key is not known. Waits at most so long, and only for a fetch that begins at once. */
  Found find(String kid, long now, long longestWaitMs) {
    VerifyingKey known = keys.get(kid);
    if (known != null) {
      return new Found(Optional.of(known), false, 0);
    }
    if (!THUMBPRINT.matcher(kid).matches()) {
      return new Found(Optional.empty(), false, 0);
    }
    synchronized (this) {
      Long since = absent.get(kid);
      if (since != null && now - since < MAX_AGE_MS) {
        return new Found(Optional.empty(), false, 0);
      }
      if (wanted.size() < MAX_UNKNOWN && wanted.add(kid)) {
        notifyAll();
      }
      long due = dueInMs(now);
      if (due == 0 || fetching) {
        await(kid, longestWaitMs);
      }
      VerifyingKey fetched = keys.get(kid);
      boolean mayAppear = fetched == null && (wanted.contains(kid) || !absent.containsKey(kid));
      return new Found(Optional.ofNullable(fetched), mayAppear, due);
    }
  }

  /** Waits for the fetch that looks for this key, but not for the next one if that fails. */
  private void await(String kid, long longestMs) {
    long deadline = System.nanoTime() + longestMs * 1_000_000;
    // A fetch under way may have begun before the key was asked for. Then there is no answer about it.
    long until = fetches + 1;
    try {
      while (fetches < until && wanted.contains(kid)) {
        long left = (deadline - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          return;
        }
        wait(left);
      }
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
    }
  }

  /** How long until the set may and should be fetched. */
  synchronized long dueInMs(long now) {
    if (attemptedAt == null) {
      return 0;
    }
    long since = now - attemptedAt;
    if (keys.isEmpty()) {
      return Math.max(0, Math.min(FIRST_RETRY_MS << Math.min(failures, 6), LONGEST_RETRY_MS) - since);
    }
    long interval = Math.max(0, FETCH_INTERVAL_MS - since);
    return wanted.isEmpty() ? Math.max(interval, MAX_AGE_MS - (now - fetchedAt)) : interval;
  }

  /** Waits until it is due, or until a key is wanted, which may make it due earlier. */
  synchronized void awaitDue(long now) throws InterruptedException {
    long due = dueInMs(now);
    if (due > 0) {
      // Not longer: the clock may run ahead of this wait.
      wait(Math.min(due, 1_000));
    }
  }

  /** The unknown ids that this fetch looks for. */
  synchronized Set<String> beginFetch(long now) {
    attemptedAt = now;
    fetching = true;
    return Set.copyOf(wanted);
  }

  /** Replaces the keys. */
  synchronized void finishFetch(Set<String> sought, Map<String, VerifyingKey> fetched, long now) {
    keys = fetched;
    problem = null;
    fetchedAt = now;
    failures = 0;
    for (String kid : sought) {
      wanted.remove(kid);
      absent.remove(kid);
      if (!fetched.containsKey(kid)) {
        absent.put(kid, now);
      }
    }
    var oldest = new ArrayDeque<>(absent.keySet());
    while (absent.size() > MAX_UNKNOWN) {
      absent.remove(oldest.remove());
    }
    end();
  }

  /** Evicts no key. */
  synchronized void failFetch(String why) {
    problem = why;
    failures++;
    end();
  }

  private void end() {
    fetching = false;
    fetches++;
    notifyAll();
  }
}
