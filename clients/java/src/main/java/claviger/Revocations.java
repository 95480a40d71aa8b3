package claviger;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What the feed has told, in 32 bytes an entry. It never changes: adding makes another set that shares what it can. */
final class Revocations {
  /** An entry is kept this much longer than the feed demands, for a wall clock that is set back a little. */
  static final long MARGIN_SECONDS = 60;

  private static final Revocations NONE = new Revocations(List.of(), Map.of(), 0);

  /** The largest first; each is more than twice as large as the next one. A thing may be in several. */
  private final List<Run> runs;
  /** Entries with {@code from}, which are few: those of overlaps. */
  private final Map<Dated, Run.Cut> dated;
  /** The latest wall clock by which an entry was forgotten. */
  private final long forgottenAt;

  private record Dated(Digest digest, long since) {}

  private Revocations(List<Run> runs, Map<Dated, Run.Cut> dated, long forgottenAt) {
    this.runs = runs;
    this.dated = dated;
    this.forgottenAt = forgottenAt;
  }

  static Revocations none() {
    return NONE;
  }

  Revocations with(List<Entry> entries, long wall) {
    TreeMap<Digest, Run.Cut> added = new TreeMap<>();
    Map<Dated, Run.Cut> laterDated = new HashMap<>(dated);
    for (Entry entry : entries) {
      Digest digest = Digest.of(entry.kind(), entry.name());
      Run.Cut cut = new Run.Cut(entry.before(), entry.forgetAfter());
      if (entry.since() > 0) {
        laterDated.merge(new Dated(digest, entry.since()), cut, Run.Cut::or);
      } else {
        added.merge(digest, cut, Run.Cut::or);
      }
    }
    List<Run> laterRuns = new ArrayList<>(runs);
    if (!added.isEmpty()) {
      laterRuns.add(Run.of(added));
      settle(laterRuns);
    }
    Revocations later = new Revocations(List.copyOf(laterRuns), Map.copyOf(laterDated), forgottenAt);
    // Looks through all entries once a minute of the wall clock, and for those that matter no more when they come.
    boolean isLate = entries.stream().anyMatch(entry -> entry.forgetAfter() < wall - MARGIN_SECONDS);
    return isLate || wall >= forgottenAt + MARGIN_SECONDS ? later.forgetting(wall) : later;
  }

  private Revocations forgetting(long wall) {
    long second = wall - MARGIN_SECONDS;
    List<Run> kept = new ArrayList<>();
    for (Run run : runs) {
      Run rest = run.since(second);
      if (rest.size() > 0) {
        kept.add(rest);
        settle(kept);
      }
    }
    Map<Dated, Run.Cut> keptDated = new HashMap<>(dated);
    keptDated.values().removeIf(cut -> cut.forgetAfter() < second);
    return new Revocations(List.copyOf(kept), Map.copyOf(keptDated), Math.max(forgottenAt, wall));
  }

  /** Merges from the end while that costs no more than what was added, in the long run. */
  private static void settle(List<Run> runs) {
    while (runs.size() > 1) {
      Run last = runs.get(runs.size() - 1);
      Run before = runs.get(runs.size() - 2);
      if (before.size() > 2 * last.size()) {
        return;
      }
      runs.remove(runs.size() - 1);
      runs.set(runs.size() - 1, before.merged(last));
    }
  }

  /** Whether an entry ends the token. */
  boolean end(UnverifiedToken token, long wall) {
    long position = token.number("pos");
    Set<Digest> digests = new HashSet<>();
    digests.add(Digest.of(Entry.Kind.CREDENTIAL, token.text("client_id")));
    digests.add(Digest.of(Entry.Kind.TOKEN, token.text("jti")));
    digests.add(Digest.of(Entry.Kind.KEY, token.kid()));
    digests.add(Digest.of(Entry.Kind.RESOURCE_SERVER, token.text("aud")));
    digests.add(Digest.of(Entry.Kind.REALM, ""));
    if (token.grant() != null) {
      digests.add(Digest.of(Entry.Kind.TOKEN, token.grant()));
    }
    for (Digest digest : digests) {
      for (Run run : runs) {
        if (position < run.before(digest)) {
          return true;
        }
      }
    }
    return dated.entrySet().stream().anyMatch(one -> one.getKey().since() <= wall
        && position < one.getValue().before()
        && digests.contains(one.getKey().digest()));
  }

  /** Not after the wall clock was set back: an entry that was forgotten by the later time may matter again. */
  boolean isUsableAt(long wall) {
    return wall >= forgottenAt - MARGIN_SECONDS;
  }

  /** The memory of its entries without those that have {@code from}. */
  long packedBytes() {
    return runs.stream().mapToLong(Run::bytes).sum();
  }

  /** How many things it ends, each counted once. */
  int size() {
    int size = dated.size();
    for (int at = 0; at < runs.size(); at++) {
      Run run = runs.get(at);
      for (int index = 0; index < run.size(); index++) {
        Digest digest = run.digest(index);
        if (runs.subList(0, at).stream().noneMatch(larger -> larger.has(digest))) {
          size++;
        }
      }
    }
    return size;
  }
}
