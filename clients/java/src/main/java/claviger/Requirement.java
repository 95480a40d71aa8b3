package claviger;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;

/** The scopes that a request needs, all of them. Without any, an active token suffices. */
public final class Requirement {
  private static final String WORD = "[a-z][a-z0-9_-]{0,63}";
  private static final Pattern SCOPE = Pattern.compile(WORD + "|" + WORD + "(/[A-Za-z0-9._-]{1,128})?:" + WORD);
  private static final Requirement NONE = new Requirement(List.of());

  private final List<String> scopes;

  private Requirement(List<String> scopes) {
    this.scopes = scopes;
  }

  /** Every active token. */
  public static Requirement none() {
    return NONE;
  }

  /**
   * All of these scopes.
   *
   * @throws IllegalArgumentException for a text that is no scope
   */
  public static Requirement of(String... scopes) {
    for (String scope : scopes) {
      if (!isScope(scope)) {
        throw new IllegalArgumentException(
            "'" + scope + "' is no scope: type:action, type/name:action or a word");
      }
    }
    return new Requirement(List.of(scopes));
  }

  /** The scopes in the order in which they were given. */
  public List<String> scopes() {
    return scopes;
  }

  /** Whether a holder of these scopes needs no further one. */
  public boolean isCoveredBy(Collection<String> held) {
    return scopes.stream().allMatch(wanted -> held.stream().anyMatch(one -> implies(one, wanted)));
  }

  static boolean isScope(String text) {
    return SCOPE.matcher(text).matches();
  }

  /** Scopes separated by single spaces. */
  static boolean areScopes(String text) {
    return Arrays.stream(text.split(" ", -1)).allMatch(Requirement::isScope);
  }

  /** {@code x:read-update} implies {@code x:read}, and {@code type:action} implies {@code type/name:action}. */
  private static boolean implies(String held, String wanted) {
    if (held.equals(wanted)) {
      return true;
    }
    int colon = held.indexOf(':');
    int wantedColon = wanted.indexOf(':');
    if (colon < 0 || wantedColon < 0) {
      return false;
    }
    String action = held.substring(colon + 1);
    String wantedAction = wanted.substring(wantedColon + 1);
    if (!action.equals(wantedAction) && !(action.equals("read-update") && wantedAction.equals("read"))) {
      return false;
    }
    String target = held.substring(0, colon);
    String wantedTarget = wanted.substring(0, wantedColon);
    return target.equals(wantedTarget) || wantedTarget.startsWith(target + "/");
  }

  /** Separated by spaces, as on the wire. */
  @Override
  public String toString() {
    return String.join(" ", scopes);
  }
}
