package claviger;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How a verifier follows the feed: what it asks, and what an answer does. No IO and no clock; one thread drives it. */
final class Feed {
  /** A set of more pages than this, of 10,000 entries each, is a lie. */
  private static final int MAX_PAGES = 1_000;

  private static final SecureRandom RANDOM = new SecureRandom();

  private final String instance = random();
  private volatile Pair pair;
  private volatile String problem = "the feed has not answered yet";
  private String nonce = "";
  private Pages pages;
  /** The highest position that was applied, and its cluster. They outlive the set. */
  private String floorCluster;

  private long floor;

  enum Outcome { APPLIED, PAGE, IGNORED, DROPPED }

  /** A set, and until when it may be trusted, on the boot clock: one immutable value, replaced as a whole. */
  record Pair(Revocations revocations, long leaseUntilMs, String cluster, long position) {
    boolean isTrusted(long bootMs, long wall) {
      return bootMs < leaseUntilMs && revocations.isUsableAt(wall);
    }
  }

  /** A paging that is under way. */
  private static final class Pages {
    private final long startedMs;
    private final Answer first;
    private final List<Entry> entries = new ArrayList<>();
    private final List<String> cursors = new ArrayList<>();
    private long leaseMs;

    private Pages(long startedMs, Answer first) {
      this.startedMs = startedMs;
      this.first = first;
      leaseMs = first.leaseMs();
    }
  }

  /** Any thread may read it. Null without a set. */
  Pair pair() {
    return pair;
  }

  Optional<String> problem() {
    return Optional.ofNullable(problem);
  }

  String instance() {
    return instance;
  }

  /** The query of the next request. It acknowledges what was applied, and nothing else. */
  Map<String, String> request(long wall) {
    if (pair != null && !pair.revocations().isUsableAt(wall)) {
      drop("the wall clock was set back");
    }
    nonce = random();
    Map<String, String> query = new LinkedHashMap<>();
    query.put("verifier", instance);
    query.put("nonce", nonce);
    query.put("wait", "1");
    if (pair != null) {
      query.put("after", Long.toString(pair.position()));
      query.put("cluster", pair.cluster());
    }
    if (pages != null) {
      query.put("cursor", pages.cursors.get(pages.cursors.size() - 1));
    }
    return query;
  }

  /** {@code sentMs} is the boot clock before the request was sent. */
  Outcome apply(long sentMs, int status, byte[] body, long wall) {
    if (status != 200) {
      return ignore("the feed answered " + status);
    }
    try {
      return apply(sentMs, Answer.parse(body, nonce), wall);
    } catch (Answer.Lie lie) {
      return drop(lie.getMessage());
    }
  }

  /** There was no answer, or none that could be read. */
  Outcome ignore(String why) {
    pages = null;
    problem = why;
    return Outcome.IGNORED;
  }

  private Outcome apply(long sentMs, Answer answer, long wall) throws Answer.Lie {
    boolean isBelow = answer.cluster().equals(floorCluster) && answer.position() < floor;
    // A page that goes back behind the first one is a lie of its own.
    if (isBelow && (pages == null || answer.position() >= pages.first.position())) {
      return ignore("the feed went back to position " + answer.position());
    }
    if (pages == null) {
      checkStart(answer);
      pages = new Pages(sentMs, answer);
    } else {
      checkPage(answer);
    }
    pages.entries.addAll(answer.entries());
    pages.leaseMs = Math.min(pages.leaseMs, answer.leaseMs());
    if (answer.next() != null) {
      if (pages.cursors.contains(answer.next()) || pages.cursors.size() >= MAX_PAGES) {
        throw new Answer.Lie("the pages of the answer do not end");
      }
      pages.cursors.add(answer.next());
      return Outcome.PAGE;
    }
    return finish(wall);
  }

  private void checkStart(Answer answer) throws Answer.Lie {
    if (!answer.complete() && pair == null) {
      throw new Answer.Lie("there is a gap: the answer is not complete, and nothing was known");
    }
    if (!answer.complete() && !answer.cluster().equals(pair.cluster())) {
      throw new Answer.Lie("there is a gap: the answer is not complete, and of another cluster");
    }
  }

  private void checkPage(Answer answer) throws Answer.Lie {
    Answer first = pages.first;
    if (!answer.cluster().equals(first.cluster())
        || answer.complete() != first.complete()
        || answer.position() < first.position()) {
      throw new Answer.Lie("a page does not belong to the first one");
    }
  }

  private Outcome finish(long wall) {
    Answer first = pages.first;
    Revocations known = first.complete() ? Revocations.none() : pair.revocations();
    long until = pages.startedMs + pages.leaseMs;
    pair = new Pair(known.with(pages.entries, wall), until, first.cluster(), first.position());
    floorCluster = first.cluster();
    floor = first.position();
    pages = null;
    problem = null;
    return Outcome.APPLIED;
  }

  private Outcome drop(String why) {
    pair = null;
    pages = null;
    problem = why + "; the set was dropped";
    return Outcome.DROPPED;
  }

  private static String random() {
    byte[] bytes = new byte[16];
    RANDOM.nextBytes(bytes);
    return Base64Url.encode(bytes);
  }
}
