package claviger;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The compact form of an access token, parsed strictly and within its bounds. Neither the signature nor the meaning of
 * a claim is checked. Members that are not known are ignored.
 */
record UnverifiedToken(
    String typ, String alg, String kid, Map<String, Object> claims, byte[] signed, byte[] signature) {
  static final int MAX_BYTES = 32 * 1024;
  /** How far {@code iat} may be ahead of the reader's clock. {@code exp} has no leeway. */
  static final long LEEWAY_SECONDS = 60;
  /** The feed goes one further, to end every token of a thing. */
  static final long LAST_POSITION = (1L << 53) - 2;
  /** The last second of the year 9999. */
  static final long LATEST = 253_402_300_799L;

  /** RFC 9068 §4. Media types have no case. */
  private static final Set<String> TYPES = Set.of("at+jwt", "application/at+jwt");
  private static final Set<String> TEXTS = Set.of("iss", "sub", "client_id", "aud", "jti", "realm");
  private static final Pattern UUID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
  private static final Pattern JTI = Pattern.compile("[A-Za-z0-9_-]{1,64}");
  private static final int RANDOM_ID_LENGTH = 22;
  private static final long MAX_TOKEN_SECONDS = 86_400;
  private static final int MAX_SCOPE_LENGTH = 4_096;
  private static final int MAX_ISSUER_BYTES = 2_048;
  private static final int MAX_GROUPS = 50;
  private static final int MAX_GROUP_LENGTH = 64;

  /** Not an access token of this kind of server. */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1;

    Malformed(String why) {
      super(why, null, false, false);
    }
  }

  static UnverifiedToken parse(String text) throws Malformed {
    if (text.length() > MAX_BYTES) {
      throw new Malformed("too long");
    }
    String[] parts = text.split("\\.", 4);
    if (parts.length != 3 || parts[2].isEmpty()) {
      throw new Malformed("not three parts");
    }
    Map<String, Object> header = object(parts[0]);
    Map<String, Object> claims = object(parts[1]);
    if (!(header.get("typ") instanceof String typ)
        || !(header.get("alg") instanceof String alg)
        || !(header.get("kid") instanceof String kid)
        || header.containsKey("crit")) {
      throw new Malformed("the header lacks a member, or has a critical extension");
    }
    if (!TYPES.contains(typ.toLowerCase(Locale.ROOT))) {
      throw new Malformed("not an access token");
    }
    if (!isBounded(claims)) {
      throw new Malformed("claims are missing or out of bounds");
    }
    byte[] signed = (parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII);
    return new UnverifiedToken(typ, alg, kid, claims, signed, decode(parts[2]));
  }

  String text(String claim) {
    return (String) claims.get(claim);
  }

  long number(String claim) {
    return (Long) claims.get(claim);
  }

  /** The grant of a token that was issued with a refresh token, else null. Ending the grant ends all its tokens. */
  String grant() {
    String jti = text("jti");
    return jti.length() == 2 * RANDOM_ID_LENGTH ? jti.substring(0, RANDOM_ID_LENGTH) : null;
  }

  static boolean isUuid(String text) {
    return UUID.matcher(text).matches();
  }

  private static Map<String, Object> object(String part) throws Malformed {
    try {
      return Json.parseObject(decode(part));
    } catch (Json.NotStrict error) {
      throw new Malformed(error.getMessage());
    }
  }

  private static byte[] decode(String part) throws Malformed {
    try {
      return Base64Url.decode(part);
    } catch (IllegalArgumentException error) {
      throw new Malformed("not canonical base64url");
    }
  }

  /** As {@code AccessTokenClaims::are_bounded} of the server. */
  private static boolean isBounded(Map<String, Object> claims) {
    if (!TEXTS.stream().allMatch(name -> claims.get(name) instanceof String)
        || !Json.isWhole(claims.get("iat"), 0, LATEST)
        || !Json.isWhole(claims.get("exp"), 0, LATEST)
        || !Json.isWhole(claims.get("pos"), 0, LAST_POSITION)) {
      return false;
    }
    long lifetime = (Long) claims.get("exp") - (Long) claims.get("iat");
    return lifetime >= 0
        && lifetime <= MAX_TOKEN_SECONDS + LEEWAY_SECONDS
        && isUuid((String) claims.get("sub"))
        && isUuid((String) claims.get("client_id"))
        && JTI.matcher((String) claims.get("jti")).matches()
        && isShort((String) claims.get("iss"))
        && isShort((String) claims.get("aud"))
        && (!claims.containsKey("scope") || isScopeList(claims.get("scope")))
        && (!claims.containsKey("groups") || areGroups(claims.get("groups")));
  }

  private static boolean isShort(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length <= MAX_ISSUER_BYTES;
  }

  private static boolean isScopeList(Object value) {
    return value instanceof String text && text.length() <= MAX_SCOPE_LENGTH && Requirement.areScopes(text);
  }

  private static boolean areGroups(Object value) {
    return value instanceof List<?> groups
        && groups.size() <= MAX_GROUPS
        && groups.stream().allMatch(UnverifiedToken::isGroup);
  }

  private static boolean isGroup(Object value) {
    if (!(value instanceof String name)) {
      return false;
    }
    int length = name.codePointCount(0, name.length());
    return length >= 1 && length <= MAX_GROUP_LENGTH && name.chars().noneMatch(Character::isISOControl);
  }
}
