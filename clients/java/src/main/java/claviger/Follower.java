package claviger;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** Two threads beside the service, which do not keep its process alive: one polls the feed, one fetches keys. */
final class Follower {
  /** The feed answers within a second. A node that hangs is left for another one while the lease goes on. */
  private static final Duration FEED_TIMEOUT = Duration.ofSeconds(2);

  private static final Duration KEYS_TIMEOUT = Duration.ofSeconds(4);
  private static final long FIRST_PAUSE_MS = 50;
  private static final long LONGEST_PAUSE_MS = 1_000;
  /** Least time between two answers without news: a server that does not wait is not asked in a loop. */
  private static final long QUIET_PAUSE_MS = 100;

  private static final int TOO_MANY = 429;
  private static final long TOO_MANY_PAUSE_MS = 5_000;

  private final Judge judge;
  private final Endpoint endpoint;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final Object news = new Object();
  private final List<Thread> threads = List.of(
      new Thread(() -> run(this::follow), "claviger-feed"), new Thread(() -> run(this::fetchKeys), "claviger-keys"));
  private int failures;

  Follower(Judge judge, Endpoint endpoint) {
    this.judge = judge;
    this.endpoint = endpoint;
  }

  void start() {
    threads.forEach(thread -> thread.setDaemon(true));
    threads.forEach(Thread::start);
  }

  /** Returns when the threads are gone. */
  void stop() {
    stopped.countDown();
    threads.forEach(Thread::interrupt);
    try {
      for (Thread thread : threads) {
        thread.join();
      }
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
    }
    tell();
  }

  boolean awaitReady(Duration timeout) throws InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    synchronized (news) {
      while (!judge.isReady()) {
        long leftMs = (deadline - System.nanoTime()) / 1_000_000;
        if (leftMs <= 0 || isStopped()) {
          return false;
        }
        news.wait(leftMs);
      }
    }
    return true;
  }

  private boolean isStopped() {
    return stopped.getCount() == 0;
  }

  private void tell() {
    synchronized (news) {
      news.notifyAll();
    }
  }

  private interface Step {
    void take() throws InterruptedException;
  }

  private void run(Step step) {
    while (!isStopped()) {
      try {
        step.take();
      } catch (InterruptedException error) {
        // Only `stop` interrupts.
        continue;
      }
      tell();
    }
  }

  private void follow() throws InterruptedException {
    Feed.Pair before = judge.feed().pair();
    long started = System.nanoTime();
    int status = 0;
    Feed.Outcome outcome;
    try {
      Map<String, String> query = judge.feed().request(judge.clocks().wall());
      long sentMs = judge.clocks().bootMs();
      Endpoint.Received answer = endpoint.get("/revocations", query, Answer.MAX_BYTES, FEED_TIMEOUT);
      status = answer.status();
      outcome = judge.feed().apply(sentMs, status, answer.body(), judge.clocks().wall());
    } catch (IOException | RuntimeException error) {
      outcome = judge.feed().ignore("no answer: " + error.getMessage());
    }
    tell();
    pause(pauseMs(outcome, status, before, (System.nanoTime() - started) / 1_000_000));
  }

  private long pauseMs(Feed.Outcome outcome, int status, Feed.Pair before, long tookMs) {
    Feed.Pair after = judge.feed().pair();
    if (outcome == Feed.Outcome.APPLIED || outcome == Feed.Outcome.PAGE) {
      // Not by a whole set alone: a feed that lies about what follows would be asked for it in a loop.
      failures = before == null ? failures : 0;
      boolean isNews = outcome == Feed.Outcome.PAGE
          || before == null || after == null || before.position() != after.position();
      return isNews ? 0 : Math.max(0, QUIET_PAUSE_MS - tookMs);
    }
    int failed = failures++;
    if (status == TOO_MANY) {
      return TOO_MANY_PAUSE_MS;
    }
    if (outcome == Feed.Outcome.DROPPED && failed == 0) {
      // A set that was dropped is fetched anew at once, but not again and again.
      return 0;
    }
    long pause = Math.min(FIRST_PAUSE_MS << Math.min(failed, 10), LONGEST_PAUSE_MS);
    return ThreadLocalRandom.current().nextLong(pause * 4 / 5, pause + 1);
  }

  private void fetchKeys() throws InterruptedException {
    KeyStore keys = judge.keys();
    if (keys.dueInMs(now()) > 0) {
      keys.awaitDue(now());
      return;
    }
    Set<String> sought = keys.beginFetch(now());
    String failure = "the fetch of the keys was ended";
    Map<String, VerifyingKey> fetched = null;
    try {
      Endpoint.Received answer = endpoint.getPublic("/oauth2/jwks", KeySet.MAX_BYTES, KEYS_TIMEOUT);
      if (answer.status() == 200) {
        fetched = KeySet.parse(answer.body());
      } else {
        failure = "the request of the keys was answered with " + answer.status();
      }
    } catch (IOException | Json.NotStrict | RuntimeException error) {
      failure = "no keys: " + error.getMessage();
    } finally {
      // Also when it is ended: nobody must wait for it any more.
      if (fetched == null) {
        keys.failFetch(failure);
      } else {
        keys.finishFetch(sought, fetched, now());
      }
    }
  }

  private long now() {
    return judge.clocks().bootMsAtMost();
  }

  private void pause(long ms) throws InterruptedException {
    if (ms > 0) {
      stopped.await(ms, TimeUnit.MILLISECONDS);
    }
  }
}
