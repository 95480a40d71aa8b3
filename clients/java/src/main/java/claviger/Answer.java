package claviger;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** An answer of the feed, parsed strictly. {@code next} is null on the last page. */
record Answer(
    String cluster, long position, long leaseMs, boolean complete, String next, List<Entry> entries) {
  /** The largest answer has 10,000 entries with audiences of 2,048 bytes. */
  static final int MAX_BYTES = 32 * 1024 * 1024;

  private static final long MAX_LEASE_MS = 60_000;
  /** The largest integer that every JSON reader represents exactly. */
  private static final long MAX_POSITION = 1L << 53;
  private static final int MAX_ENTRIES = 10_000;
  private static final int MAX_CLUSTER = 256;
  private static final int MAX_CURSOR = 4_096;
  private static final int MAX_NAME_BYTES = 2_048;

  /** An answer that contradicts itself, its request or what is known. */
  static final class Lie extends Exception {
    private static final long serialVersionUID = 1;

    Lie(String why) {
      super(why);
    }
  }

  static Answer parse(byte[] body, String nonce) throws Lie {
    Map<String, Object> value;
    try {
      value = Json.parseObject(body);
    } catch (Json.NotStrict error) {
      throw new Lie("the answer is not strict JSON: " + error.getMessage());
    }
    if (!nonce.equals(value.get("nonce"))) {
      throw new Lie("the answer is to another request: its nonce differs");
    }
    if (!(value.get("cluster") instanceof String cluster) || !hasLength(cluster, MAX_CLUSTER)) {
      throw new Lie("the answer names no cluster");
    }
    if (!Json.isWhole(value.get("position"), 0, MAX_POSITION)) {
      throw new Lie("the answer has no position");
    }
    if (!Json.isWhole(value.get("lease_ms"), 1, MAX_LEASE_MS)) {
      throw new Lie("the answer has no lease of at most a minute");
    }
    if (!(value.get("complete") instanceof Boolean complete)) {
      throw new Lie("the answer does not say whether it is complete");
    }
    Object next = value.get("next");
    boolean isCursor = next instanceof String text && hasLength(text, MAX_CURSOR);
    if (!value.containsKey("next") || (next != null && !isCursor)) {
      throw new Lie("the answer has no valid cursor");
    }
    if (!(value.get("entries") instanceof List<?> listed) || listed.size() > MAX_ENTRIES) {
      throw new Lie("the answer has no list of at most 10,000 entries");
    }
    List<Entry> entries = new ArrayList<>(listed.size());
    for (Object one : listed) {
      entries.add(entry(one));
    }
    long position = (Long) value.get("position");
    return new Answer(cluster, position, (Long) value.get("lease_ms"), complete, (String) next, entries);
  }

  private static Entry entry(Object value) throws Lie {
    if (!(value instanceof Map<?, ?> members)) {
      throw new Lie("an entry of the answer is no object");
    }
    Entry.Kind kind = Entry.Kind.named(members.get("kind"));
    if (kind == null) {
      throw new Lie("the answer has an entry of an unknown kind, which this version cannot apply");
    }
    String name = "";
    if (kind.member != null) {
      if (!(members.get(kind.member) instanceof String given) || !isName(given)) {
        throw new Lie("an entry of the kind " + kind.wireName() + " has no valid " + kind.member);
      }
      name = given;
    }
    if (kind == Entry.Kind.CREDENTIAL && !UnverifiedToken.isUuid(name)) {
      throw new Lie("an entry of the kind credential names no credential");
    }
    Object since = members.containsKey("from") ? members.get("from") : Long.valueOf(0);
    Object before = kind.hasPosition ? members.get("before") : Long.valueOf(Entry.EVERY_POSITION);
    if (!Json.isWhole(members.get("forget_after"), 0, UnverifiedToken.LATEST)
        || !Json.isWhole(since, 0, UnverifiedToken.LATEST)) {
      throw new Lie("an entry of the kind " + kind.wireName() + " has no valid time");
    }
    if (!Json.isWhole(before, 0, MAX_POSITION)) {
      throw new Lie("an entry of the kind " + kind.wireName() + " has no valid position");
    }
    return new Entry(kind, name, (Long) before, (Long) members.get("forget_after"), (Long) since);
  }

  private static boolean isName(String text) {
    return hasLength(text, MAX_NAME_BYTES) && text.getBytes(StandardCharsets.UTF_8).length <= MAX_NAME_BYTES;
  }

  private static boolean hasLength(String text, int most) {
    return !text.isEmpty() && text.length() <= most;
  }
}
