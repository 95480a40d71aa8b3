package claviger;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The test vectors of the repository, and a verifier without threads and with clocks of their own. */
final class Vectors {
  private Vectors() {}

  static Path repository() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(folder.resolve("contract/vectors"))) {
      folder = folder.getParent();
    }
    return folder;
  }

  static Map<String, Object> read(String name) {
    try {
      return Json.parseObject(Files.readAllBytes(repository().resolve("contract/vectors").resolve(name)));
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    } catch (Json.NotStrict error) {
      throw new IllegalStateException(error);
    }
  }

  static byte[] keySet(String name) {
    return write(object(object(read("key_sets.json").get(name)).get("key_set"))).getBytes(StandardCharsets.UTF_8);
  }

  static Map<String, Object> object(Object value) {
    try {
      return Json.asObject(value);
    } catch (Json.NotStrict error) {
      throw new IllegalStateException(error);
    }
  }

  static List<Map<String, Object>> objects(Object value) {
    return ((List<?>) value).stream().map(Vectors::object).toList();
  }

  static List<String> texts(Object value) {
    if (value == null) {
      return List.of();
    }
    return value instanceof String text ? List.of(text) : ((List<?>) value).stream().map(String.class::cast).toList();
  }

  /** As JSON. The vectors have no text that needs escapes but quotes, control characters and backslashes. */
  static String write(Object value) {
    if (value instanceof Map<?, ?> map) {
      return map.entrySet().stream()
          .map(one -> write(one.getKey()) + ":" + write(one.getValue()))
          .collect(Collectors.joining(",", "{", "}"));
    }
    if (value instanceof List<?> list) {
      return list.stream().map(Vectors::write).collect(Collectors.joining(",", "[", "]"));
    }
    if (value instanceof String text) {
      StringBuilder written = new StringBuilder("\"");
      text.chars().forEach(letter -> written.append(
          letter < ' ' || letter == '"' || letter == '\\' ? String.format("\\u%04x", letter) : "" + (char) letter));
      return written.append('"').toString();
    }
    return String.valueOf(value);
  }

  /** A verifier that polls nothing by itself. */
  static final class Bench implements Clocks {
    final Judge judge;
    long boot;
    long wall;

    Bench(Map<String, Object> file, byte[] keySet) throws Json.NotStrict {
      judge = new Judge((String) file.get("issuer"), (String) file.get("audience"), this, 0);
      fetch(keySet);
    }

    void fetch(byte[] keySet) throws Json.NotStrict {
      judge.keys().finishFetch(judge.keys().beginFetch(boot), KeySet.parse(keySet), boot);
    }

    String verdict(String token, List<String> required) {
      try {
        judge.judge(token, Requirement.of(required.toArray(String[]::new)));
        return "accepted";
      } catch (Refused refused) {
        return refused.kind().name().toLowerCase(java.util.Locale.ROOT);
      }
    }

    @Override
    public long bootMs() {
      return boot;
    }

    @Override
    public long bootMsAtMost() {
      return boot;
    }

    @Override
    public long wall() {
      return wall;
    }
  }
}
