package claviger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** {@code contract/vectors/tokens.json} and {@code key_sets.json}. */
class TokenVectorsTest {
  private final Map<String, Object> file = Vectors.read("tokens.json");
  private final Map<String, byte[]> keySets = new ConcurrentHashMap<>();

  @TestFactory
  Stream<DynamicTest> usableKeysOfEachSet() {
    return Vectors.read("key_sets.json").entrySet().stream().map(one -> dynamicTest(one.getKey(), () -> {
      Set<String> usable = Set.copyOf(Vectors.texts(Vectors.object(one.getValue()).get("usable")));
      assertEquals(usable, KeySet.parse(Vectors.keySet(one.getKey())).keySet());
    }));
  }

  @TestFactory
  Stream<DynamicTest> everyToken() {
    List<Map<String, Object>> cases = Vectors.objects(file.get("cases"));
    assertTrue(cases.size() > 250, "cases are missing");
    return cases.stream().map(one -> dynamicTest((String) one.get("name"), () -> check(one)));
  }

  private void check(Map<String, Object> one) throws Exception {
    byte[] keySet = keySets.computeIfAbsent((String) one.getOrDefault("key_set", "all"), Vectors::keySet);
    Vectors.Bench bench = new Vectors.Bench(file, keySet);
    bench.wall = (Long) one.getOrDefault("now", file.get("now"));
    Feed feed = bench.judge.feed();
    String nonce = feed.request(bench.wall).get("nonce");
    String answer = "{\"cluster\":\"c\",\"position\":1,\"nonce\":\"" + nonce
        + "\",\"lease_ms\":60000,\"complete\":true,\"next\":null,\"entries\":[]}";
    byte[] body = answer.getBytes(StandardCharsets.UTF_8);
    assertEquals(Feed.Outcome.APPLIED, feed.apply(0, 200, body, bench.wall));

    String token = token(one);
    List<String> required = Vectors.texts(one.get("required"));
    String verdict = bench.verdict(token, required);
    if (verdict.equals("undecided")) {
      // A well-formed kid that is not in the set: the set is fetched once more.
      bench.boot += KeyStore.FETCH_INTERVAL_MS;
      bench.fetch(keySet);
      verdict = bench.verdict(token, required);
    }
    assertTrue(Vectors.texts(one.get("verdict")).contains(verdict), verdict);
  }

  private static String token(Map<String, Object> one) {
    if (one.containsKey("token")) {
      return (String) one.get("token");
    }
    StringBuilder token = new StringBuilder();
    for (Object part : (List<?>) one.get("parts")) {
      if (part instanceof List<?> pair) {
        token.append(((String) pair.get(0)).repeat(Math.toIntExact((Long) pair.get(1))));
      } else {
        token.append((String) part);
      }
    }
    return token.toString();
  }
}
