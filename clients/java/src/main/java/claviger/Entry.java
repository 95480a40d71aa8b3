package claviger;

import java.util.Locale;

/**
 * An entry of the feed.
 *
 * @param kind what it is about
 * @param name which one; empty for the realm
 * @param before tokens with a lower position are dead
 * @param forgetAfter the last second at which it matters
 * @param since from when on it counts; 0 is at once
 */
record Entry(Kind kind, String name, long before, long forgetAfter, long since) {
  /** After every position: what is ended is so at any. */
  static final long EVERY_POSITION = UnverifiedToken.LAST_POSITION + 1;

  enum Kind {
    CREDENTIAL("client_id", true),
    TOKEN("jti", false),
    KEY("kid", false),
    RESOURCE_SERVER("audience", true),
    REALM(null, true);

    /** The member that names the thing, if any. */
    final String member;
    /** Whether a position goes with it. */
    final boolean hasPosition;

    Kind(String member, boolean hasPosition) {
      this.member = member;
      this.hasPosition = hasPosition;
    }

    /** Null for an unknown one. */
    static Kind named(Object name) {
      for (Kind kind : values()) {
        if (kind.wireName().equals(name)) {
          return kind;
        }
      }
      return null;
    }

    String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
