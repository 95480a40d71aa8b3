package claviger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** {@code contract/vectors/feed.json}. */
class FeedVectorsTest {
  private final Map<String, Object> file = Vectors.read("feed.json");
  private final Map<String, Object> tokens = Vectors.object(file.get("tokens"));
  private final byte[] keySet = Vectors.keySet((String) file.get("key_set"));

  @TestFactory
  Stream<DynamicTest> everyScript() {
    List<Map<String, Object>> scripts = Vectors.objects(file.get("scripts"));
    assertTrue(scripts.size() > 90, "scripts are missing");
    return scripts.stream().map(script ->
        dynamicTest((String) script.get("name"), () -> play(Vectors.objects(script.get("steps")))));
  }

  private void play(List<Map<String, Object>> steps) throws Exception {
    Vectors.Bench bench = new Vectors.Bench(file, keySet);
    Set<String> nonces = new HashSet<>();
    for (Map<String, Object> step : steps) {
      switch ((String) step.get("step")) {
        case "poll" -> poll(bench, step, nonces);
        case "check" -> {
          bench.boot = (Long) step.get("boot_ms");
          bench.wall = (Long) step.get("wall");
          // The boot clock of the vectors has any origin, and the keys are always fresh.
          bench.fetch(keySet);
          String token = (String) tokens.get(step.get("token"));
          String verdict = bench.verdict(token, Vectors.texts(step.get("required")));
          assertTrue(Vectors.texts(step.get("verdict")).contains(verdict), () -> verdict + ": " + step);
        }
        default -> assertEquals(step.get("entries"), (long) bench.judge.feed().pair().revocations().size());
      }
    }
  }

  private void poll(Vectors.Bench bench, Map<String, Object> step, Set<String> nonces) {
    Feed feed = bench.judge.feed();
    Map<String, Object> query = new HashMap<>(feed.request(bench.wall));
    String nonce = (String) query.remove("nonce");
    assertTrue(nonces.add(nonce), "a nonce is repeated");
    assertEquals(feed.instance(), query.remove("verifier"));
    assertEquals(step.get("request"), query);

    Map<String, Object> received = Vectors.object(step.get("received"));
    bench.boot = (Long) received.get("boot_ms");
    bench.wall = (Long) received.get("wall");
    Feed.Outcome outcome;
    if (step.get("response") == null) {
      outcome = feed.ignore("no connection");
    } else {
      Map<String, Object> response = Vectors.object(step.get("response"));
      int status = Math.toIntExact((Long) response.get("status"));
      outcome = feed.apply((Long) step.get("sent_boot_ms"), status, body(response, nonce), bench.wall);
    }
    String told = outcome.name().toLowerCase(Locale.ROOT);
    assertTrue(Vectors.texts(step.get("outcome")).contains(told), () -> told + ": " + step);
    if (outcome == Feed.Outcome.APPLIED) {
      assertTrue(feed.problem().isEmpty());
    } else if (outcome != Feed.Outcome.PAGE) {
      assertFalse(feed.problem().orElse("").isEmpty(), "it does not say why");
    }
  }

  private static byte[] body(Map<String, Object> response, String nonce) {
    String text;
    if (response.containsKey("body_text")) {
      text = (String) response.get("body_text");
    } else if (response.get("body") instanceof Map<?, ?> given
        && given.get("entries") instanceof Map<?, ?> repeated
        && repeated.containsKey("repeat")) {
      Map<String, Object> body = new HashMap<>(Vectors.object(given));
      int count = Math.toIntExact((Long) repeated.get("count"));
      body.put("entries", Collections.nCopies(count, repeated.get("repeat")));
      text = Vectors.write(body);
    } else {
      text = Vectors.write(response.get("body"));
    }
    return text.replace("$nonce", nonce).getBytes(StandardCharsets.UTF_8);
  }
}
