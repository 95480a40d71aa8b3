package claviger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The set of revocations, compared with one that is obviously right. */
class RevocationsTest {
  private static final long WALL = 1_900_000_000;

  private static UnverifiedToken token(String client, long position) {
    Map<String, Object> claims = Map.of("client_id", client, "jti", "j", "aud", "a", "pos", position);
    return new UnverifiedToken("at+jwt", "ES256", "k", claims, new byte[0], new byte[0]);
  }

  private static Entry cut(String client, long before, long forgetAfter, long since) {
    return new Entry(Entry.Kind.CREDENTIAL, client, before, forgetAfter, since);
  }

  /** Batches of any size and order, a clock that jumps both ways, and entries that are forgotten. */
  @Test
  void agreesWithListOfAllEntries() {
    for (int world = 0; world < 200; world++) {
      Random random = new Random(world);
      Revocations set = Revocations.none();
      List<Entry> told = new ArrayList<>();
      long wall = WALL;
      for (int batch = 0; batch < 40; batch++) {
        wall += random.nextInt(10) == 0 ? random.nextInt(400) - 200 : random.nextInt(40);
        List<Entry> entries = new ArrayList<>();
        for (int count = random.nextInt(1 << random.nextInt(5)); count > 0; count--) {
          long since = random.nextInt(8) == 0 ? wall + random.nextInt(200) - 100 : 0;
          long forgetAfter = wall + random.nextInt(600) - 120;
          entries.add(cut("c" + random.nextInt(12), random.nextInt(50), forgetAfter, since));
        }
        told.addAll(entries);
        set = set.with(entries, wall);
        if (set.isUsableAt(wall)) {
          compare(set, told, wall, "world " + world);
        }
      }
    }
  }

  private static void compare(Revocations set, List<Entry> told, long wall, String world) {
    Map<String, Long> forced = new HashMap<>();
    Map<String, Long> possible = new HashMap<>();
    for (Entry entry : told) {
      if (entry.since() <= wall) {
        possible.merge(entry.name(), entry.before(), Math::max);
        if (entry.forgetAfter() >= wall) {
          forced.merge(entry.name(), entry.before(), Math::max);
        }
      }
    }
    for (int client = 0; client < 12; client++) {
      for (long position = 0; position < 50; position += 12) {
        boolean isEnded = set.end(token("c" + client, position), wall);
        if (position < forced.getOrDefault("c" + client, 0L)) {
          assertTrue(isEnded, world);
        } else if (position >= possible.getOrDefault("c" + client, 0L)) {
          assertFalse(isEnded, world);
        }
      }
    }
  }

  /** An entry that has come too late, then a clock that is set back to when it mattered. */
  @Test
  void lateEntryRevivesNoTokenWhenTheClockIsSetBack() {
    // With and without a look through all entries, which is taken once a minute.
    for (long later : new long[] {30, 59, 60, 61}) {
      for (long forgetAfter = WALL - 100; forgetAfter < WALL + 40; forgetAfter++) {
        Revocations set = Revocations.none().with(List.of(), WALL);
        set = set.with(List.of(cut("c", 9, forgetAfter, 0)), WALL + later);
        for (long wall = WALL - 200; wall <= forgetAfter; wall++) {
          boolean isAccepted = set.isUsableAt(wall) && !set.end(token("c", 1), wall);
          assertFalse(isAccepted, "accepted at " + (wall - WALL) + ", until " + (forgetAfter - WALL));
        }
      }
    }
  }

  @Test
  void setOfMillionsStaysSmallAndForgets() {
    Revocations set = Revocations.none();
    Set<String> names = new HashSet<>();
    for (int batch = 0; batch < 20; batch++) {
      List<Entry> entries = new ArrayList<>();
      for (int index = 0; index < 10_000; index++) {
        names.add("c" + batch + "-" + index);
        entries.add(cut("c" + batch + "-" + index, 5, WALL + 86_460, 0));
      }
      set = set.with(entries, WALL);
    }
    assertEquals(names.size(), set.size());
    assertEquals(32L * names.size(), set.packedBytes());
    Revocations later = set.with(List.of(), WALL + 86_461 + Revocations.MARGIN_SECONDS);
    assertEquals(0, later.size());
    assertEquals(0, later.packedBytes());
    Revocations kept = set;
    assertTrue(names.stream().limit(1_000).allMatch(name -> kept.end(token(name, 4), WALL)));
    assertTrue(names.stream().limit(1_000).noneMatch(name -> kept.end(token(name, 5), WALL)));
  }
}
