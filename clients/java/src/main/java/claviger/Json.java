package claviger;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Strict JSON (RFC 8259): UTF-8, no repeated member, no lone surrogate, bounded depth. Objects are maps, lists are
 * lists, whole numbers are {@link Long}, other numbers are {@link Double}, null is null.
 */
final class Json {
  private static final int MAX_DEPTH = 32;

  private final String text;
  private int at;

  private Json(String text) {
    this.text = text;
  }

  /** The text is not strict JSON. */
  static final class NotStrict extends Exception {
    private static final long serialVersionUID = 1;

    NotStrict(String why) {
      super(why);
    }
  }

  static Object parse(byte[] data) throws NotStrict {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(data)).toString();
    } catch (CharacterCodingException error) {
      throw new NotStrict("not UTF-8");
    }
    Json json = new Json(text);
    Object value = json.value(0);
    json.skipSpace();
    if (json.at < text.length()) {
      throw json.wrong("more than one value");
    }
    return value;
  }

  /** The members of an object. */
  static Map<String, Object> parseObject(byte[] data) throws NotStrict {
    return asObject(parse(data));
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> asObject(Object value) throws NotStrict {
    if (value instanceof Map) {
      return (Map<String, Object>) value;
    }
    throw new NotStrict("not an object");
  }

  /** Whether it is a whole number within the bounds. */
  static boolean isWhole(Object value, long least, long most) {
    return value instanceof Long number && number >= least && number <= most;
  }

  private Object value(int depth) throws NotStrict {
    if (depth > MAX_DEPTH) {
      throw wrong("nested too deep");
    }
    skipSpace();
    switch (peek()) {
      case '{':
        return object(depth);
      case '[':
        return list(depth);
      case '"':
        return string();
      case 't':
        return word("true", true);
      case 'f':
        return word("false", false);
      case 'n':
        return word("null", null);
      default:
        return number();
    }
  }

  private Map<String, Object> object(int depth) throws NotStrict {
    Map<String, Object> members = new LinkedHashMap<>();
    at++;
    skipSpace();
    if (takes('}')) {
      return members;
    }
    do {
      skipSpace();
      if (peek() != '"') {
        throw wrong("a member without a name");
      }
      String name = string();
      skipSpace();
      if (!takes(':')) {
        throw wrong("a member without a value");
      }
      Object value = value(depth + 1);
      if (members.containsKey(name)) {
        throw wrong("a repeated member");
      }
      members.put(name, value);
      skipSpace();
    } while (takes(','));
    if (!takes('}')) {
      throw wrong("an object without an end");
    }
    return members;
  }

  private List<Object> list(int depth) throws NotStrict {
    List<Object> values = new ArrayList<>();
    at++;
    skipSpace();
    if (takes(']')) {
      return values;
    }
    do {
      values.add(value(depth + 1));
      skipSpace();
    } while (takes(','));
    if (!takes(']')) {
      throw wrong("a list without an end");
    }
    return values;
  }

  private String string() throws NotStrict {
    StringBuilder made = new StringBuilder();
    at++;
    while (true) {
      char next = peek();
      at++;
      if (next == '"') {
        break;
      }
      if (next < ' ') {
        throw wrong("a control character in a text");
      }
      made.append(next == '\\' ? escape() : next);
    }
    String text = made.toString();
    // Only an escape can bring a lone surrogate past the decoder of UTF-8.
    if (text.codePoints().anyMatch(point -> point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE)) {
      throw wrong("a lone surrogate");
    }
    return text;
  }

  private char escape() throws NotStrict {
    char letter = peek();
    at++;
    int plain = "\"\\/".indexOf(letter);
    if (plain >= 0) {
      return letter;
    }
    int control = "bfnrt".indexOf(letter);
    if (control >= 0) {
      return "\b\f\n\r\t".charAt(control);
    }
    if (letter != 'u' || at + 4 > text.length()) {
      throw wrong("an unknown escape");
    }
    int code = 0;
    for (int end = at + 4; at < end; at++) {
      char digit = text.charAt(at);
      // Character.digit alone also takes digits of other scripts.
      int value = digit < 128 ? Character.digit(digit, 16) : -1;
      if (value < 0) {
        throw wrong("an unknown escape");
      }
      code = code * 16 + value;
    }
    return (char) code;
  }

  private Object number() throws NotStrict {
    int start = at;
    takes('-');
    int digits = at;
    skipDigits();
    if (at == digits || (at > digits + 1 && text.charAt(digits) == '0')) {
      throw wrong("not a value");
    }
    boolean whole = true;
    if (takes('.')) {
      whole = false;
      needDigits();
    }
    if (takes('e') || takes('E')) {
      whole = false;
      if (!takes('+')) {
        takes('-');
      }
      needDigits();
    }
    String written = text.substring(start, at);
    if (whole) {
      try {
        return Long.valueOf(written);
      } catch (NumberFormatException beyond) {
        return Double.valueOf(written);
      }
    }
    return Double.valueOf(written);
  }

  private void needDigits() throws NotStrict {
    int start = at;
    skipDigits();
    if (at == start) {
      throw wrong("not a number");
    }
  }

  private void skipDigits() {
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      at++;
    }
  }

  private Object word(String word, Object value) throws NotStrict {
    if (!text.startsWith(word, at)) {
      throw wrong("not a value");
    }
    at += word.length();
    return value;
  }

  private void skipSpace() {
    while (at < text.length() && " \t\n\r".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private boolean takes(char wanted) {
    boolean found = at < text.length() && text.charAt(at) == wanted;
    if (found) {
      at++;
    }
    return found;
  }

  private char peek() throws NotStrict {
    if (at >= text.length()) {
      throw wrong("cut short");
    }
    return text.charAt(at);
  }

  private NotStrict wrong(String why) {
    return new NotStrict(why + " at character " + at);
  }
}
