package claviger;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;

/**
 * 128 bits for one thing that an entry is about. They are equal for two things never in practice, also by intent: they
 * are keyed with random bytes of this process.
 */
record Digest(long high, long low) implements Comparable<Digest> {
  private static final MessageDigest KEYED = keyed();

  static Digest of(Entry.Kind kind, String name) {
    try {
      MessageDigest digest = (MessageDigest) KEYED.clone();
      digest.update((byte) kind.ordinal());
      ByteBuffer bytes = ByteBuffer.wrap(digest.digest(name.getBytes(StandardCharsets.UTF_8)));
      return new Digest(bytes.getLong(), bytes.getLong());
    } catch (CloneNotSupportedException error) {
      throw new IllegalStateException(error);
    }
  }

  @Override
  public int compareTo(Digest other) {
    int order = Long.compare(high, other.high);
    return order != 0 ? order : Long.compare(low, other.low);
  }

  private static MessageDigest keyed() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] key = new byte[32];
      new SecureRandom().nextBytes(key);
      digest.update(key);
      return digest;
    } catch (NoSuchAlgorithmException error) {
      throw new IllegalStateException(error);
    }
  }
}
