package claviger;

import java.security.GeneralSecurityException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A JWK set (RFC 7517 §5). */
final class KeySet {
  static final int MAX_BYTES = 256 * 1024;
  private static final int MAX_KEYS = 100;

  private KeySet() {}

  /** By {@code kid}. Skips keys that cannot be used; fails without a usable one. */
  static Map<String, VerifyingKey> parse(byte[] data) throws Json.NotStrict {
    if (!(Json.parseObject(data).get("keys") instanceof List<?> listed)) {
      throw new Json.NotStrict("not a key set");
    }
    Map<String, VerifyingKey> keys = new LinkedHashMap<>();
    for (Object one : listed.subList(0, Math.min(listed.size(), MAX_KEYS))) {
      try {
        Map<String, Object> jwk = Json.asObject(one);
        if (jwk.get("kid") instanceof String kid) {
          keys.put(kid, VerifyingKey.parse(jwk));
        }
      } catch (Json.NotStrict | GeneralSecurityException skipped) {
        continue;
      }
    }
    if (keys.isEmpty()) {
      throw new Json.NotStrict("a key set without a usable key");
    }
    return Map.copyOf(keys);
  }
}
