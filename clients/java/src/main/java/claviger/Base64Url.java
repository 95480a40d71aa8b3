package claviger;

import java.util.Base64;

/** base64url without padding, in its one canonical spelling. */
final class Base64Url {
  private Base64Url() {}

  /** Fails with {@link IllegalArgumentException} for any other spelling. */
  static byte[] decode(String text) {
    byte[] data = Base64.getUrlDecoder().decode(text);
    if (!encode(data).equals(text)) {
      throw new IllegalArgumentException("not canonical base64url");
    }
    return data;
  }

  static String encode(byte[] data) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(data);
  }
}
